import { expect, test } from 'vitest';
import type { ProjectName, ProjectPage } from '../../src/index/types.ts';
import { openHints } from '../../src/relay/read-ahead/hints.ts';

const environment = {
  markers: { python_version: '3.12', python_full_version: '3.12.1', sys_platform: 'linux' },
  implementation: 'cpython',
  platform: 'manylinux_2_36_x86_64',
};

/** Follows the roots, and returns what was read before and after the interpreter is known. */
async function hintsOf(
  related: Readonly<Record<string, readonly string[]>>,
  roots: readonly string[],
  { installed = [], noDeps = false }: { installed?: readonly string[]; noDeps?: boolean } = {},
) {
  const pages: string[] = [];
  const texts: string[] = [];
  const early: string[] = [];
  const hints = openHints(
    {
      page: async (name) => {
        pages.push(name);
        if (name === 'broken') throw new Error('no page');
        const file = (version: string) => ({
          ...{ filename: `${name}-${version}-py3-none-any.whl`, url: 'https://r/', hashes: {}, yanked: false },
        });
        return { name, files: [file('1.0'), file('2.0'), file('3.0rc1')] } as unknown as ProjectPage;
      },
      metadata: async (_, { filename }) => {
        texts.push(filename);
        return undefined;
      },
      text: async (name, sha256) => {
        early.push(`${name} ${sha256}`);
        throw new Error('no text');
      },
      vettedWith: async (root) =>
        new Map((related[root] ?? []).map((name) => [name as ProjectName, name === 'leaf' ? 'digest' : undefined])),
    },
    {
      ...{ constraints: [], pre: false, noDeps, formatControl: { onlyBinary: [], noBinary: [] }, fetchesFiles: true },
      isCertain: (name) => !installed.includes(name),
    },
  );
  const settled = () => new Promise((resolve) => setTimeout(resolve, 10));
  hints.follow(roots as readonly ProjectName[]);
  await settled();
  const before = texts.length;
  hints.begin(environment);
  await settled();
  return { pages, texts, early, before };
}

test('pages and known METADATA are read while the installer starts, and that of the newest releases once it is known', async () => {
  const read = await hintsOf({ top: ['top', 'leaf', 'broken'], other: ['leaf'] }, ['top', 'other']);
  expect(read).toEqual({
    pages: ['top', 'leaf', 'broken'],
    texts: ['top-2.0-py3-none-any.whl', 'leaf-2.0-py3-none-any.whl'],
    early: ['leaf digest'],
    before: 0,
  });
});

test.each<[string, readonly string[], Parameters<typeof hintsOf>[2]]>([
  ['the installed ones', ['leaf'], { installed: ['top'] }],
  ['all without dependencies', ['top'], { noDeps: true }],
  ['all for a command with many roots', Array.from({ length: 21 }, () => 'top'), {}],
])('%s are left out', async (_, roots, options) => {
  expect((await hintsOf({ top: ['leaf'], leaf: ['top'] }, roots, options)).pages).toEqual([]);
});

test('the number of projects is bounded', async () => {
  const many = Array.from({ length: 500 }, (_, at) => `p${at}`);
  expect((await hintsOf({ top: many }, ['top'])).pages).toHaveLength(200);
});
