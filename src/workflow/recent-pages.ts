import type { PageResult, ProjectName, ProjectPage, Release, UpstreamIndex } from '../index/types.ts';
import { openKnownFacts } from './resolver/known-facts.ts';
import type { ReadFacts } from './resolver/types.ts';

/** What a page is kept for, and how many. */
type Options = {
  /** Milliseconds for which a page is reused. */
  readonly milliseconds?: number;
  /** Files on all kept pages. 200,000 take about 100 MB. */
  readonly maxFiles?: number;
};

/** `at`: epoch milliseconds at which its reading began. */
type KeptPage = { readonly answer: Promise<PageResult>; readonly at: number };

type Kept = KeptPage & { files: number };

/** An index, and its pages as they were read last. */
export type RecentPages = {
  /** Always reads the current page, and keeps it. `lastRead` returns a kept page, and when it was read. */
  readonly index: UpstreamIndex & { readonly lastRead: (name: ProjectName) => KeptPage | undefined };
  /** Reads a page that was not read before, or too long ago. */
  readonly recent: UpstreamIndex;
  /** Reads the requirements of a file, and keeps them. */
  readonly readFacts: ReadFacts;
  /** Returns the recent page for the assessment of a release; no page when the index doesn't answer. */
  readonly pageOf: (release: Pick<Release, 'name'>) => Promise<{ page?: ProjectPage; pageComplete?: boolean }>;
};

/** For the pages of a request, from its resolution to its end. A request that takes longer reads some again. */
export const requestPages: Options = { milliseconds: 600_000 };

/** Checks for PyPI itself. Another index may mirror only a part of it, so that its counts are lower bounds. */
function isPypi(source: string): boolean {
  return source.startsWith('https://pypi.org/');
}

/**
 * Keeps the pages of an index. The resolver always reads the current page. What follows for the releases that it chose,
 * the assessment, the import and the inspection, reuses that page, so that no page is read twice for one request.
 */
export function openRecentPages(
  upstream: UpstreamIndex,
  now: () => number,
  { milliseconds = 60_000, maxFiles = 200_000 }: Options = {},
): RecentPages {
  const kept = new Map<ProjectName, Kept>();
  let files = 0;
  const drop = (name: ProjectName): void => {
    files -= kept.get(name)?.files ?? 0;
    kept.delete(name);
  };
  const keep = (entry: Kept, answer: PageResult): void => {
    entry.files = answer.kind === 'found' ? answer.page.files.length : 0;
    files += entry.files;
    for (const [oldest, { at }] of kept) {
      if (files <= maxFiles && now() - at <= milliseconds) break;
      if (kept.get(oldest) !== entry) drop(oldest);
    }
  };
  const page = async (name: ProjectName): Promise<PageResult> => {
    drop(name);
    const entry: Kept = { answer: upstream.page(name), at: now(), files: 0 };
    kept.set(name, entry);
    const isKept = () => kept.get(name) === entry;
    try {
      const answer = await entry.answer;
      if (!isKept()) return answer;
      // What failed in part is read again.
      if (answer.kind === 'unreachable' || (answer.kind === 'found' && !answer.complete)) drop(name);
      else keep(entry, answer);
      return answer;
    } catch (error) {
      if (isKept()) drop(name);
      throw error;
    }
  };
  const lastRead = (name: ProjectName): KeptPage | undefined => {
    const entry = kept.get(name);
    return entry !== undefined && now() - entry.at <= milliseconds ? entry : undefined;
  };
  const recentPage = (name: ProjectName): Promise<PageResult> => lastRead(name)?.answer ?? page(name);
  return {
    index: { ...upstream, page, lastRead },
    recent: { ...upstream, page: recentPage },
    readFacts: openKnownFacts(upstream),
    pageOf: async ({ name }) => {
      const answer = await recentPage(name);
      return answer.kind === 'found'
        ? { page: answer.page, pageComplete: answer.complete && answer.from.some(isPypi) }
        : {};
    },
  };
}
