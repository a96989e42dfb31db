import type { PageResult, ProjectName, ProjectPage, Release, UpstreamIndex } from '../index/types.ts';

const recentMilliseconds = 60_000;

/** Checks for PyPI itself. Another index may mirror only a part of it, so that its counts are lower bounds. */
function isPypi(source: string): boolean {
  return source.startsWith('https://pypi.org/');
}

/**
 * Returns an index for the resolver and a cache of the pages it read. The resolver always reads the current page; the
 * assessment reuses a page for a minute.
 */
export function openRecentPages(upstream: UpstreamIndex, now: () => number) {
  const cache = new Map<ProjectName, { readonly answer: PageResult; readonly at: number }>();
  const page = async (name: ProjectName): Promise<PageResult> => {
    const answer = await upstream.page(name);
    for (const [cached, { at }] of cache) if (now() - at > recentMilliseconds) cache.delete(cached);
    cache.set(name, { answer, at: now() });
    return answer;
  };
  return {
    index: { ...upstream, page },
    /** Returns the page for the assessment of a release; no page when the index doesn't answer. */
    pageOf: async ({ name }: Pick<Release, 'name'>): Promise<{ page?: ProjectPage; pageComplete?: boolean }> => {
      const cached = cache.get(name);
      const answer = cached !== undefined && now() - cached.at <= recentMilliseconds ? cached.answer : await page(name);
      return answer.kind === 'found'
        ? { page: answer.page, pageComplete: answer.complete && answer.from.some(isPypi) }
        : {};
    },
  };
}
