import { parse } from 'smol-toml';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { localFiles } from '../../src/pip/files.ts';
import { readLockFile, redirectLockToRelay } from '../../src/pip/lock-file.ts';
import { parseLockName } from '../../src/pip/lock-name.ts';
import { copyLocks } from '../../src/pip/lock-sources.ts';
import { openTestFolder, type TestFolder } from './support.ts';

const sha256 = 'ab'.repeat(32);
const fullSelection = { extras: new Set<string>(), groups: new Set<string>(), defaultGroups: true };

/** Returns a lock file of packages, each with one wheel by default. */
function lock(packages: readonly Record<string, unknown>[], rest = ''): string {
  const tables = packages.map(({ name, version = '1.0', ...more }) => {
    const hasOtherSource = ['vcs', 'directory', 'archive', 'sdist'].some((key) => key in more);
    const wheel = {
      name: `${name}-${version}-py3-none-any.whl`,
      url: `https://files.example/${name}.whl`,
      hashes: { sha256 },
    };
    const fields = { name, version, ...(!hasOtherSource && { wheels: [wheel] }), ...more };
    return `[[packages]]\n${Object.entries(fields)
      .map(([key, value]) => `${key} = ${inline(value)}\n`)
      .join('')}`;
  });
  return `lock-version = "1.0"\ncreated-by = "test"\n${rest}\n${tables.join('\n')}`;
}

function inline(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(inline).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  return `{ ${Object.entries(value)
    .map(([key, one]) => `${JSON.stringify(key)} = ${inline(one)}`)
    .join(', ')} }`;
}

describe('a lock file name is recognized as in pip', () => {
  test.each([
    ['pylock.toml', 'pylock.toml', []],
    ['sub/pylock.dev.toml', 'sub/pylock.dev.toml', []],
    ['pylock.toml[One_b, two]', 'pylock.toml', ['one-b', 'two']],
    ['pylock.toml/.', 'pylock.toml/.', []],
    ['file:///w/pylock.toml?x#y', '/w/pylock.toml', []],
    ['FILE:///w/py%6Cock.toml', '/w/pylock.toml', []],
  ])('%s', (typed, file, extras) => expect(parseLockName(typed)).toEqual({ file, extras }));

  test.each([
    'pylock.a.b.toml',
    'Pylock.toml',
    'xpylock.toml',
    'pylock.toml.txt',
    'https://h/pylock.toml',
    'pylock..toml',
    '',
  ])('%s is not a lock file', (typed) => expect(parseLockName(typed)).toBeUndefined());
});

describe('the pins of a lock file', () => {
  const roots = (text: string, selection: Partial<typeof fullSelection> = {}) =>
    readLockFile(text, '/w', { ...fullSelection, ...selection })?.roots;

  test('are exact, with their markers, and may have their version only in the file name', () => {
    const packages = [
      { name: 'One', version: '1.0+local' },
      { name: 'two', marker: "sys_platform == 'win32'" },
      {
        name: 'three',
        version: undefined,
        wheels: [{ url: 'https://h/three-3.1-py3-none-any.whl', hashes: { sha256 } }],
      },
    ].map((one) => Object.fromEntries(Object.entries(one).filter(([, value]) => value !== undefined)));
    const text = lock(packages).replace('name = "three"\nversion = "1.0"\n', 'name = "three"\n');
    expect(roots(text)).toEqual(['One==1.0+local', 'two==1.0; sys_platform == "win32"', 'three==3.1']);
  });

  test.each([
    ["'x' in extras", {}, []],
    ["'X_y' in extras", { extras: new Set(['x-y']) }, ['a==1.0']],
    ["'x' not in extras", {}, ['a==1.0']],
    ["'dev' in dependency_groups", {}, ['a==1.0']],
    ["'dev' in dependency_groups", { defaultGroups: false }, []],
    ["'dev' in dependency_groups", { defaultGroups: false, groups: new Set(['dev']) }, ['a==1.0']],
    ["os_name == 'nt' and 'dev' in dependency_groups", {}, ['a==1.0; os_name == "nt"']],
    ["os_name == 'nt' or 'dev' in dependency_groups", {}, ['a==1.0']],
    ["os_name == 'nt' and 'x' in extras", {}, []],
    ["os_name == 'nt' or ('x' in extras and python_version >= '3')", {}, ['a==1.0; os_name == "nt"']],
    ["extras == 'x'", {}, ['a==1.0']],
    ['no marker at all', {}, ['a==1.0']],
  ])('depend on the selection: %s, %j', (marker, selection, expected) =>
    expect(roots(lock([{ name: 'a', marker }], 'default-groups = ["Dev"]'), selection)).toEqual(expected),
  );

  test.each([
    '',
    'x',
    'packages = 1',
    '[[packages]]\nname = "a b"',
    '[[packages]]\nname = "a"\nwheels = "x"',
    lock([{ name: 'a', wheels: [{ url: 'x' }] }]),
  ])('are undefined for an invalid lock file: %j', (text) =>
    expect(readLockFile(text, '/w', fullSelection)).toBeUndefined(),
  );
});

test('every URL and path is replaced by a relay URL with the digest, except allowed files', () => {
  const packages = [
    { name: 'a' },
    { name: 'b', wheels: [{ path: 'wheels/b-1.0-py3-none-any.whl', hashes: { sha256 } }] },
    {
      name: 'c',
      sdist: {
        url: 'http://h/c-1.0+x%20y.tar.gz',
        size: 3,
        'upload-time': '2026-01-01',
        hashes: { sha256: sha256.toUpperCase() },
      },
    },
    { name: 'd', directory: { path: '../d', editable: true } },
    { name: 'e', wheels: [{ path: '/open/e-1.0-py3-none-any.whl', url: 'https://h/e', hashes: { md5: 'x' } }] },
  ];
  const copy = redirectLockToRelay(lock(packages), {
    indexUrl: 'http://12345678.secure-pypi.invalid/simple/',
    folder: '/w/here',
    allowedFiles: new Set(['/open/e-1.0-py3-none-any.whl']),
  });
  const files = 'http://12345678.secure-pypi.invalid/files/abababababababab';
  expect(parse(copy)).toMatchObject({
    'lock-version': '1.0',
    packages: [
      { wheels: [{ url: `${files}/a-1.0-py3-none-any.whl`, hashes: { sha256 } }] },
      { wheels: [{ url: `${files}/b-1.0-py3-none-any.whl` }] },
      { sdist: { url: `${files}/c-1.0%2Bx%20y.tar.gz`, size: 3 } },
      { directory: { path: '/w/d', editable: true } },
      { wheels: [{ path: '/open/e-1.0-py3-none-any.whl' }] },
    ],
  });
  expect(copy).not.toMatch(/files\.example|wheels\/b|http:\/\/h/);
});

describe('a lock file on a command line', () => {
  let testFolder: TestFolder;
  beforeEach(async () => {
    testFolder = await openTestFolder();
  });
  afterEach(() => testFolder.close());

  test('is read once with the combined selection, and replaced by a copy', async () => {
    const packages = [
      { name: 'a' },
      { name: 'b', marker: "'x' in extras" },
      { name: 'c', marker: "'dev' in dependency_groups" },
    ];
    await testFolder.writeFiles({ 'sub/pylock.toml': lock(packages), 'r.txt': 'six' });
    const argv = ['install', '-r', 'r.txt', '-rsub/pylock.toml[x]', '--group=sub/pylock.toml:dev'];
    const { roots, locks, unvettedSources, problems } = await testFolder.gather(argv);
    expect({ roots, unvetted: unvettedSources, problems }).toEqual({
      roots: ['six', 'a==1.0', 'b==1.0', 'c==1.0'],
      unvetted: [],
      problems: [],
    });
    const files = localFiles(testFolder.temporaryFolder);
    const lockCopies = await copyLocks(argv, locks, { indexUrl: 'http://h/simple/', folder: testFolder.folder, files });
    const copy = lockCopies.argv[3]?.slice(2, -'[x]'.length) ?? '';
    expect(copy).toMatch(new RegExp(`^${testFolder.temporaryFolder}/.*/pylock.toml$`));
    expect(lockCopies.argv).toEqual(['install', '-r', 'r.txt', `-r${copy}[x]`, `--group=${copy}:dev`]);
    expect(new TextDecoder().decode(await files.read(copy))).toContain('http://h/files/');
    await lockCopies.cleanup();
    expect(await files.kindOf(copy)).toBe('absent');
  });

  test('is checked for unvetted sources, which are reported with their line', async () => {
    await testFolder.writeFiles({
      'pyproject.toml': '[project]\nname = "own"\ndependencies = ["click"]\n',
      'pylock.toml': lock([
        { name: 'address', archive: { url: 'https://h/address-1.0.tar.gz', hashes: { sha256 } } },
        { name: 'local', archive: { path: '/w/local-1.0.tar.gz', hashes: { sha256 } } },
        { name: 'checkout', vcs: { type: 'git', url: 'https://h/x.git', 'commit-id': 'abc' } },
        { name: 'both', vcs: { type: 'git', path: '/w/x', url: 'https://h/x.git', 'commit-id': 'abc' } },
        { name: 'outside', directory: { path: '/' } },
        { name: 'own', directory: { path: '.', editable: true } },
        { name: 'undigested', sdist: { url: 'https://h/undigested-1.0.tar.gz', hashes: { md5: 'x' } } },
      ]),
    });
    const { roots, unvettedSources } = await testFolder.gather(['install', '-r', 'pylock.toml']);
    expect(roots).toEqual(['undigested==1.0', 'click']);
    expect(unvettedSources.map(({ kind, where, value }) => `${where} ${kind} ${value}`)).toEqual([
      'pylock.toml:35 missing-digest undigested',
      'pylock.toml:5 url https://h/address-1.0.tar.gz',
      'pylock.toml:10 local-file file:///w/local-1.0.tar.gz',
      'pylock.toml:15 vcs git+https://h/x.git@abc',
      'pylock.toml:20 vcs git+file:///w/x@abc',
      'pylock.toml:25 project file:///',
    ]);
  });

  test('is rejected if a variable names it or it is unreadable', async () => {
    await testFolder.writeFiles({ 'pylock.toml': lock([{ name: 'a' }]), 'pylock.broken.toml': 'lock-version = ' });
    const { unvettedSources, roots } = await testFolder.gather(['install', 'six'], { PIP_REQUIREMENT: 'pylock.toml' });
    expect({ unvetted: unvettedSources, roots }).toEqual({
      unvetted: [{ kind: 'lock-file', where: 'PIP_REQUIREMENT', value: 'pylock.toml' }],
      roots: ['six'],
    });
    await expect(testFolder.gather(['install', '-r', 'pylock.broken.toml'])).rejects.toThrow(
      '`pylock.broken.toml` is not a readable lock file',
    );
    expect((await testFolder.gather(['install', '-r', 'pylock.absent.toml'])).problems).toEqual([
      'argument: the lock file `pylock.absent.toml` could not be read',
    ]);
  });
});
