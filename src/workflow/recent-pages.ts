import type { PageResult, ProjectName, ProjectPage, Release, UpstreamIndex } from '../index/types.ts';

const recentMilliseconds = 60_000;

/** Any other index may mirror a part of PyPI only, so that its counts are lower bounds. */
function isPypi(source: string): boolean {
  return source.startsWith('https://pypi.org/');
}

/** The index as the closure walk reads it, always anew; what it read serves for judging what it found. */
export function recentPages(upstream: UpstreamIndex, now: () => number) {
  const read = new Map<ProjectName, { readonly answer: PageResult; readonly at: number }>();
  const page = async (name: ProjectName): Promise<PageResult> => {
    const answer = await upstream.page(name);
    for (const [known, { at }] of read) if (now() - at > recentMilliseconds) read.delete(known);
    read.set(name, { answer, at: now() });
    return answer;
  };
  return {
    index: { ...upstream, page },
    /** The page to judge a release by; absent when the index does not answer. */
    of: async ({ name }: Pick<Release, 'name'>): Promise<{ page?: ProjectPage; pageComplete?: boolean }> => {
      const seen = read.get(name);
      const answer = seen !== undefined && now() - seen.at <= recentMilliseconds ? seen.answer : await page(name);
      return answer.kind === 'found'
        ? { page: answer.page, pageComplete: answer.complete && answer.from.some(isPypi) }
        : {};
    },
  };
}
