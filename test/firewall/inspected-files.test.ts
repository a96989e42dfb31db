import { expect, test } from 'vitest';
import { openInspector } from '../../src/firewall/install-code/inspect.ts';
import { inspectArchive } from '../../src/firewall/install-code/inspect-archive.ts';
import { normaliseName } from '../../src/index/names.ts';
import type { IndexFile } from '../../src/index/types.ts';

const name = normaliseName('demo');
const file = (filename: string): IndexFile => ({ filename, url: `https://x/${filename}`, hashes: {}, yanked: false });
const [wheel, sdist] = ['demo-1-cp311-cp311-win_amd64.whl', 'demo-1.tar.gz'];

/** Returns the names of the files that an inspection downloads. */
async function inspected(filenames: readonly string[], wheelsOnly: boolean): Promise<string[]> {
  const downloaded: string[] = [];
  const inspect = openInspector({
    inspectFile: inspectArchive,
    withFile: async ({ filename }, _maxBytes, use) => {
      downloaded.push(filename);
      return use(undefined);
    },
    pageOf: async () => undefined,
    now: () => 0,
  });
  await inspect({ name, version: '1', page: { name, files: filenames.map(file) }, allFiles: true, wheelsOnly });
  return downloaded.sort();
}

test('the sdist of a release with wheels can be left out', async () => {
  expect(await inspected([wheel, sdist], true)).toEqual([wheel]);
  expect(await inspected([wheel, sdist], false)).toEqual([wheel, sdist].sort());
});

test('the sdist of a release without wheels is never left out', async () => {
  expect(await inspected([sdist], true)).toEqual([sdist]);
});

test('concurrent inspections of the same files download them once', async () => {
  let downloads = 0;
  const inspect = openInspector({
    inspectFile: inspectArchive,
    withFile: async (_file, _maxBytes, use) => {
      downloads += 1;
      await new Promise((resolve) => setImmediate(resolve));
      return use(undefined);
    },
    pageOf: async () => undefined,
    now: () => 0,
  });
  const page = { name, files: [{ ...file(wheel), hashes: { sha256: 'a'.repeat(64) } }] };
  const all = await Promise.all([1, 2, 3].map(() => inspect({ name, version: '1', page, allFiles: true })));
  expect(downloads).toBe(1);
  expect(all[2]).toEqual(all[0]);
});
