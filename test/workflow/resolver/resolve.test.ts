import { describe, expect, test } from 'vitest';
import type { ProjectName, Release } from '../../../src/index/types.ts';
import type { Refusal } from '../../../src/vetting/types.ts';
import { resolve } from '../../../src/workflow/resolver/resolve.ts';
import type { ResolverInput, ResolverResult } from '../../../src/workflow/resolver/types.ts';
import { memoryIndex, resolverInput, type TestIndex, type TestRequest } from './memory-index.ts';

async function solve(index: TestIndex, request: TestRequest): Promise<string[]> {
  const result = await resolve(resolverInput(index, request));
  expect(result.outcome).toBe('solved');
  return releaseTexts(result);
}

function releaseTexts({ releases }: ResolverResult): string[] {
  return releases.map(({ name, version }) => `${name} ${version}`);
}

function refusing(...releases: string[]): ResolverInput['refusalOf'] {
  return ({ name, version }: Release): Refusal | undefined =>
    releases.includes(`${name} ${version}`)
      ? { name, version, kind: 'BLOCKED', reasons: [{ text: 'block list' }], similarPackages: [], fatal: false }
      : undefined;
}

describe('the releases that need a release', () => {
  const needersOf = async (index: TestIndex, request: TestRequest): Promise<Record<string, string[]>> => {
    const { releases } = await resolve(resolverInput(index, request));
    return Object.fromEntries(
      releases.map(({ name, requiredBy = [] }) => [name, requiredBy.map((by) => `${by.name} ${by.version}`)]),
    );
  };

  test('are those that require it directly or through others, nearest first; a root has none', async () => {
    const index = { a: { '1': ['b'] }, b: { '2': ['c'] }, c: { '3': [] }, d: { '1': ['c'] } };
    expect(await needersOf(index, { roots: ['a', 'd'] })).toEqual({
      a: [],
      b: ['a 1'],
      c: ['d 1', 'b 2', 'a 1'],
      d: [],
    });
  });

  test('include those that require it for an extra, and end in a circle', async () => {
    const index = { a: { '1': ['b[x]'] }, b: { '1': ["c; extra == 'x'"] }, c: { '1': ['a'] } };
    expect(await needersOf(index, { roots: ['a[y]'] })).toEqual({
      a: ['c 1', 'b 1'],
      b: ['a 1', 'c 1'],
      c: ['b 1', 'a 1'],
    });
  });
});

describe('a joint solution', () => {
  test('has the roots and all dependencies, each as new as possible', async () => {
    const index = { a: { '1': [], '2': ['b>=1'] }, b: { '1': ['c'], '3': ['c<2'] }, c: { '1.5': [], '2': [] } };
    expect(await solve(index, { roots: ['a'] })).toEqual(['a 2', 'b 3', 'c 1.5']);
  });

  test('satisfies all specifiers on a project', async () => {
    const index = { a: { '1': ['c>=2'] }, b: { '1': ['c<4', 'c!=3'] }, c: { '1': [], '2': [], '3': [], '4': [] } };
    expect(await solve(index, { roots: ['a', 'b'] })).toEqual(['a 1', 'b 1', 'c 2']);
  });

  test('falls back to an older release if only that one is compatible', async () => {
    const index = {
      left: { '1': ['shared<2'], '2': ['shared<2'] },
      right: { '1': ['shared<2'], '2': ['shared>=2'], '3': ['shared>=2'] },
      shared: { '1': [], '2': [] },
    };
    expect(await solve(index, { roots: ['left', 'right'] })).toEqual(['left 2', 'right 1', 'shared 1']);
  });

  test('prefers the first root, like pip, if two roots cannot both be newest', async () => {
    const index = {
      a: { '1': ['c==1'], '2': ['c==2'] },
      b: { '1': ['c==2'], '2': ['c==1'] },
      c: { '1': [], '2': [] },
    };
    expect(await solve(index, { roots: ['a', 'b'] })).toEqual(['a 2', 'b 1', 'c 2']);
    expect(await solve(index, { roots: ['b', 'a'] })).toEqual(['a 1', 'b 2', 'c 1']);
  });

  test('changes an early decision instead of choosing an older release of the dependent project', async () => {
    const index = {
      a: { '1': ['common'] },
      b: { '1': ['deep'] },
      deep: { '1': ['deeper'] },
      deeper: { '1': [], '2': ['common<2'] },
      common: { '1': ['old'], '2': ['new'] },
      old: { '1': [] },
      new: { '1': [] },
    };
    expect(await solve(index, { roots: ['a', 'b'] })).toEqual([
      'a 1',
      'b 1',
      'common 1',
      'deep 1',
      'deeper 2',
      'old 1',
    ]);
  });

  test('is found for circular requirements', async () => {
    const index = { a: { '1': ['b'], '2': ['b>=2'] }, b: { '1': ['a'], '2': ['a<2'] } };
    expect(await solve(index, { roots: ['a'] })).toEqual(['a 1', 'b 2']);
  });

  test('follows extras, including those that refer to other extras of the same project', async () => {
    const index = {
      a: { '1': ['b; extra == "one"', 'c; extra == "two"', 'a[one,two]; extra == "all"', 'd'] },
      b: { '1': [] },
      c: { '1': [], '2': [] },
      d: { '1': [] },
    };
    expect(await solve(index, { roots: ['a[one]'] })).toEqual(['a 1', 'b 1', 'd 1']);
    expect(await solve(index, { roots: ['A[ALL]', 'c<2'] })).toEqual(['a 1', 'b 1', 'c 1', 'd 1']);
    expect(await solve(index, { roots: ['a[unheard-of]'] })).toEqual(['a 1', 'd 1']);
  });

  test('chooses an older release if the requested extra of the newest one has no solution', async () => {
    const index = { a: { '1': ['b; extra == "x"'], '2': ['b>=9; extra == "x"'] }, b: { '1': [] } };
    expect(await solve(index, { roots: ['a', 'a[x]'] })).toEqual(['a 1', 'b 1']);
  });

  test('evaluates markers on roots, constraints and dependencies for the environment of the request', async () => {
    const index = {
      a: { '1': ['b; sys_platform == "win32"', 'c; python_version >= "3.8"'] },
      b: { '1': [] },
      c: { '1': [], '2': [] },
    };
    const request = {
      roots: ['a', 'b; os_name == "nt"'],
      constraints: ['c<2; python_version >= "3"', 'c>9; os_name == "nt"'],
    };
    expect(await solve(index, request)).toEqual(['a 1', 'c 1']);
  });

  test('skips releases that do not fit this Python or platform', async () => {
    const index = {
      a: { '1': [], '2': { python: '>=3.12' }, '3': { tag: 'cp311-cp311-win_amd64' } },
    };
    expect(await solve(index, { roots: ['a'] })).toEqual(['a 1']);
  });

  test('has no dependencies under --no-deps', async () => {
    const index = memoryIndex({ a: { '1': ['b'] }, b: { '1': [] } });
    const result = await resolve(resolverInput(index, { roots: ['a[x]'], options: { noDeps: true } }));
    expect(releaseTexts(result)).toEqual(['a 1']);
    expect(index.requests).toEqual(['page a']);
  });

  test('satisfies constraints, which add no releases', async () => {
    const index = { a: { '1': [], '2': [] }, z: { '1': [] } };
    expect(await solve(index, { roots: ['a'], constraints: ['a<2', 'z==1'] })).toEqual(['a 1']);
  });

  test('has the digests of all files of a release and its upload time', async () => {
    const result = await resolve(
      resolverInput({ a: { '1': { uploadTime: '2024-01-02T03:04:05Z' } } }, { roots: ['a'] }),
    );
    const [release] = result.releases;
    expect(release?.uploadTime).toBe('2024-01-02T03:04:05Z');
    expect(Object.entries(release?.sha256 ?? {})).toEqual([
      ['a-1-py3-none-any.whl', expect.stringMatching(/^[0-9a-f]{64}$/)],
    ]);
  });
});

test('a file without a digest in the index is listed with an empty digest', async () => {
  const memory = memoryIndex({ a: { '1': [] } });
  const page: typeof memory.page = async (name) => {
    const result = await memory.page(name);
    if (result.kind !== 'found') return result;
    const files = result.page.files.map((file) => ({ ...file, hashes: { md5: 'd41d8cd98f00b204e9800998ecf8427e' } }));
    return { ...result, page: { ...result.page, files } };
  };
  const result = await resolve(resolverInput({ ...memory, page }, { roots: ['a'] }));
  expect(result.releases[0]?.sha256).toEqual({ 'a-1-py3-none-any.whl': '' });
});

describe('pre-releases and yanked releases', () => {
  const index = { a: { '1': [], '2': { yanked: true }, '3b1': [] }, beta: { '1a1': [], '1a2': [] } };

  test('are skipped', async () => {
    expect(await solve(index, { roots: ['a'] })).toEqual(['a 1']);
  });

  test('pre-releases are chosen with --pre, if a specifier names one, or if nothing else exists', async () => {
    expect(await solve(index, { roots: ['a'], options: { pre: true } })).toEqual(['a 3b1']);
    expect(await solve(index, { roots: ['a>=3a0'] })).toEqual(['a 3b1']);
    expect(await solve(index, { roots: ['beta'] })).toEqual(['beta 1a2']);
    expect(await solve(index, { roots: ['a>2'] })).toEqual(['a 3b1']);
  });

  test('a pre-release that one requirement names is allowed for all requirements', async () => {
    const joint = { ...index, needer: { '1': ['a==3b1'] } };
    expect(await solve(joint, { roots: ['a>=1', 'needer'] })).toEqual(['a 3b1', 'needer 1']);
  });

  test('do not replace final releases that are not allowed', async () => {
    const result = await resolve(resolverInput(index, { roots: ['a'], refusalOf: refusing('a 1') }));
    expect(result).toMatchObject({ outcome: 'refused', releases: [] });
  });

  test('a yanked release is chosen only for an exact pin', async () => {
    expect(await solve(index, { roots: ['a==2'] })).toEqual(['a 2']);
    const result = await resolve(resolverInput(index, { roots: ['a~=2.0'] }));
    expect(result.outcome).toBe('not-found');
    expect(result.refusals[0]).toMatchObject({
      name: 'a',
      kind: 'NOT_FOUND',
      fatal: true,
      detail: expect.stringContaining('yanked'),
    });
  });
});

describe('refusals', () => {
  test('of a dependency name the root that needs it', async () => {
    const index = { a: { '1': ['b'] }, b: { '1': ['c'] }, c: { '1': [] }, d: { '1': ['c'] } };
    const needed = await resolve(resolverInput(index, { roots: ['a', 'd'], refusalOf: refusing('c 1') }));
    expect(needed.refusals).toMatchObject([{ name: 'c', fatal: true, neededBy: 'a' }]);
    const root = await resolve(resolverInput(index, { roots: ['c'], refusalOf: refusing('c 1') }));
    expect(root.refusals[0]).not.toHaveProperty('neededBy');
  });

  const index = { a: { '1': ['b'], '2': ['b'] }, b: { '1': [], '2': [], '3': [] } };

  test('that lead to an older release are listed as not fatal', async () => {
    const result = await resolve(resolverInput(index, { roots: ['a'], refusalOf: refusing('b 3', 'b 2', 'a 2') }));
    expect(result.outcome).toBe('solved');
    expect(releaseTexts(result)).toEqual(['a 1', 'b 1']);
    expect(result.refusals.map(({ name, version, fatal }) => `${name} ${version} ${fatal}`)).toEqual([
      'a 2 false',
      'b 3 false',
      'b 2 false',
    ]);
  });

  test('that leave a root without a solution are fatal', async () => {
    const result = await resolve(
      resolverInput(
        { ...index, c: { '1': [], '2': [] } },
        { roots: ['c', 'a'], refusalOf: refusing('c 2', 'b 1', 'b 2', 'b 3') },
      ),
    );
    expect(result).toMatchObject({ outcome: 'refused', releases: [] });
    expect(result.refusals.filter(({ fatal }) => fatal).map(({ name }) => name)).toEqual(['b']);
    expect(result.refusals.filter(({ fatal }) => !fatal).map(({ name }) => name)).toEqual(['c']);
  });

  test('are checked once per release, with the upload time', async () => {
    const checks: string[] = [];
    const index = { a: { '2': { uploadTime: '2024-05-05T00:00:00Z', needs: ['b'] } }, b: { '1': ['a'] } };
    const refusalOf = ({ name, version }: Release, uploadTime?: string): undefined =>
      void checks.push(`${name} ${version} ${uploadTime}`);
    await solve(index, { roots: ['a', 'b'], refusalOf });
    expect(checks).toEqual(['a 2 2024-05-05T00:00:00Z', 'b 1 undefined']);
  });

  test('include a release with a dependency by direct URL', async () => {
    const direct = { a: { '1': [], '2': ['evil @ https://user:pass@evil.example/evil.whl'] } };
    const result = await resolve(resolverInput(direct, { roots: ['a'] }));
    expect(releaseTexts(result)).toEqual(['a 1']);
    expect(result.refusals).toMatchObject([
      {
        name: 'a',
        version: '2',
        kind: 'BLOCKED',
        detail: 'it requires `evil` by a direct URL, `https://evil.example/evil.whl`',
      },
    ]);
    const root = await resolve(resolverInput(direct, { roots: ['evil @ https://evil.example/evil.whl'] }));
    expect(root).toMatchObject({ outcome: 'refused', refusals: [{ name: 'evil', kind: 'BLOCKED', fatal: true }] });
  });

  test('include a release whose metadata has another name', async () => {
    const index = memoryIndex({ a: { '1': [], '2': [] } });
    const metadata: typeof index.metadata = async (file) =>
      (await index.metadata(file))?.replace(/Name: a\nVersion: 2/, 'Name: b\nVersion: 2');
    const result = await resolve(resolverInput({ ...index, metadata }, { roots: ['a'] }));
    expect(releaseTexts(result)).toEqual(['a 1']);
    expect(result.refusals).toMatchObject([{ name: 'a', version: '2', kind: 'NOT_FOUND', because: 'unusable' }]);
  });
});

describe('a SECURE release', () => {
  const index = { a: { '1': [], '2': [], '3': [] } };
  const secureVersions = async (): Promise<ReadonlySet<string>> => new Set(['1', '2']);

  test('is preferred, newest first, unless the request is an upgrade', async () => {
    expect(await solve(index, { roots: ['a'], secureVersions, options: { upgrade: false } })).toEqual(['a 2']);
    expect(await solve(index, { roots: ['a'], secureVersions, options: { upgrade: true } })).toEqual(['a 3']);
    expect(await solve(index, { roots: ['a>2'], secureVersions, options: { upgrade: false } })).toEqual(['a 3']);
  });
});

test('the files of the releases that are chosen and not vetted yet are announced, and no others', async () => {
  const expected: string[] = [];
  const index = memoryIndex({ a: { '1': ['b', 'c'], '2': ['b', 'c'] }, b: { '1': [], '2': [] }, c: { '1': [] } });
  const input = resolverInput(index, {
    roots: ['a'],
    options: { upgrade: false },
    secureVersions: async (name) => new Set(name === 'b' ? ['1'] : []),
    refusalOf: refusing('a 2'),
    expect: ({ filename }) => expected.push(filename),
  });
  expect(releaseTexts(await resolve(input))).toEqual(['a 1', 'b 1', 'c 1']);
  expect(expected.map((filename) => filename.split('-').slice(0, 2).join(' ')).sort()).toEqual(['a 1', 'c 1']);
});

describe('NOT_FOUND', () => {
  const index = {
    real: { '1': [], '2': ['missing'] },
    old: { '1': { python: '<3' }, '0.9': { python: '<3' } },
    win: { '1': { tag: 'cp311-cp311-win_amd64' } },
  };

  const detail = async (root: string, more: Partial<TestRequest> = {}): Promise<string | undefined> => {
    const result = await resolve(resolverInput(index, { roots: [root], ...more }));
    expect(result).toMatchObject({
      outcome: 'not-found',
      releases: [],
      refusals: [{ kind: 'NOT_FOUND', fatal: true }],
    });
    return result.refusals[0]?.detail;
  };

  test('for an unknown project names the most similar name', async () => {
    const nearest = (name: ProjectName): string[] => (name === 'reel' ? ['real'] : []);
    expect(await detail('reel', { nearest })).toBe('no index has a project `reel`; the most similar name is `real`');
    expect(await detail('reel')).toBe('no index has a project `reel`');
  });

  test('looks up similar names for a few of many unknown projects only', async () => {
    const unknown = Array.from({ length: 500 }, (_, at) => `unknown-${at}`);
    const looked: string[] = [];
    const nearest = (name: ProjectName): string[] => {
      looked.push(name);
      return [];
    };
    const result = await resolve(resolverInput({ many: { '1': unknown } }, { roots: ['many'], nearest }));
    expect(result.outcome).toBe('not-found');
    expect(new Set(looked).size).toBe(looked.length);
    expect(looked.length).toBeLessThan(50);
  });

  test('for an unknown version names the newest one', async () => {
    expect(await detail('real>=9')).toBe('no release satisfies `real>=9`; the newest is 2');
  });

  test('for a release that only fits another Python or platform says so', async () => {
    expect(await detail('old')).toBe('`old` 1 needs Python <3; this is 3.11.7');
    expect(await detail('win')).toBe('no file of `win` 1 fits Python 3.11.7 on linux_x86_64 and the allowed formats');
  });

  test('names a constraint that leaves no release', async () => {
    expect(await detail('real', { constraints: ['real>5'] })).toBe('the constraint `>5` leaves no release for `real`');
  });

  test.each([
    ['reel', 'no-project'],
    ['real>=9', 'no-version'],
    ['win', 'no-file'],
    ['old', 'no-file'],
    ['gone', 'yanked'],
    ['acme-tools', 'private'],
  ] as const)('has a cause for programs: %s is %s', async (root, because) => {
    const projects = { ...index, gone: { '1': { yanked: true } } };
    const isPrivate = (name: string) => name.startsWith('acme-');
    const result = await resolve({ ...resolverInput(projects, { roots: [root] }), nearest: () => ['real'], isPrivate });
    expect(result.refusals[0]).toMatchObject({ kind: 'NOT_FOUND', because });
    if (because === 'private') expect(result.refusals[0]).toMatchObject({ similarPackages: [] });
  });

  test('suggests the newest allowed version of a root', async () => {
    const projects = { a: { '1': [], '2': [], '3': [], '4': { yanked: true } }, b: { '1': ['a==3'] } };
    const refusalOf = refusing('a 3');
    const pinned = await resolve({ ...resolverInput(projects, { roots: ['a==3'] }), refusalOf });
    expect(pinned.refusals[0]).toMatchObject({ version: '3', instead: '2', fatal: true });
    const missing = await resolve({ ...resolverInput(projects, { roots: ['a==9'] }), refusalOf });
    expect(missing.refusals[0]).toMatchObject({ because: 'no-version', instead: '2' });
    const needed = await resolve({ ...resolverInput(projects, { roots: ['b'] }), refusalOf });
    expect(needed.refusals[0]?.instead).toBeUndefined();
    const none = await resolve({ ...resolverInput({ a: { '3': [] } }, { roots: ['a'] }), refusalOf });
    expect(none.refusals[0]?.instead).toBeUndefined();
  });

  test('for a dependency leads to an older parent and is listed', async () => {
    const result = await resolve(resolverInput(index, { roots: ['real'] }));
    expect(releaseTexts(result)).toEqual(['real 1']);
    expect(result.refusals).toMatchObject([
      {
        name: 'missing',
        kind: 'NOT_FOUND',
        fatal: false,
        detail: 'no index has a project `missing`, needed by real 2',
      },
    ]);
  });

  test('for a root with contradictory requirements names them', async () => {
    const impossible = { a: { '1': ['b', 'c<2'] }, b: { '1': ['c>=2'] }, c: { '1': [], '2': [] } };
    const result = await resolve(resolverInput(impossible, { roots: ['a'] }));
    expect(result).toMatchObject({ outcome: 'not-found', refusals: [{ name: 'a', kind: 'NOT_FOUND', fatal: true }] });
    for (const fact of ['a 1 needs `c<2`', 'b 1 needs `c>=2`']) expect(result.refusals[0]?.detail).toContain(fact);
  });
});

test('releases that are refused for the same reason are one refusal, of the newest', async () => {
  const projects = { a: { '1': [], '2': [], '3': [] } };
  const refusalOf: ResolverInput['refusalOf'] = (refused) => {
    const text = refused.version === '1' ? 'another reason' : `setup.py of a-${refused.version}.tar.gz runs programs`;
    return { ...refused, kind: 'HELD', reasons: [{ text }], similarPackages: [], fatal: false };
  };
  const result = await resolve(resolverInput(projects, { roots: ['a'], refusalOf }));
  expect(result.refusals.filter(({ fatal }) => fatal).map(({ version }) => version)).toEqual(['3', '1']);
});

test('a version is suggested only if it and everything that it needs would pass', async () => {
  const projects = { a: { '1': [], '2': ['b'], '3': [], '4': [] }, b: { '1': [] } };
  const refusalOf = refusing('a 4');
  const passing = (...releases: string[]) => ({
    wouldPass: async ({ name, version }: Release) => releases.includes(`${name} ${version}`),
  });
  const input = (passes: object) => resolve({ ...resolverInput(projects, { roots: ['a==4'], refusalOf }), ...passes });
  expect((await input(passing('a 3'))).refusals[0]).toMatchObject({ version: '4', instead: '3' });
  expect((await input(passing('a 2', 'a 1'))).refusals[0]).toMatchObject({ version: '4', instead: '1' });
  const none = (await input(passing('a 2'))).refusals[0];
  expect(none?.instead).toBeUndefined();
  expect(none?.detail).toBe('none of the 4 newest releases of `a` would pass');
});

describe('without a joint solution', () => {
  const index = { a: { '1': ['c<2'] }, b: { '1': ['c>=2'] }, c: { '1': [], '2': [] } };

  test('requirements that contradict each other are named, and nothing is chosen', async () => {
    const result = await resolve(resolverInput(index, { roots: ['a', 'b'] }));
    expect(result).toMatchObject({
      outcome: 'not-found',
      releases: [],
      refusals: [{ name: 'a', version: null, kind: 'NOT_FOUND', because: 'conflict', fatal: true }],
    });
    for (const fact of ['`a` is requested', '`b` is requested', 'a 1 needs `c<2`', 'b 1 needs `c>=2`']) {
      expect(result.refusals[0]?.detail).toContain(fact);
    }
  });

  test('two requirements of one project are both named', async () => {
    const result = await resolve(resolverInput({ beta: { '1': [], '2': [] } }, { roots: ['beta<2', 'beta>=2'] }));
    expect(result).toMatchObject({ outcome: 'not-found', refusals: [{ name: 'beta', because: 'conflict' }] });
    expect(result.refusals[0]?.detail).toBe('`beta<2` is requested; `beta>=2` is requested');
  });

  test('each root is resolved separately if a refusal ruled the joint solution out, with a note', async () => {
    const refused = { ...index, a: { '3': [], '1': ['c<2'] } };
    const result = await resolve(resolverInput(refused, { roots: ['a', 'b'], refusalOf: refusing('a 3') }));
    expect(result).toMatchObject({ outcome: 'solved', refusals: [{ name: 'a', version: '3', fatal: false }] });
    expect(releaseTexts(result)).toEqual(['a 1', 'b 1', 'c 1', 'c 2']);
    expect(result.notes.join()).toMatch(/no single set of releases satisfies all requirements \(.*`a` is requested/);
  });

  test('each root is resolved separately if each may have an environment of its own', async () => {
    const result = await resolve(resolverInput(index, { roots: ['a', 'b'], options: { separate: true } }));
    expect(releaseTexts(result)).toEqual(['a 1', 'b 1', 'c 1', 'c 2']);
  });
});

describe('sdists', () => {
  test('add their build requirements, which are resolved separately from the runtime requirements', async () => {
    const index = {
      a: { '1': { needs: ['tool<2'], sdist: ['tool>=2', 'backend; os_name == "posix"', 'win; os_name == "nt"'] } },
      tool: { '1': [], '2': [] },
      backend: { '1': ['helper'] },
      helper: { '1': [] },
      win: { '1': [] },
    };
    expect(await solve(index, { roots: ['a'] })).toEqual(['a 1', 'backend 1', 'helper 1', 'tool 1', 'tool 2']);
  });

  test('without build requirements need setuptools', async () => {
    const index = {
      a: { '1': { sdist: 'default' as const } },
      setuptools: { '40.7': [], '60': [] },
      wheel: { '1': [] },
    };
    expect(await solve(index, { roots: ['a'] })).toEqual(['a 1', 'setuptools 60']);
  });

  test('among build requirements add their own, also under --no-deps and without the constraints', async () => {
    const index = {
      a: { '1': { sdist: ['backend'] } },
      backend: { '1': { sdist: ['bootstrap'], needs: ['lib'] } },
      bootstrap: { '1': [] },
      lib: { '1': [], '2': [] },
    };
    const request = { roots: ['a'], constraints: ['lib<2'], options: { noDeps: true } };
    expect(await solve(index, request)).toEqual(['a 1', 'backend 1', 'bootstrap 1', 'lib 2']);
  });

  test('whose build requirements have no solution lead to an older release, with the reason', async () => {
    const index = { a: { '1': [], '2': { sdist: ['backend>=9'] } }, backend: { '1': [] } };
    const result = await resolve(resolverInput(index, { roots: ['a'] }));
    expect(releaseTexts(result)).toEqual(['a 1']);
    expect(result.refusals.map(({ name, version }) => `${name} ${version}`).sort()).toEqual(['a 2', 'backend null']);
  });

  test('whose build requirement is not allowed are not allowed either', async () => {
    const index = { a: { '2': { sdist: ['backend'] } }, backend: { '1': [] } };
    const result = await resolve(resolverInput(index, { roots: ['a'], refusalOf: refusing('backend 1') }));
    expect(result.outcome).toBe('refused');
    expect(
      result.refusals
        .filter(({ fatal }) => fatal)
        .map(({ name, kind }) => `${name} ${kind}`)
        .sort(),
    ).toEqual(['a NOT_FOUND', 'backend BLOCKED']);
  });

  test('that require themselves to be built are refused', async () => {
    const index = { a: { '1': { sdist: ['b'] } }, b: { '1': { sdist: ['a'] } } };
    const result = await resolve(resolverInput(index, { roots: ['a'] }));
    expect(result.outcome).toBe('not-found');
    expect(result.refusals.map(({ detail }) => detail).join()).toContain('building it requires itself');
  });

  test('are skipped with --only-binary and preferred with --no-binary', async () => {
    const index = { a: { '1': [], '2': { sdist: [] } } };
    const control = (onlyBinary: string[], noBinary: string[]) => ({
      options: { formatControl: { onlyBinary, noBinary } },
    });
    expect(await solve(index, { roots: ['a'], ...control([':all:'], []) })).toEqual(['a 1']);
    expect(await solve(index, { roots: ['a<=2'], ...control([], ['a']) })).toEqual(['a 2']);
  });
});

describe('limits', () => {
  test('a thousand roots are resolved within seconds', async () => {
    const names = Array.from({ length: 1000 }, (_, at) => `p${at}`);
    const index = Object.fromEntries(
      names.map((name, at) => [name, { '1': [], '2': at > 0 ? [`p${at >> 1}>=1`, `p${at >> 2}`] : [] }]),
    );
    const startedAt = Date.now();
    expect(await solve(index, { roots: names.map((name) => `${name}>=1`) })).toHaveLength(1000);
    expect(Date.now() - startedAt).toBeLessThan(10_000);
  });

  test('a contradiction below many releases is proved without trying every combination', async () => {
    const versions = Array.from({ length: 60 }, (_, at) => `${at + 1}`);
    const project = (needs: (version: string) => string[]): Record<string, string[]> =>
      Object.fromEntries(versions.map((version) => [version, needs(version)]));
    const index = {
      a: project((version) => [`b==${version}`]),
      b: project(() => ['c']),
      c: project(() => ['d']),
      d: project(() => ['e>1']),
      e: { '1': [], '2': [] },
      z: project(() => ['e<2']),
    };
    const startedAt = Date.now();
    const result = await resolve(resolverInput(index, { roots: ['a', 'z'] }));
    expect(result.refusals).toMatchObject([{ name: 'a', because: 'conflict', fatal: true }]);
    expect(Date.now() - startedAt).toBeLessThan(10_000);
  });

  test('an endless chain of dependencies ends with an error', async () => {
    const memory = memoryIndex({});
    const endless = {
      ...memory,
      page: async (name: ProjectName) => ({
        kind: 'found' as const,
        from: [],
        complete: true,
        page: {
          name,
          files: [
            { filename: `${name}-1-py3-none-any.whl`, url: `https://files.example/${name}`, hashes: {}, yanked: false },
          ],
        },
      }),
      metadata: async ({ url }: { url: string }) => {
        const at = Number(/\d+$/.exec(url)?.[0]);
        return `Metadata-Version: 2.1\nName: p${at}\nRequires-Dist: p${at + 1}\n`;
      },
    };
    await expect(resolve(resolverInput(endless, { roots: ['p0'], bounds: { releases: 50 } }))).rejects.toMatchObject({
      code: 'resolution-too-large',
    });
  });

  test('a time limit ends with an error', async () => {
    let time = 0;
    const now = (): number => (time += 1000);
    await expect(
      resolve(resolverInput({ a: { '1': ['b'] }, b: { '1': [] } }, { roots: ['a'], now, bounds: { seconds: 1 } })),
    ).rejects.toMatchObject({
      code: 'resolution-unfinished',
      exit: 'unavailable',
    });
  });

  test('an index that does not answer ends with its cause', async () => {
    const unreachable = {
      ...memoryIndex({}),
      page: async () => ({ kind: 'unreachable' as const, cause: 'connection refused' }),
    };
    await expect(resolve(resolverInput(unreachable, { roots: ['a'] }))).rejects.toMatchObject({
      code: 'index-unreachable',
      exit: 'unavailable',
      message: expect.stringContaining('connection refused'),
    });
  });

  test('an invalid root ends with an error', async () => {
    await expect(resolve(resolverInput({}, { roots: ['a b c'] }))).rejects.toMatchObject({
      code: 'requirement-unreadable',
      exit: 'usage',
    });
  });
});

test('a release with excessive metadata is not used, and says why', async () => {
  const many = Array.from({ length: 10_001 }, () => 'six');
  const index = { huge: { '1': [], '2': many }, six: { '1': [] } };
  expect(await solve(index, { roots: ['huge'] })).toEqual(['huge 1']);
  const pinned = await resolve(resolverInput(index, { roots: ['huge==2'] }));
  expect(pinned.refusals[0]).toMatchObject({ name: 'huge', version: '2', kind: 'ERROR', fatal: true });
  expect(pinned.refusals[0]?.detail).toBe('it has more than 10000 requirements');
});

describe('a cut-off for upload times', () => {
  const index = {
    a: {
      '1': { needs: ['b'], uploadTime: '2025-01-01T00:00:00.000Z' },
      '2': { needs: ['b'], uploadTime: '2026-03-01T00:00:00.000Z' },
    },
    b: {
      '1': { uploadTime: '2025-12-31T23:59:59.999Z' },
      '2': { uploadTime: '2026-01-01T00:00:00.000Z' },
      '3': {},
    },
  };
  const all = '2026-01-01T00:00:00.000Z';
  const limited = (uploadedBefore: ResolverInput['request']['options']['uploadedBefore'], ...roots: string[]) =>
    resolve(resolverInput(index, { roots, options: { uploadedBefore } }));

  test('excludes later files and files without a time, and keeps the times of the others', async () => {
    const result = await limited({ all }, 'a');
    expect(releaseTexts(result)).toEqual(['a 1', 'b 1']);
    expect(result.releases.map(({ uploadTimes }) => uploadTimes)).toEqual([
      { 'a-1-py3-none-any.whl': '2025-01-01T00:00:00.000Z' },
      { 'b-1-py3-none-any.whl': '2025-12-31T23:59:59.999Z' },
    ]);
    const [plain] = (await limited(undefined, 'a')).releases;
    expect(plain).not.toHaveProperty('uploadTimes');
  });

  test('may exempt a project, or apply to one only', async () => {
    expect(releaseTexts(await limited({ all, projects: { b: null } }, 'a'))).toEqual(['a 1', 'b 3']);
    expect(releaseTexts(await limited({ projects: { b: all } }, 'a'))).toEqual(['a 2', 'b 1']);
  });

  test('is the reason if it excludes every release that satisfies a requirement', async () => {
    const { outcome, refusals } = await limited({ all }, 'a==2');
    expect(outcome).toBe('not-found');
    expect(refusals).toMatchObject([{ name: 'a', because: 'uploaded-later', fatal: true }]);
    expect((await limited({ all }, 'a==7')).refusals).toMatchObject([{ name: 'a', because: 'no-version' }]);
  });

  test('does not remove later files from a release that it allows, because it is imported with all of them', async () => {
    const memory = memoryIndex(index);
    const page = async (name: ProjectName) => {
      const answer = await memory.page(name);
      if (answer.kind !== 'found' || name !== 'b') return answer;
      const files = answer.page.files.flatMap((file) =>
        file.filename.startsWith('b-1-')
          ? [file, { ...file, filename: 'b-1.tar.gz', uploadTime: '2026-05-01T00:00:00.000Z' }]
          : [file],
      );
      return { ...answer, page: { ...answer.page, files } };
    };
    const { releases } = await resolve(
      resolverInput({ ...memory, page }, { roots: ['b'], options: { uploadedBefore: { all } } }),
    );
    expect(releases).toMatchObject([{ version: '1', file: 'b-1-py3-none-any.whl' }]);
    expect(Object.keys(releases[0]?.sha256 ?? {}).sort()).toEqual(['b-1-py3-none-any.whl', 'b-1.tar.gz']);
  });
});
