import { parse } from 'smol-toml';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { localFiles } from '../../src/pip/files.ts';
import { lockTowardsRelay, readLockFile } from '../../src/pip/lock-file.ts';
import { namedLock } from '../../src/pip/lock-name.ts';
import { copyLocks } from '../../src/pip/lock-sources.ts';
import { openWorkplace, type Workplace } from './support.ts';

const sha256 = 'ab'.repeat(32);
const everything = { extras: new Set<string>(), groups: new Set<string>(), defaultGroups: true };

/** A lock file of packages, each with one wheel unless it says otherwise. */
function lock(packages: readonly Record<string, unknown>[], rest = ''): string {
  const tables = packages.map(({ name, version = '1.0', ...more }) => {
    const fromElsewhere = ['vcs', 'directory', 'archive', 'sdist'].some((key) => key in more);
    const wheel = {
      name: `${name}-${version}-py3-none-any.whl`,
      url: `https://files.example/${name}.whl`,
      hashes: { sha256 },
    };
    const all = { name, version, ...(!fromElsewhere && { wheels: [wheel] }), ...more };
    return `[[packages]]\n${Object.entries(all)
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

describe('a lock file is what pip takes for one', () => {
  test.each([
    ['pylock.toml', 'pylock.toml', []],
    ['sub/pylock.dev.toml', 'sub/pylock.dev.toml', []],
    ['pylock.toml[One_b, two]', 'pylock.toml', ['one-b', 'two']],
    ['pylock.toml/.', 'pylock.toml/.', []],
    ['file:///w/pylock.toml?x#y', '/w/pylock.toml', []],
    ['FILE:///w/py%6Cock.toml', '/w/pylock.toml', []],
  ])('%s', (typed, file, extras) => expect(namedLock(typed)).toEqual({ file, extras }));

  test.each([
    'pylock.a.b.toml',
    'Pylock.toml',
    'xpylock.toml',
    'pylock.toml.txt',
    'https://h/pylock.toml',
    'pylock..toml',
    '',
  ])('%s is none', (typed) => expect(namedLock(typed)).toBeUndefined());
});

describe('its pins', () => {
  const roots = (text: string, choice: Partial<typeof everything> = {}) =>
    readLockFile(text, '/w', { ...everything, ...choice })?.roots;

  test('are exact, with their markers; the version may stand in the file name alone', () => {
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
  ])('are in by what is chosen: %s, %j', (marker, choice, expected) =>
    expect(roots(lock([{ name: 'a', marker }], 'default-groups = ["Dev"]'), choice)).toEqual(expected),
  );

  test.each([
    '',
    'x',
    'packages = 1',
    '[[packages]]\nname = "a b"',
    '[[packages]]\nname = "a"\nwheels = "x"',
    lock([{ name: 'a', wheels: [{ url: 'x' }] }]),
  ])('are nobody’s to say where it is no lock file: %j', (text) =>
    expect(readLockFile(text, '/w', everything)).toBeUndefined(),
  );
});

test('the relay stands for every address and path, by digest; what is opened stays where it is', () => {
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
  const copy = lockTowardsRelay(lock(packages), {
    indexUrl: 'http://12345678.secure-pypi.invalid/simple/',
    folder: '/w/here',
    kept: new Set(['/open/e-1.0-py3-none-any.whl']),
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

describe('on a command line', () => {
  let place: Workplace;
  beforeEach(async () => {
    place = await openWorkplace();
  });
  afterEach(() => place.close());

  test('each is read once, with all that is chosen from it, and a copy stands in its place', async () => {
    const packages = [
      { name: 'a' },
      { name: 'b', marker: "'x' in extras" },
      { name: 'c', marker: "'dev' in dependency_groups" },
    ];
    await place.put({ 'sub/pylock.toml': lock(packages), 'r.txt': 'six' });
    const argv = ['install', '-r', 'r.txt', '-rsub/pylock.toml[x]', '--group=sub/pylock.toml:dev'];
    const { roots, locks, unvetted, problems } = await place.gather(argv);
    expect({ roots, unvetted, problems }).toEqual({
      roots: ['six', 'a==1.0', 'b==1.0', 'c==1.0'],
      unvetted: [],
      problems: [],
    });
    const files = localFiles(place.temporary);
    const lockCopies = await copyLocks(argv, locks, { indexUrl: 'http://h/simple/', folder: place.folder, files });
    const copy = lockCopies.argv[3]?.slice(2, -'[x]'.length) ?? '';
    expect(copy).toMatch(new RegExp(`^${place.temporary}/.*/pylock.toml$`));
    expect(lockCopies.argv).toEqual(['install', '-r', 'r.txt', `-r${copy}[x]`, `--group=${copy}:dev`]);
    expect(new TextDecoder().decode(await files.read(copy))).toContain('http://h/files/');
    await lockCopies.cleanup();
    expect(await files.kindOf(copy)).toBe('absent');
  });

  test('what it takes from elsewhere is held against the same bounds, with the line', async () => {
    await place.put({
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
    const { roots, unvetted } = await place.gather(['install', '-r', 'pylock.toml']);
    expect(roots).toEqual(['undigested==1.0', 'click']);
    expect(unvetted.map(({ what, where, value }) => `${where} ${what} ${value}`)).toEqual([
      'pylock.toml:35 undigested undigested',
      'pylock.toml:5 url https://h/address-1.0.tar.gz',
      'pylock.toml:10 local-file file:///w/local-1.0.tar.gz',
      'pylock.toml:15 vcs git+https://h/x.git@abc',
      'pylock.toml:20 vcs git+file:///w/x@abc',
      'pylock.toml:25 project file:///',
    ]);
  });

  test('what pip would read past us, and what nobody can read, is refused', async () => {
    await place.put({ 'pylock.toml': lock([{ name: 'a' }]), 'pylock.broken.toml': 'lock-version = ' });
    const { unvetted, roots } = await place.gather(['install', 'six'], { PIP_REQUIREMENT: 'pylock.toml' });
    expect({ unvetted, roots }).toEqual({
      unvetted: [{ what: 'lock-file', where: 'PIP_REQUIREMENT', value: 'pylock.toml' }],
      roots: ['six'],
    });
    await expect(place.gather(['install', '-r', 'pylock.broken.toml'])).rejects.toThrow(
      'pylock.broken.toml is no lock file',
    );
    expect((await place.gather(['install', '-r', 'pylock.absent.toml'])).problems).toEqual([
      "argument: the lock file pylock.absent.toml can't be read",
    ]);
  });
});
