import { expect, test } from 'vitest';
import type { IndexFile, ProjectName, ProjectPage } from '../../src/index/types.ts';
import { openNextCandidates } from '../../src/relay/read-ahead/next-candidates.ts';

const name = 'top' as ProjectName;
const environment = {
  markers: { python_version: '3.12', python_full_version: '3.12.1', sys_platform: 'linux' },
  implementation: 'cpython',
  platform: 'manylinux_2_36_x86_64',
};
const file = (version: string, tags = 'py3-none-any', requiresPython?: string): IndexFile => ({
  filename: `top-${version}-${tags}.whl`,
  url: 'https://r/',
  hashes: { sha256: Buffer.from(`${version} ${tags}`).toString('hex').padEnd(64, '0').slice(0, 64) },
  size: 1,
  yanked: false,
  uploadTime: undefined,
  requiresPython,
  coreMetadata: true,
});

/** Notes the requests, one after the other, and returns which METADATA was read after each, as versions. */
async function readAfter(files: readonly IndexFile[], versions: readonly string[], pre = false): Promise<string[][]> {
  const read: string[] = [];
  let pages = 0;
  const note = openNextCandidates(
    {
      page: async () => {
        pages += 1;
        return { name, files } as ProjectPage;
      },
      metadata: async (_, { filename }) => {
        read.push(filename.split('-')[1] ?? '');
        return undefined;
      },
    },
    { formatControl: { onlyBinary: [], noBinary: [] }, pre },
  );
  const steps: string[][] = [];
  for (const version of versions) {
    await note(name, file(version), environment);
    steps.push(read.splice(0));
  }
  expect(pages).toBeLessThanOrEqual(1);
  return steps;
}

test('the second METADATA of a project leads to that of the next forty releases, newest first', async () => {
  const files = Array.from({ length: 60 }, (_, at) => file(`${at + 1}.0`));
  const [first = [], second = [], third = []] = await readAfter(files, ['60.0', '59.0', '58.0']);
  expect(first).toEqual([]);
  expect(second).toEqual(Array.from({ length: 40 }, (_, at) => `${58 - at}.0`));
  expect(third).toEqual(Array.from({ length: 40 }, (_, at) => `${57 - at}.0`)); // what was read is in memory
});

test('releases that the installer cannot take are left out, and the same METADATA again is no second one', async () => {
  const files = [
    ...[file('5.0'), file('4.0'), file('3.0', 'cp38-cp38-win_amd64'), file('2.5', 'py3-none-any', '<3.0')],
    ...[file('2.0rc1'), file('1.0')],
  ];
  expect(await readAfter(files, ['5.0', '5.0', '4.0'])).toEqual([[], [], ['1.0']]);
  expect(await readAfter(files, ['5.0', '4.0'], true)).toEqual([[], ['2.0rc1', '1.0']]);
});

test('nothing follows the oldest release', async () => {
  expect(await readAfter([file('2.0'), file('1.0')], ['2.0', '1.0'])).toEqual([[], []]);
});
