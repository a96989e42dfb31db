import { expect, test } from 'vitest';
import type { IndexFile, ProjectName, ProjectPage } from '../../src/index/types.ts';
import { openReadAhead } from '../../src/relay/read-ahead/read-ahead.ts';
import type { ReadAheadRequest } from '../../src/relay/read-ahead/types.ts';

const environment = {
  markers: { python_version: '3.12', python_full_version: '3.12.1', sys_platform: 'linux' },
  implementation: 'cpython',
  platform: 'manylinux_2_36_x86_64',
};

/** Versions of each project with their requirements; undefined for a wheel whose METADATA is unknown. */
type Repository = Readonly<Record<string, Readonly<Record<string, readonly string[] | undefined>>>>;

const fileOf = (name: string, version: string): IndexFile => ({
  filename: `${name}-${version}-py3-none-any.whl`,
  url: `https://r/${name}`,
  hashes: {},
  yanked: false,
});

type ReadOptions = {
  readonly asked?: readonly string[];
  readonly fetchesLater?: boolean;
  /** The project whose page never comes. */
  readonly neverEnds?: string;
};

/** Reads ahead until nothing is outstanding, and returns the files that were fetched, each time. */
async function readAhead(
  repository: Repository,
  request: Partial<ReadAheadRequest>,
  { asked = [], fetchesLater = false, neverEnds }: ReadOptions = {},
) {
  const pages: string[] = [];
  const fetched: string[] = [];
  const known = { constraints: [], pre: false, noDeps: false, formatControl: { onlyBinary: [], noBinary: [] } };
  const ahead = openReadAhead(
    { ...known, roots: [], isCertain: () => true, fetchesFiles: true, ...request },
    {
      page: async (name) => {
        pages.push(name);
        if (name === neverEnds) await new Promise(() => {});
        const versions = repository[name];
        if (versions === undefined) return undefined;
        return { name, files: Object.keys(versions).map((version) => fileOf(name, version)) } as unknown as ProjectPage;
      },
      metadata: async (name, { filename }) => {
        const requires = repository[name]?.[filename.split('-')[1] ?? ''];
        const lines = requires?.map((text) => `Requires-Dist: ${text}`);
        return lines && ['Metadata-Version: 2.1', `Name: ${name}`, ...lines, '', ''].join('\n');
      },
      fetch: ({ filename }) => void fetched.push(filename.replace('-py3-none-any.whl', '')),
    },
  );
  ahead.begin(environment);
  for (const name of asked) ahead.noteRequest(name as ProjectName);
  await new Promise((resolve) => setTimeout(resolve, 20));
  const before = fetched.length;
  if (fetchesLater) ahead.noteFile();
  ahead.stop();
  return { pages, fetched: [...new Set(fetched)].sort(), before };
}

test('follows requirements with their markers and extras, and fetches what pip would choose', async () => {
  const repository = {
    top: { '1.0': [], '2.0': ['left[more]>=1', 'windows; sys_platform == "win32"', 'tests; extra == "test"'] },
    left: { '1.0': ['right', 'extraone; extra == "more"'] },
    right: { '1.0': [], '2.0rc1': [] },
    extraone: { '1.0': [] },
  };
  const { fetched, pages } = await readAhead(repository, { roots: ['top'] });
  expect(fetched).toEqual(['extraone-1.0', 'left-1.0', 'right-1.0', 'top-2.0']);
  expect(pages).not.toContain('windows');
  expect(pages).not.toContain('tests');
});

test('a requirement that is found later replaces a choice before anything is fetched', async () => {
  const repository = {
    shared: { '1.0': [], '2.0': [] },
    top: { '1.0': ['middle'] },
    middle: { '1.0': ['shared<2'] },
  };
  expect((await readAhead(repository, { roots: ['shared', 'top'] })).fetched).toEqual([
    'middle-1.0',
    'shared-1.0',
    'top-1.0',
  ]);
});

test('the file of a project whose guess contradicts another requirement is left to pip', async () => {
  const repository = {
    top: { '1.0': ['base==1.0'], '2.0': ['base==2.0', 'other'] },
    base: { '1.0': [], '2.0': [] },
    other: { '1.0': [], '2.0': [] },
  };
  expect((await readAhead(repository, { roots: ['top', 'base==1.0'] })).fetched).toEqual(['other-2.0']);
  expect((await readAhead(repository, { roots: ['top'], constraints: ['base==1.0'] })).fetched).toEqual(['other-2.0']);
  expect((await readAhead(repository, { roots: ['top', 'base'] })).fetched).toEqual([
    'base-2.0',
    'other-2.0',
    'top-2.0',
  ]);
});

test('the only usable release of a project is fetched while other pages are outstanding', async () => {
  const repository = { top: { '1.0': ['slow'] }, many: { '1.0': [], '2.0': [] } };
  const { fetched } = await readAhead(repository, { roots: ['top', 'many'] }, { neverEnds: 'slow' });
  expect(fetched).toEqual(['top-1.0']);
});

test.each<[string, Partial<ReadAheadRequest>, readonly string[]]>([
  ['constraints count', { roots: ['a'], constraints: ['a<2'] }, ['a-1.0', 'b-1.0']],
  ['without dependencies, only the roots', { roots: ['a'], noDeps: true }, ['a-2.0']],
  ['a root for another interpreter is left out', { roots: ['a; python_version < "3"', 'b'] }, ['b-1.0']],
  ['text that is no requirement is left out', { roots: ['./a.whl', 'a @ https://x/a.whl', 'b'] }, ['b-1.0']],
  ['a project that the repository lacks', { roots: ['missing', 'b'] }, ['b-1.0']],
])('%s', async (_, request, files) => {
  const repository = { a: { '1.0': ['b'], '2.0': ['b'] }, b: { '1.0': [] } };
  expect((await readAhead(repository, request)).fetched).toEqual(files);
});

test('what may be installed already is fetched only when pip has asked for it', async () => {
  const repository = { a: { '1.0': ['b'] }, b: { '1.0': [] } };
  const request = { roots: ['a'], isCertain: () => false };
  expect((await readAhead(repository, request)).fetched).toEqual([]);
  expect((await readAhead(repository, request, { asked: ['b'] })).fetched).toEqual(['b-1.0']);
});

test('a command that only resolves fetches files once pip does', async () => {
  const request = { roots: ['a'], fetchesFiles: false };
  const result = await readAhead({ a: { '1.0': [] } }, request, { fetchesLater: true });
  expect([result.before, result.fetched]).toEqual([0, ['a-1.0']]);
});

test('requirements in a circle and METADATA that is unknown or hostile end', async () => {
  const many = Array.from({ length: 3_000 }, (_, at) => `p${at}`);
  const repository = { a: { '1.0': ['b', 'a[x]', ...many, '!!!'] }, b: { '1.0': ['a'] }, c: { '1.0': undefined } };
  const { fetched, pages } = await readAhead(repository, { roots: ['a', 'c'] });
  expect(fetched).toEqual(['a-1.0', 'b-1.0', 'c-1.0']);
  expect(new Set(pages).size).toBeLessThanOrEqual(2_000);
});
