import { describe, expect, test } from 'vitest';
import type { ProjectName, Release } from '../../../src/index/types.ts';
import type { Refusal } from '../../../src/vetting/types.ts';
import { resolve } from '../../../src/workflow/resolver/resolve.ts';
import type { ResolverAnswer, ResolverInput } from '../../../src/workflow/resolver/types.ts';
import { type MadeIndex, memoryIndex, question } from './memory-index.ts';

type Asked = Parameters<typeof question>[1];

async function solve(index: MadeIndex, asked: Asked): Promise<string[]> {
  const answer = await resolve(question(index, asked));
  expect(answer.outcome).toBe('solved');
  return named(answer);
}

function named({ releases }: ResolverAnswer): string[] {
  return releases.map(({ name, version }) => `${name} ${version}`);
}

function refuse(...refused: string[]): ResolverInput['refused'] {
  return ({ name, version }: Release): Refusal | undefined =>
    refused.includes(`${name} ${version}`)
      ? { name, version, kind: 'BLOCKED', reasons: [{ text: 'block list' }], similarPackages: [], fatal: false }
      : undefined;
}

describe('a joint solution', () => {
  test('holds the roots and everything they need, each as new as can be', async () => {
    const index = { a: { '1': [], '2': ['b>=1'] }, b: { '1': ['c'], '3': ['c<2'] }, c: { '1.5': [], '2': [] } };
    expect(await solve(index, { roots: ['a'] })).toEqual(['a 2', 'b 3', 'c 1.5']);
  });

  test('takes all specifiers on a project together', async () => {
    const index = { a: { '1': ['c>=2'] }, b: { '1': ['c<4', 'c!=3'] }, c: { '1': [], '2': [], '3': [], '4': [] } };
    expect(await solve(index, { roots: ['a', 'b'] })).toEqual(['a 1', 'b 1', 'c 2']);
  });

  test('goes back to an older release where only that one suits the others', async () => {
    const index = {
      left: { '1': ['shared<2'], '2': ['shared<2'] },
      right: { '1': ['shared<2'], '2': ['shared>=2'], '3': ['shared>=2'] },
      shared: { '1': [], '2': [] },
    };
    expect(await solve(index, { roots: ['left', 'right'] })).toEqual(['left 2', 'right 1', 'shared 1']);
  });

  test('prefers the first root, as pip does, where two can not both be newest', async () => {
    const index = {
      a: { '1': ['c==1'], '2': ['c==2'] },
      b: { '1': ['c==2'], '2': ['c==1'] },
      c: { '1': [], '2': [] },
    };
    expect(await solve(index, { roots: ['a', 'b'] })).toEqual(['a 2', 'b 1', 'c 2']);
    expect(await solve(index, { roots: ['b', 'a'] })).toEqual(['a 1', 'b 2', 'c 1']);
  });

  test('pins a project anew rather than take an older release of what needs it otherwise', async () => {
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

  test('is found where releases need each other in a circle', async () => {
    const index = { a: { '1': ['b'], '2': ['b>=2'] }, b: { '1': ['a'], '2': ['a<2'] } };
    expect(await solve(index, { roots: ['a'] })).toEqual(['a 1', 'b 2']);
  });

  test('follows extras, those that name others of their own project, and their specifiers', async () => {
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

  test('takes an older release where the newest one can not have the extra that is asked for', async () => {
    const index = { a: { '1': ['b; extra == "x"'], '2': ['b>=9; extra == "x"'] }, b: { '1': [] } };
    expect(await solve(index, { roots: ['a', 'a[x]'] })).toEqual(['a 1', 'b 1']);
  });

  test('heeds markers of the interpreter that asks, on roots, constraints and dependencies', async () => {
    const index = {
      a: { '1': ['b; sys_platform == "win32"', 'c; python_version >= "3.8"'] },
      b: { '1': [] },
      c: { '1': [], '2': [] },
    };
    const asked = {
      roots: ['a', 'b; os_name == "nt"'],
      constraints: ['c<2; python_version >= "3"', 'c>9; os_name == "nt"'],
    };
    expect(await solve(index, asked)).toEqual(['a 1', 'c 1']);
  });

  test('passes over what this Python or this platform can not take', async () => {
    const index = {
      a: { '1': [], '2': { python: '>=3.12' }, '3': { tag: 'cp311-cp311-win_amd64' } },
    };
    expect(await solve(index, { roots: ['a'] })).toEqual(['a 1']);
  });

  test('takes no dependencies under --no-deps', async () => {
    const index = memoryIndex({ a: { '1': ['b'] }, b: { '1': [] } });
    const answer = await resolve(question(index, { roots: ['a[x]'], options: { noDeps: true } }));
    expect(named(answer)).toEqual(['a 1']);
    expect(index.asked).toEqual(['page a']);
  });

  test('never reaches past a constraint, and takes in nothing for its sake', async () => {
    const index = { a: { '1': [], '2': [] }, z: { '1': [] } };
    expect(await solve(index, { roots: ['a'], constraints: ['a<2', 'z==1'] })).toEqual(['a 1']);
  });

  test('names the digests of all files of a release and when it came', async () => {
    const answer = await resolve(question({ a: { '1': { uploadTime: '2024-01-02T03:04:05Z' } } }, { roots: ['a'] }));
    const [release] = answer.releases;
    expect(release?.uploadTime).toBe('2024-01-02T03:04:05Z');
    expect(Object.entries(release?.sha256 ?? {})).toEqual([
      ['a-1-py3-none-any.whl', expect.stringMatching(/^[0-9a-f]{64}$/)],
    ]);
  });
});

test('a file for which the index gives no digest is named all the same', async () => {
  const memory = memoryIndex({ a: { '1': [] } });
  const page: typeof memory.page = async (name) => {
    const answer = await memory.page(name);
    if (answer.kind !== 'found') return answer;
    const files = answer.page.files.map((file) => ({ ...file, hashes: { md5: 'd41d8cd98f00b204e9800998ecf8427e' } }));
    return { ...answer, page: { ...answer.page, files } };
  };
  const answer = await resolve(question({ ...memory, page }, { roots: ['a'] }));
  expect(answer.releases[0]?.sha256).toEqual({ 'a-1-py3-none-any.whl': '' });
});

describe('pre-releases and yanked releases', () => {
  const index = { a: { '1': [], '2': { yanked: true }, '3b1': [] }, beta: { '1a1': [], '1a2': [] } };

  test('are passed over', async () => {
    expect(await solve(index, { roots: ['a'] })).toEqual(['a 1']);
  });

  test('pre-releases are taken with --pre, where a specifier names one, and where there is nothing else', async () => {
    expect(await solve(index, { roots: ['a'], options: { pre: true } })).toEqual(['a 3b1']);
    expect(await solve(index, { roots: ['a>=3a0'] })).toEqual(['a 3b1']);
    expect(await solve(index, { roots: ['beta'] })).toEqual(['beta 1a2']);
    expect(await solve(index, { roots: ['a>2'] })).toEqual(['a 3b1']);
  });

  test('a pre-release named by one requirement counts for all of them', async () => {
    const joint = { ...index, needer: { '1': ['a==3b1'] } };
    expect(await solve(joint, { roots: ['a>=1', 'needer'] })).toEqual(['a 3b1', 'needer 1']);
  });

  test('are never taken because the final releases were refused', async () => {
    const answer = await resolve(question(index, { roots: ['a'], refused: refuse('a 1') }));
    expect(answer).toMatchObject({ outcome: 'refused', releases: [] });
  });

  test('a yanked one is taken by an exact pin alone', async () => {
    expect(await solve(index, { roots: ['a==2'] })).toEqual(['a 2']);
    const answer = await resolve(question(index, { roots: ['a~=2.0'] }));
    expect(answer.outcome).toBe('not-found');
    expect(answer.refusals[0]).toMatchObject({
      name: 'a',
      kind: 'NOT_FOUND',
      fatal: true,
      detail: expect.stringContaining('yanked'),
    });
  });
});

describe('refused releases', () => {
  test('of what was not asked for name the root that needs them', async () => {
    const index = { a: { '1': ['b'] }, b: { '1': ['c'] }, c: { '1': [] }, d: { '1': ['c'] } };
    const needed = await resolve(question(index, { roots: ['a', 'd'], refused: refuse('c 1') }));
    expect(needed.refusals).toMatchObject([{ name: 'c', fatal: true, neededBy: 'a' }]);
    const asked = await resolve(question(index, { roots: ['c'], refused: refuse('c 1') }));
    expect(asked.refusals[0]).not.toHaveProperty('neededBy');
  });

  const index = { a: { '1': ['b'], '2': ['b'] }, b: { '1': [], '2': [], '3': [] } };

  test('make it take the next older one, and are told without stopping anything', async () => {
    const answer = await resolve(question(index, { roots: ['a'], refused: refuse('b 3', 'b 2', 'a 2') }));
    expect(answer.outcome).toBe('solved');
    expect(named(answer)).toEqual(['a 1', 'b 1']);
    expect(answer.refusals.map(({ name, version, fatal }) => `${name} ${version} ${fatal}`)).toEqual([
      'a 2 false',
      'b 3 false',
      'b 2 false',
    ]);
  });

  test('stop the request where a root has nothing else, and the ones to blame are fatal', async () => {
    const answer = await resolve(
      question(
        { ...index, c: { '1': [], '2': [] } },
        { roots: ['c', 'a'], refused: refuse('c 2', 'b 1', 'b 2', 'b 3') },
      ),
    );
    expect(answer).toMatchObject({ outcome: 'refused', releases: [] });
    expect(answer.refusals.filter(({ fatal }) => fatal).map(({ name }) => name)).toEqual(['b', 'b', 'b']);
    expect(answer.refusals.filter(({ fatal }) => !fatal).map(({ name }) => name)).toEqual(['c']);
  });

  test('are asked about once each, with the time of upload', async () => {
    const asked: string[] = [];
    const index = { a: { '2': { uploadTime: '2024-05-05T00:00:00Z', needs: ['b'] } }, b: { '1': ['a'] } };
    const refused = ({ name, version }: Release, uploadTime?: string): undefined =>
      void asked.push(`${name} ${version} ${uploadTime}`);
    await solve(index, { roots: ['a', 'b'], refused });
    expect(asked).toEqual(['a 2 2024-05-05T00:00:00Z', 'b 1 undefined']);
  });

  test('a dependency by direct URL makes a release inadmissible, whatever else it may be', async () => {
    const direct = { a: { '1': [], '2': ['evil @ https://user:pass@evil.example/evil.whl'] } };
    const answer = await resolve(question(direct, { roots: ['a'] }));
    expect(named(answer)).toEqual(['a 1']);
    expect(answer.refusals).toMatchObject([
      {
        name: 'a',
        version: '2',
        kind: 'BLOCKED',
        detail: 'it needs `evil` by a direct URL, `https://evil.example/evil.whl`',
      },
    ]);
    const root = await resolve(question(direct, { roots: ['evil @ https://evil.example/evil.whl'] }));
    expect(root).toMatchObject({ outcome: 'refused', refusals: [{ name: 'evil', kind: 'BLOCKED', fatal: true }] });
  });

  test('metadata that name another project make a release inadmissible', async () => {
    const index = memoryIndex({ a: { '1': [], '2': [] } });
    const metadata: typeof index.metadata = async (file) =>
      (await index.metadata(file))?.replace(/Name: a\nVersion: 2/, 'Name: b\nVersion: 2');
    const answer = await resolve(question({ ...index, metadata }, { roots: ['a'] }));
    expect(named(answer)).toEqual(['a 1']);
    expect(answer.refusals).toMatchObject([{ name: 'a', version: '2', kind: 'ERROR' }]);
  });
});

describe('what is already SECURE', () => {
  const index = { a: { '1': [], '2': [], '3': [] } };
  const secure = async (): Promise<ReadonlySet<string>> => new Set(['1', '2']);

  test('will do, the newest of it first, unless an upgrade is asked for', async () => {
    expect(await solve(index, { roots: ['a'], secure, options: { upgrade: false } })).toEqual(['a 2']);
    expect(await solve(index, { roots: ['a'], secure, options: { upgrade: true } })).toEqual(['a 3']);
    expect(await solve(index, { roots: ['a>2'], secure, options: { upgrade: false } })).toEqual(['a 3']);
  });
});

describe('what is not there', () => {
  const index = {
    real: { '1': [], '2': ['missing'] },
    old: { '1': { python: '<3' }, '0.9': { python: '<3' } },
    win: { '1': { tag: 'cp311-cp311-win_amd64' } },
  };

  const detail = async (root: string, more: Partial<Asked> = {}): Promise<string | undefined> => {
    const answer = await resolve(question(index, { roots: [root], ...more }));
    expect(answer).toMatchObject({
      outcome: 'not-found',
      releases: [],
      refusals: [{ kind: 'NOT_FOUND', fatal: true }],
    });
    return answer.refusals[0]?.detail;
  };

  test('a project no index knows is told with the nearest real name', async () => {
    const nearest = (name: ProjectName): string[] => (name === 'reel' ? ['real'] : []);
    expect(await detail('reel', { nearest })).toBe('no index knows a project `reel`; the nearest name is `real`');
    expect(await detail('reel')).toBe('no index knows a project `reel`');
  });

  test('a version that does not exist is told with the newest there is', async () => {
    expect(await detail('real>=9')).toBe('no release satisfies `real>=9`; the newest is 2');
  });

  test('a release for another Python or platform only is told as that', async () => {
    expect(await detail('old')).toBe('`old` 1 needs Python <3; this is 3.11.7');
    expect(await detail('win')).toBe('no file of `win` 1 fits Python 3.11.7 on linux_x86_64 and the chosen formats');
  });

  test('a constraint that leaves nothing is named', async () => {
    expect(await detail('real', { constraints: ['real>5'] })).toBe('the constraint `>5` leaves no release for `real`');
  });

  test.each([
    ['reel', 'no-project'],
    ['real>=9', 'no-version'],
    ['win', 'no-file'],
    ['old', 'no-file'],
    ['gone', 'yanked'],
    ['acme-tools', 'private'],
  ] as const)('says for programs, too, why there is none: %s is %s', async (root, because) => {
    const made = { ...index, gone: { '1': { yanked: true } } };
    const isPrivate = (name: string) => name.startsWith('acme-');
    const answer = await resolve({ ...question(made, { roots: [root] }), nearest: () => ['real'], isPrivate });
    expect(answer.refusals[0]).toMatchObject({ kind: 'NOT_FOUND', because });
    if (because === 'private') expect(answer.refusals[0]).toMatchObject({ similarPackages: [] });
  });

  test('a version that may not be taken comes with the newest that nothing speaks against', async () => {
    const made = { a: { '1': [], '2': [], '3': [], '4': { yanked: true } }, b: { '1': ['a==3'] } };
    const refused = refuse('a 3');
    const pinned = await resolve({ ...question(made, { roots: ['a==3'] }), refused });
    expect(pinned.refusals[0]).toMatchObject({ version: '3', instead: '2', fatal: true });
    const missing = await resolve({ ...question(made, { roots: ['a==9'] }), refused });
    expect(missing.refusals[0]).toMatchObject({ because: 'no-version', instead: '2' });
    const needed = await resolve({ ...question(made, { roots: ['b'] }), refused });
    expect(needed.refusals[0]?.instead).toBeUndefined();
    const none = await resolve({ ...question({ a: { '3': [] } }, { roots: ['a'] }), refused });
    expect(none.refusals[0]?.instead).toBeUndefined();
  });

  test('a missing dependency makes it take an older parent, and is told', async () => {
    const answer = await resolve(question(index, { roots: ['real'] }));
    expect(named(answer)).toEqual(['real 1']);
    expect(answer.refusals).toMatchObject([
      {
        name: 'missing',
        kind: 'NOT_FOUND',
        fatal: false,
        detail: 'no index knows a project `missing`, needed by real 2',
      },
    ]);
  });

  test('a root that contradicts itself is told with the requirements that do', async () => {
    const impossible = { a: { '1': ['b', 'c<2'] }, b: { '1': ['c>=2'] }, c: { '1': [], '2': [] } };
    const answer = await resolve(question(impossible, { roots: ['a'] }));
    expect(answer).toMatchObject({ outcome: 'not-found', refusals: [{ name: 'a', kind: 'NOT_FOUND', fatal: true }] });
    for (const fact of ['a 1 needs `c<2`', 'b 1 needs `c>=2`']) expect(answer.refusals[0]?.detail).toContain(fact);
  });
});

describe('without any joint solution', () => {
  test('each root is solved by itself, and a note says so', async () => {
    const index = { a: { '1': ['c<2'] }, b: { '1': ['c>=2'] }, c: { '1': [], '2': [] } };
    const answer = await resolve(question(index, { roots: ['a', 'b'] }));
    expect(answer).toMatchObject({ outcome: 'solved', refusals: [] });
    expect(named(answer)).toEqual(['a 1', 'b 1', 'c 1', 'c 2']);
    expect(answer.notes.join()).toMatch(/no one set of releases satisfies everything together \(.*`a` is asked for/);
  });
});

describe('sdists', () => {
  test('bring what building them needs, solved apart from what runs', async () => {
    const index = {
      a: { '1': { needs: ['tool<2'], sdist: ['tool>=2', 'backend; os_name == "posix"', 'win; os_name == "nt"'] } },
      tool: { '1': [], '2': [] },
      backend: { '1': ['helper'] },
      helper: { '1': [] },
      win: { '1': [] },
    };
    expect(await solve(index, { roots: ['a'] })).toEqual(['a 1', 'backend 1', 'helper 1', 'tool 1', 'tool 2']);
  });

  test('that say nothing are built with setuptools', async () => {
    const index = {
      a: { '1': { sdist: 'default' as const } },
      setuptools: { '40.7': [], '60': [] },
      wheel: { '1': [] },
    };
    expect(await solve(index, { roots: ['a'] })).toEqual(['a 1', 'setuptools 60']);
  });

  test('among build requirements bring their own, also under --no-deps and whatever the constraints', async () => {
    const index = {
      a: { '1': { sdist: ['backend'] } },
      backend: { '1': { sdist: ['bootstrap'], needs: ['lib'] } },
      bootstrap: { '1': [] },
      lib: { '1': [], '2': [] },
    };
    const asked = { roots: ['a'], constraints: ['lib<2'], options: { noDeps: true } };
    expect(await solve(index, asked)).toEqual(['a 1', 'backend 1', 'bootstrap 1', 'lib 2']);
  });

  test('whose build can not be had give way to an older release, and the reason is told', async () => {
    const index = { a: { '1': [], '2': { sdist: ['backend>=9'] } }, backend: { '1': [] } };
    const answer = await resolve(question(index, { roots: ['a'] }));
    expect(named(answer)).toEqual(['a 1']);
    expect(answer.refusals.map(({ name, version }) => `${name} ${version}`).sort()).toEqual(['a 2', 'backend null']);
  });

  test('whose build requirement is refused are refused with it', async () => {
    const index = { a: { '2': { sdist: ['backend'] } }, backend: { '1': [] } };
    const answer = await resolve(question(index, { roots: ['a'], refused: refuse('backend 1') }));
    expect(answer.outcome).toBe('refused');
    expect(
      answer.refusals
        .filter(({ fatal }) => fatal)
        .map(({ name, kind }) => `${name} ${kind}`)
        .sort(),
    ).toEqual(['a ERROR', 'backend BLOCKED']);
  });

  test('that need themselves to be built end, and are told', async () => {
    const index = { a: { '1': { sdist: ['b'] } }, b: { '1': { sdist: ['a'] } } };
    const answer = await resolve(question(index, { roots: ['a'] }));
    expect(answer.outcome).toBe('refused');
    expect(answer.refusals.map(({ detail }) => detail).join()).toContain('building it needs itself');
  });

  test('are left aside with --only-binary and preferred with --no-binary', async () => {
    const index = { a: { '1': [], '2': { sdist: [] } } };
    const control = (onlyBinary: string[], noBinary: string[]) => ({
      options: { formatControl: { onlyBinary, noBinary } },
    });
    expect(await solve(index, { roots: ['a'], ...control([':all:'], []) })).toEqual(['a 1']);
    expect(await solve(index, { roots: ['a<=2'], ...control([], ['a']) })).toEqual(['a 2']);
  });
});

describe('bounds', () => {
  test('a thousand roots are solved in seconds', async () => {
    const names = Array.from({ length: 1000 }, (_, at) => `p${at}`);
    const index = Object.fromEntries(
      names.map((name, at) => [name, { '1': [], '2': at > 0 ? [`p${at >> 1}>=1`, `p${at >> 2}`] : [] }]),
    );
    const begun = Date.now();
    expect(await solve(index, { roots: names.map((name) => `${name}>=1`) })).toHaveLength(1000);
    expect(Date.now() - begun).toBeLessThan(10_000);
  });

  test('a contradiction deep below many releases is proved, not tried out', async () => {
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
    const begun = Date.now();
    const answer = await resolve(question(index, { roots: ['a', 'z'] }));
    expect(answer.notes).toHaveLength(1);
    expect(Date.now() - begun).toBeLessThan(10_000);
  });

  test('a closure with no end is ended with a word', async () => {
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
    await expect(resolve(question(endless, { roots: ['p0'], bounds: { releases: 50 } }))).rejects.toMatchObject({
      code: 'resolution-too-large',
    });
  });

  test('time that runs out is told as that', async () => {
    let time = 0;
    const now = (): number => (time += 1000);
    await expect(
      resolve(question({ a: { '1': ['b'] }, b: { '1': [] } }, { roots: ['a'], now, bounds: { seconds: 1 } })),
    ).rejects.toMatchObject({
      code: 'resolution-unfinished',
      exit: 'unavailable',
    });
  });

  test('an index that does not answer is told as that', async () => {
    const dead = {
      ...memoryIndex({}),
      page: async () => ({ kind: 'unreachable' as const, cause: 'connection refused' }),
    };
    await expect(resolve(question(dead, { roots: ['a'] }))).rejects.toMatchObject({
      code: 'index-unreachable',
      exit: 'unavailable',
      message: expect.stringContaining('connection refused'),
    });
  });

  test('a root that is no requirement is told as that', async () => {
    await expect(resolve(question({}, { roots: ['a b c'] }))).rejects.toMatchObject({
      code: 'requirement-unreadable',
      exit: 'usage',
    });
  });
});
