import { expect, test } from 'vitest';
import type { PageResult, ProjectName, UpstreamIndex } from '../../src/index/types.ts';
import { openRecentPages } from '../../src/workflow/recent-pages.ts';

const name = (text: string) => text as ProjectName;
const file = { filename: 'a.whl', url: 'https://x.test/a.whl', hashes: {}, yanked: false };

/** An index whose pages have this many files, and the names that were read of it. */
function fakeIndex(files = 1, changes: Partial<Extract<PageResult, { kind: 'found' }>> = {}) {
  const reads: string[] = [];
  const page = async (project: ProjectName): Promise<PageResult> => {
    reads.push(project);
    const listed = { name: project, files: Array.from({ length: files }, () => file) };
    return { kind: 'found', page: listed, from: ['https://pypi.org/simple/'], complete: true, ...changes };
  };
  return { reads, index: { page } as UpstreamIndex };
}

test('what follows a resolution uses the page that the resolver read, and a resolution reads the current one', async () => {
  const { reads, index } = fakeIndex();
  const pages = openRecentPages(index, () => 0);
  await Promise.all([pages.index.page(name('a')), pages.recent.page(name('a')), pages.pageOf({ name: name('a') })]);
  expect(reads).toEqual(['a']);
  expect(await pages.pageOf({ name: name('a') })).toMatchObject({ pageComplete: true });
  await pages.index.page(name('a'));
  expect(reads).toEqual(['a', 'a']);
});

test('a page is kept for its time, and the oldest make room for others', async () => {
  const clock = { now: 0 };
  const { reads, index } = fakeIndex(10);
  const pages = openRecentPages(index, () => clock.now, { milliseconds: 100, maxFiles: 20 });
  for (const each of ['a', 'b', 'c']) await pages.index.page(name(each));
  for (const each of ['b', 'c']) await pages.recent.page(name(each));
  expect(reads).toEqual(['a', 'b', 'c']);
  expect(pages.index.lastRead(name('a'))).toBeUndefined();
  clock.now = 101;
  expect(pages.index.lastRead(name('c'))).toBeUndefined();
  await pages.recent.page(name('c'));
  expect(reads.at(-1)).toBe('c');
});

test('an answer that failed, also in part, is not kept', async () => {
  const { reads, index } = fakeIndex(1, { complete: false });
  const pages = openRecentPages(index, () => 0);
  await pages.index.page(name('a'));
  await pages.recent.page(name('a'));
  expect(reads).toEqual(['a', 'a']);
  const failing = openRecentPages({ page: async () => Promise.reject(new Error('broken')) } as never, () => 0);
  await expect(failing.index.page(name('a'))).rejects.toThrow('broken');
  expect(failing.index.lastRead(name('a'))).toBeUndefined();
});
