import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { folderJson, folderJunit, folderSarif, folderText } from '../../src/cli/review/folder-formats.ts';
import { folderResult } from '../../src/cli/review/folder-result.ts';
import { plainStyle } from '../../src/cli/terminal.ts';
import { AwspipError, type ExitReason } from '../../src/errors.ts';
import { normaliseName } from '../../src/index/names.ts';
import type { RequirementFileKind } from '../../src/review/find-requirement-files.ts';
import { type FileRequest, readRequirementFile } from '../../src/review/read-requirement-file.ts';
import type { FileOutcome, VetOutcome } from '../../src/review/types.ts';
import { rootsOf, vetAllowedRest } from '../../src/review/vet-allowed-rest.ts';
import { vetFiles } from '../../src/review/vet-folder.ts';
import { vetOtherPlatforms } from '../../src/review/vet-other-platforms.ts';
import type { Refusal } from '../../src/vetting/types.ts';
import { sarifViolations } from '../helpers/json-schemas.ts';
import { hostileText, steeringCharacters } from '../messages/recording-terminal.ts';
import { recordOf } from '../vetting/examples.ts';

const never = new Promise<never>(() => {});
const fileOf = (file: string) => ({ file, absolute: `/r/${file}`, kind: 'requirements' as const });
const requestOf = (roots: readonly string[]): FileRequest => ({
  ...{ roots, buildRoots: [], constraints: [], target: undefined, coversAllPlatforms: false },
  options: { pre: false, formatControl: { onlyBinary: [], noBinary: [] }, noDeps: false, upgrade: false },
  requirements: roots.map((text) => ({ text, file: 'r.txt', line: 1 })),
});
const refusal = (name: string, change: Partial<Refusal> = {}): Refusal => ({
  ...{ name: normaliseName(name), version: '1.0', kind: 'BLOCKED', reasons: [], similarPackages: [], fatal: true },
  ...change,
});
const secure = (name = 'good'): VetOutcome => ({
  answer: { kind: 'secure', joined: false, record: recordOf({ status: 'SECURE', refusals: [] }) },
  releases: [{ name: normaliseName(name), version: '1', status: 'SECURE' }],
  requirements: [{ text: name, file: 'r.txt', line: 1 }],
});
const refused = (refusals: readonly Refusal[]): VetOutcome => ({
  ...secure(),
  answer: { kind: 'refused', joined: false, record: recordOf({ status: 'BLOCKED', refusals }) },
});
const failure = (exit: ExitReason) => new AwspipError('some-error', `it is ${exit}`, { exit, hint: 'do something' });

describe('vetting many files', () => {
  test('the same requirements are vetted once, and a failed file does not stop the others', async () => {
    const vetted: string[] = [];
    const progress: number[] = [];
    const roots: Record<string, readonly string[]> = { a: ['x', 'y'], b: ['y', 'x'], c: [], e: ['x'] };
    const { files } = await vetFiles(['a', 'b', 'c', 'd', 'e', 'f'].map(fileOf), {
      readFile: async ({ file }) => {
        if (file === 'f') throw new TypeError('a bug');
        if (roots[file] === undefined) throw failure('usage');
        return requestOf(roots[file]);
      },
      vetFile: async (request) => {
        vetted.push(request.roots.join(' '));
        return secure();
      },
      onFile: ({ done }) => progress.push(done),
      interrupted: never,
    });
    expect(files).toMatchObject([
      { file: 'a', kind: 'vetted', sameAs: undefined },
      { file: 'b', kind: 'vetted', sameAs: 'a' },
      { file: 'c', kind: 'empty' },
      { file: 'd', kind: 'failed', error: { exit: 'usage' } },
      { file: 'e', kind: 'vetted' },
      { file: 'f', kind: 'failed', error: { exit: 'bug', message: 'unexpected error: a bug' } },
    ]);
    expect(vetted.sort()).toEqual(['x', 'x y']);
    expect(progress).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });

  test('few files are vetted at the same time', async () => {
    let [running, most] = [0, 0];
    await vetFiles(
      Array.from({ length: 12 }, (_, at) => fileOf(String(at))),
      {
        readFile: async ({ file }) => requestOf([file]),
        vetFile: async () => {
          running += 1;
          most = Math.max(most, running);
          await new Promise((resolve) => setImmediate(resolve));
          running -= 1;
          return secure();
        },
        onFile: () => {},
        interrupted: never,
      },
    );
    expect(most).toBe(4);
  });

  test('a signal ends it with the results so far, and starts no further file', async () => {
    let interrupt: (error: AwspipError) => void = () => {};
    const interrupted = new Promise<never>((_, reject) => {
      interrupt = reject;
    });
    const started: string[] = [];
    const outcome = await vetFiles(['a', 'b', 'c', 'd', 'e', 'f'].map(fileOf), {
      readFile: async ({ file }) => requestOf([file]),
      vetFile: async ({ roots: [root] }) => {
        started.push(root ?? '');
        if (root === 'a') return secure();
        if (started.length === 5)
          interrupt(new AwspipError('interrupted', 'interrupted', { exit: 'interrupted', exitCode: 143 }));
        return never;
      },
      onFile: () => {},
      interrupted,
    });
    expect(outcome.files.map(({ kind }) => kind)).toEqual(['vetted', ...Array(5).fill('interrupted')]);
    expect(started).not.toContain('f');
    expect(folderResult({ ...outcome, leftOut: [] })).toMatchObject({ exitCode: 143, reason: 'interrupted' });
  });

  test('without the roots that may not be installed, the rest is vetted, and all refusals are in the answer', async () => {
    const asked: string[] = [];
    const vet = vetAllowedRest(async ({ roots }) => {
      asked.push(roots.join(' '));
      if (roots.includes('bad')) return refused([refusal('bad')]).answer;
      if (roots.includes('needy')) return refused([refusal('deep', { neededBy: normaliseName('needy') })]).answer;
      return secure().answer;
    });
    const { roots, constraints, options } = requestOf(['good', 'bad', 'needy']);
    const answer = await vet({ roots, constraints, options, environment: {} as never }, 0);
    expect(asked).toEqual(['good bad needy', 'good needy', 'good']);
    expect(answer).toMatchObject({ kind: 'refused', record: { refusals: [{ name: 'bad' }, { name: 'deep' }] } });
  });
});

describe('a lock file for several platforms', () => {
  const here = {
    implementation: 'cpython',
    platform: 'linux_x86_64',
    markers: { sys_platform: 'linux', python_version: '3.9', python_full_version: '3.9.1' },
  };
  /** Where a pin has files; nowhere if it is not listed. */
  const files: Record<string, string> = {
    'here==1': 'linux 3.9',
    'win==1': 'win32 3.9',
    'mac==1': 'darwin 3.9',
    'old==1': 'linux 3.8',
  };
  const asked: string[] = [];
  const vet = vetOtherPlatforms(
    vetAllowedRest(async ({ roots, environment: { markers } }) => {
      const place = `${markers.sys_platform} ${markers.python_version}`;
      asked.push(`${place}: ${roots.join(' ')}`);
      const missing = roots.filter((root) => files[root] !== place);
      const refusals = missing.map((root) => {
        const [name = '', version = ''] = root.split('==');
        const blocked = name === 'bad' && place === 'linux 3.9';
        return refusal(name, blocked ? { version } : { version, kind: 'NOT_FOUND', because: 'no-file' });
      });
      return refusals.length === 0 ? secure().answer : refused(refusals).answer;
    }),
  );
  const run = (roots: readonly string[]) => {
    const { constraints, options } = requestOf([]);
    return vet({ roots, constraints, options, environment: here as never }, 0);
  };

  test('each pin is vetted where it has a file', async () => {
    expect(await run(['here==1', 'win==1', 'mac==1', 'old==1'])).toMatchObject({
      kind: 'secure',
      record: { refusals: [] },
    });
    expect(asked).toContain('win32 3.9: win==1');
    expect(asked).toContain('darwin 3.9: mac==1');
    expect(asked.at(-1)).toBe('linux 3.8: old==1');
  });

  test('a blocked pin, and one without a file anywhere, are refused', async () => {
    const { kind, record } = await run(['here==1', 'bad==1', 'win==1', 'gone==1']);
    expect(kind).toBe('refused');
    expect(record.refusals.map((each) => [each.name, each.kind])).toEqual([
      ['bad', 'BLOCKED'],
      ['gone', 'NOT_FOUND'],
    ]);
  });

  test('of two pins of one project, only the refused one is left out', () => {
    expect(rootsOf(['x==1', 'x==2', 'y'], [refusal('x', { version: '1.0' })])).toEqual(['x==1']);
    expect(rootsOf(['x>=1', 'y'], [refusal('x', { version: '1.0' })])).toEqual(['x>=1']);
    expect(rootsOf(['x==1', 'x==2'], [refusal('x', { version: null })])).toEqual(['x==1', 'x==2']);
  });
});

describe('reading files', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'awspip-read-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  const read = async (name: string, kind: RequirementFileKind, text: string) => {
    const absolute = path.join(folder, name);
    await writeFile(absolute, text);
    const rootsPorts = () => {
      throw new Error('not for pip');
    };
    return readRequirementFile({ file: name, absolute, kind }, { rootsPorts, accept: async () => [], cwd: folder });
  };

  test('a project file has the requirements of its extras, groups and environments, at their lines', async () => {
    const { roots, requirements, options } = await read(
      'pyproject.toml',
      'pyproject',
      `[project]
name = "mine"
dependencies = ["one>=1"]
optional-dependencies = { x = ["two"] }
[dependency-groups]
dev = ["three", { include-group = "x" }]
[tool.poetry.group.docs.dependencies]
four = "^4"
[tool.pdm.dev-dependencies]
test = ["five"]
[tool.hatch.envs.lint]
dependencies = ["six"]
`,
    );
    expect(roots).toEqual(['one>=1', 'two', 'three', 'five', 'four>=4,<5', 'six']);
    expect(requirements.map(({ line }) => line)).toEqual([3, 4, 6, 10, 8, 12]);
    expect(options).toMatchObject({ separate: true, noDeps: false });
  });

  test('a lock file has all of its pins, also two of one project, each for itself', async () => {
    const pin = (name: string, version: string, rest = '') =>
      `[[package]]\nname = "${name}"\nversion = "${version}"\n${rest}\n`;
    const text = pin('a', '1') + pin('a', '2') + pin('mine', '1', 'source = { editable = "." }');
    const registry = text.replaceAll('"\n\n', '"\nsource = { registry = "https://pypi.org/simple" }\n\n');
    const { roots, requirements, options } = await read('uv.lock', 'uv', registry);
    expect(roots).toEqual(['a==1', 'a==2']);
    expect(requirements.map(({ line }) => line)).toEqual([2, 7]);
    expect(options).toMatchObject({ separate: true, noDeps: true });
    expect((await read('poetry.lock', 'poetry', text)).roots).toContain('a==2');
    const pipenv = JSON.stringify({ default: { b: { version: '==3' } }, develop: {} }, null, 4);
    expect((await read('Pipfile.lock', 'pipenv', pipenv)).requirements).toEqual([
      { text: 'b==3', file: 'Pipfile.lock', line: 3 },
    ]);
  });

  test.each([
    ['uv.lock', 'uv'],
    ['pyproject.toml', 'pyproject'],
    ['Pipfile.lock', 'pipenv'],
  ] as const)('a broken %s is an error, not a file without requirements', async (name, kind) => {
    await expect(read(name, kind, '{ [')).rejects.toMatchObject({ code: 'requirement-unreadable', exit: 'usage' });
  });
});

describe('the result of a folder', () => {
  const vettedFile = (file: string, outcome: VetOutcome): FileOutcome => ({
    file,
    kind: 'vetted',
    outcome,
    sameAs: undefined,
  });
  const held = refusal('slow', { kind: 'HELD' });
  const files: readonly FileOutcome[] = [
    vettedFile('a.txt', secure()),
    vettedFile('b.txt', refused([refusal('bad'), held, refusal('gone', { kind: 'NOT_FOUND', version: null })])),
    { file: 'c.txt', kind: 'failed', error: failure('usage') },
    { file: 'd.txt', kind: 'empty' },
  ];
  const whole = folderResult({ files, leftOut: [{ file: 'e.txt', reason: 'too deep' }], interrupted: undefined });
  const facts = { version: '1', cwd: '/w', root: '/w', fallback: 'requirements.txt' };

  test.each<[string, readonly FileOutcome[], number]>([
    ['only vetted files', files.slice(0, 1), 0],
    ['a file that cannot be read', [files[0], files[2]] as FileOutcome[], 64],
    [
      'a failed service and a file that cannot be read',
      [{ file: 'x', kind: 'failed', error: failure('unavailable') }, files[2]] as FileOutcome[],
      69,
    ],
    [
      'a release on hold and a failed service',
      [vettedFile('x', refused([held])), { file: 'y', kind: 'failed', error: failure('unavailable') }],
      11,
    ],
    ['a blocked release', files, 10],
    ['missing credentials', [...files, { file: 'x', kind: 'failed', error: failure('denied') }], 77],
  ])('%s decides the exit code', (_, given, exitCode) => {
    expect(folderResult({ files: given, leftOut: [], interrupted: undefined }).exitCode).toBe(exitCode);
  });

  test('its hints say how to ask for a release where other people decide, as those of one file', () => {
    const hinted = (asks: boolean) => {
      const result = folderResult({ files, leftOut: [], interrupted: undefined }, { asks });
      return result.files.flatMap((file) => file.result?.findings.map(({ secondHint }) => secondHint) ?? []).join();
    };
    expect(hinted(true)).toContain('`awspip request bad==1.0 ');
    expect(hinted(false)).toContain('`awspip approve bad==1.0 ');
  });

  test('ends with a table for people', () => {
    const text = folderText(whole, 0, plainStyle);
    expect(text).toContain('r.txt: bad 1.0 is blocked');
    expect(text).toContain('c.txt: it is usage');
    expect(text).toMatch(
      new RegExp(
        [
          'left out e.txt: too deep',
          '',
          'file   packages  vetted  on hold  blocked  failed',
          'a.txt         1       1        0        0       0',
          'b.txt         4       1        1        1       1',
          'c.txt         0       0        0        0       1  not vetted',
          'd.txt         0       0        0        0       0  no requirements',
          '',
          '2 of 4 files may be installed: 1 package vetted\n$',
        ].join('\n'),
      ),
    );
    expect(folderText({ ...whole, files: [] }, 0, plainStyle)).toBe('found no files with requirements\n');
  });

  test('is JSON, valid SARIF and JUnit as well', () => {
    const json = JSON.parse(folderJson(whole, { version: '1', stack: 'aws', folder: '.' }));
    expect(json).toMatchObject({ exitCode: 10, vetted: 1, files: [{ vetted: 1 }, { blocked: 1 }, { failed: 1 }, {}] });
    const sarif = JSON.parse(folderSarif(whole, facts));
    expect(sarifViolations(sarif)).toEqual([]);
    expect(sarif.runs[0].results).toHaveLength(3);
    expect(sarif.runs[0].invocations[0].toolExecutionNotifications[0].message.text).toBe('c.txt: it is usage');
    expect(folderJunit(whole)).toContain('<testsuite name="b.txt"');
  });

  test('no format lets a file name or an error steer a terminal', () => {
    const error = new AwspipError('x', hostileText, { exit: 'usage' });
    const hostile = folderResult({
      files: [{ file: hostileText, kind: 'failed', error }, vettedFile(hostileText, secure())],
      leftOut: [{ file: hostileText, reason: hostileText }],
      interrupted: undefined,
    });
    const texts = [
      folderText(hostile, 0, plainStyle),
      folderJson(hostile, { version: '1', stack: 'aws', folder: hostileText }),
      folderSarif(hostile, facts),
      folderJunit(hostile),
    ];
    for (const text of texts) expect(text).not.toMatch(steeringCharacters);
  });
});
