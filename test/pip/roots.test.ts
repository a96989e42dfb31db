import { spawn, spawnSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { localFiles } from '../../src/pip/files.ts';
import { withoutCredentials } from '../../src/pip/foreign.ts';
import { parsePipArguments } from '../../src/pip/grammar.ts';
import { gatherRoots, type Roots } from '../../src/pip/roots.ts';

let folder: string;
let temporary: string;
const gathered: Roots[] = [];

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'awspip-roots-'));
  temporary = path.join(folder, 'temporary');
  await mkdir(temporary);
});

afterEach(async () => {
  await Promise.all(gathered.splice(0).map(({ cleanup }) => cleanup()));
  await rm(folder, { recursive: true, force: true });
});

async function put(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(folder, name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, content);
  }
}

async function gather(argv: readonly string[], variables: Record<string, string> = {}): Promise<Roots> {
  const roots = await gatherRoots(parsePipArguments(argv), { folder, variables, files: localFiles(temporary) });
  gathered.push(roots);
  return roots;
}

describe('the roots of a command', () => {
  test('are its arguments and its files together, each once', async () => {
    await put({ 'r.txt': 'six\n-r sub/more.txt\n', 'sub/more.txt': 'click>=8 --hash=sha256:00\nsix' });
    const { roots, argv } = await gather(['install', '-q', 'requests[socks]>=2; python_version>"3"', '-r', 'r.txt']);
    expect(roots).toEqual(['requests[socks]>=2; python_version>"3"', 'six', 'click>=8']);
    expect(argv).toEqual(['install', '-q', 'requests[socks]>=2; python_version>"3"', '-r', 'r.txt']);
  });

  test('are bound by its constraints, those of the variables too', async () => {
    await put({ 'c.txt': 'six<2', 'd.txt': 'click<9', 'r.txt': '-c c.txt\nsix' });
    const typed = ['download', '-r', 'r.txt'];
    expect((await gather(typed, { PIP_CONSTRAINT: 'd.txt' })).constraints).toEqual(['click<9', 'six<2']);
    expect((await gather([...typed, '--isolated'], { PIP_CONSTRAINT: 'd.txt' })).constraints).toEqual(['six<2']);
  });

  test('of `index versions` are its names; of a list there are none', async () => {
    expect((await gather(['index', 'versions', 'six'])).roots).toEqual(['six']);
    expect((await gather(['list', '--outdated'])).roots).toEqual([]);
  });

  test('carry the options of variables, command line and files, files last', async () => {
    await put({ 'r.txt': '--pre\n--only-binary six\nsix' });
    const { options } = await gather(['wheel', '--no-deps', '--no-binary=six,Click', '-r', 'r.txt'], {
      PIP_ONLY_BINARY: 'click,numpy',
      PIP_UPGRADE: 'yes',
      PIP_PRE: '0',
    });
    expect(options).toEqual({
      pre: true,
      noDeps: true,
      upgrade: true,
      formatControl: { onlyBinary: ['numpy', 'six'], noBinary: ['click'] },
    });
  });

  test('leave out what pip will refuse, and name it', async () => {
    await put({ 'r.txt': '--nonsense\nsix=1' });
    const { roots, problems } = await gather(['install', 'alpha=1.0', '-r', 'r.txt', '-r', 'absent.txt']);
    expect(roots).toEqual([]);
    expect(problems).toEqual([
      'argument: alpha=1.0 is no requirement',
      'r.txt:2: six=1 is no requirement',
      'r.txt:1: --nonsense is no option of a requirements file: --nonsense',
      "argument: the requirements file absent.txt can't be read",
    ]);
  });

  test('of a file that includes itself are refused', async () => {
    await put({ 'r.txt': '-r r.txt' });
    await expect(gather(['install', '-r', 'r.txt'])).rejects.toMatchObject({ exit: 'usage' });
  });
});

describe('local projects', () => {
  const pyproject = `
[project]
name = "My.Own"
version = "1"
dependencies = ["requests>=2", "my-own[speed]"]
[project.optional-dependencies]
speed = ["numpy"]
All = ["my_own[docs]"]
docs = ["sphinx; python_version > '3'"]
[build-system]
requires = ["hatchling"]
[dependency-groups]
test = ["pytest", {include-group = "Lint_er"}]
lint-er = ["ruff"]
`;

  test.each([[['.']], [['-e', '.']], [['-e', './']]])(
    '%j need what pyproject.toml states, and what builds them',
    async (typed) => {
      await put({ 'pyproject.toml': pyproject });
      const { roots, foreign } = await gather(['install', ...typed]);
      expect(roots).toEqual(['requests>=2', 'numpy', 'hatchling']);
      expect(foreign).toEqual([]);
    },
  );

  test('need the extras chosen, through extras of their own', async () => {
    await put({ 'own/pyproject.toml': pyproject, 'r.txt': '-e own[all]' });
    const wanted = ['requests>=2', "sphinx; python_version > '3'", 'numpy', 'hatchling'];
    const sorted = (roots: readonly string[]) => [...roots].sort();
    expect(sorted((await gather(['install', './own[ALL]'])).roots)).toEqual(sorted(wanted));
    expect(sorted((await gather(['install', '-r', 'r.txt'])).roots)).toEqual(sorted(wanted));
    expect(sorted((await gather(['install', `my-own[all] @ file://${folder}/own`])).roots)).toEqual(sorted(wanted));
  });

  test('need nothing but the build where their needs are found by building', async () => {
    await put({
      'a/pyproject.toml': '[project]\nname="a"\ndynamic=["dependencies"]\ndependencies=["x"]',
      'b/setup.py': '',
    });
    expect((await gather(['install', './a', './b'])).roots).toEqual(['setuptools>=40.8.0']);
    expect((await gather(['install', './a', './b', '--no-build-isolation'])).roots).toEqual([]);
  });

  test('need only their build under --no-deps', async () => {
    await put({ 'pyproject.toml': pyproject });
    expect((await gather(['install', '--no-deps', '.'])).roots).toEqual(['hatchling']);
  });

  test('have groups, and scripts state their needs in themselves', async () => {
    const script = '# /// script\n# dependencies = [\n#   "rich",\n# ]\n# ///\nprint()\n';
    await put({ 'pyproject.toml': pyproject, 'own/pyproject.toml': pyproject, 's.py': script });
    expect((await gather(['install', '--group', 'test'])).roots).toEqual(['pytest', 'ruff']);
    expect((await gather(['install', '--group', 'own/pyproject.toml:LINT.ER'])).roots).toEqual(['ruff']);
    expect((await gather(['install', '--group', 'none'])).problems).toHaveLength(1);
    expect((await gather(['install', '--requirements-from-script', 's.py'])).roots).toEqual(['rich']);
  });

  test('that are broken, or need one another in a circle, need nothing more', async () => {
    const needs = (name: string) => `[project]\nname="x"\ndependencies=["${name} @ file://${folder}/${name}"]`;
    await put({ 'a/pyproject.toml': needs('b'), 'b/pyproject.toml': needs('a'), 'c/pyproject.toml': '[project' });
    expect((await gather(['install', './a', './c'])).roots).toEqual(['setuptools>=40.8.0']);
  });
});

describe('what comes from elsewhere', () => {
  test('is named with its place, credentials hidden', async () => {
    await put({
      'r.txt':
        '--index-url https://me:secret@other/simple\nsix @ https://host/six.whl\n-r https://host/r.txt\n-f links\n',
      'own/pyproject.toml': '[project]\nname="own"\ndependencies=["dep @ git+ssh://git@host/dep"]',
      'x-1.0-py3-none-any.whl': '',
    });
    const words = ['-i', 'https://me:p@ss@a/simple', 'git+https://host/x@v1#egg=x', 'https://host/y.zip', './own'];
    const { foreign } = await gather([
      'install',
      ...words,
      'x-1.0-py3-none-any.whl',
      '-r',
      'r.txt',
      '-r',
      'pylock.toml',
    ]);
    expect(foreign.map(({ what, where, value }) => `${what} ${where} ${value}`)).toEqual([
      'index-url argument https://****@a/simple',
      'vcs argument git+https://host/x@v1#egg=x',
      'url argument https://host/y.zip',
      'vcs own/pyproject.toml git+ssh://****@host/dep',
      'local-file argument x-1.0-py3-none-any.whl',
      'index-url r.txt:1 https://****@other/simple',
      'find-links r.txt:4 links',
      'url r.txt:2 https://host/six.whl',
      'remote-file r.txt:3 https://host/r.txt',
      'lock-file argument pylock.toml',
    ]);
  });

  test('is found under every spelling of an option, in constraints and in variables', async () => {
    await put({ 'c.txt': 'six @ https://host/six.whl' });
    const argv = [
      'install',
      '-qfhttps://host/l',
      '--extra-i=https://b',
      '--pypi-url',
      'https://a',
      '--no-index',
      '-cc.txt',
    ];
    const { foreign } = await gather(argv, {
      PIP_EDITABLE: 'git+https://host/x#egg=x',
      PIP_REQUIREMENT: 'https://h/r',
    });
    expect(foreign.map(({ what, where }) => `${what} ${where}`)).toEqual([
      'find-links argument',
      'extra-index-url argument',
      'index-url argument',
      'no-index argument',
      'url c.txt:1',
      'vcs PIP_EDITABLE',
      'remote-file PIP_REQUIREMENT',
    ]);
  });

  test('shows no credentials wherever they stand', () => {
    expect(withoutCredentials('git+https://token@host/x a://b:c@d/e@f g@h')).toBe(
      'git+https://****@host/x a://****@d/e@f g@h',
    );
  });
});

describe('what can be read only once', () => {
  test('is copied before the first run: a named pipe', async () => {
    const fifo = path.join(folder, 'pipe');
    expect(spawnSync('mkfifo', [fifo]).status).toBe(0);
    const writer = spawn('sh', ['-c', `printf 'six\\nclick\\n' > '${fifo}'`]);
    const { argv, roots, cleanup } = await gather(['install', `--requirement=${fifo}`, '-q']);
    writer.kill();
    const copy = argv[1]?.replace('--requirement=', '') ?? '';
    expect(roots).toEqual(['six', 'click']);
    expect([argv[0], argv[2], path.dirname(path.dirname(copy))]).toEqual(['install', '-q', temporary]);
    expect(await readFile(copy, 'utf8')).toBe('six\nclick\n');
    expect((await stat(copy)).mode & 0o777).toBe(0o600);
    await cleanup();
    expect(await readdir(temporary)).toEqual([]);
  });

  test('is copied before the first run: an open descriptor, named by its number in messages', async () => {
    await put({ 'r.txt': 'git+https://host/x#egg=x\nsix' });
    const descriptor = openSync(path.join(folder, 'r.txt'), 'r');
    const { argv, roots, foreign } = await gather(['install', `-r/dev/fd/${descriptor}`]);
    closeSync(descriptor);
    expect(roots).toEqual(['six']);
    expect(foreign[0]?.where).toBe(`/dev/fd/${descriptor}:1`);
    expect(await readFile(argv[1]?.slice(2) ?? '', 'utf8')).toContain('six');
  });

  test('is copied before the first run: standard input, as - and as /dev/stdin', async () => {
    const read = async (file: string) => {
      expect(file).toBe('/dev/stdin');
      return Buffer.from('six');
    };
    const files = { ...localFiles(temporary), read };
    for (const typed of ['-', '/dev/stdin']) {
      const argv = ['install', '-c', typed, 'click'];
      const reading = {
        ...files,
        read: async (file: string) => (file.startsWith(temporary) ? Buffer.from('six') : read(file)),
      };
      const found = await gatherRoots(parsePipArguments(argv), { folder, variables: {}, files: reading });
      gathered.push(found);
      expect([found.constraints, found.argv[2]?.startsWith(temporary)]).toEqual([['six'], true]);
    }
  });

  test('must not be included by a file: the second run would lack it', async () => {
    const fifo = path.join(folder, 'pipe');
    spawnSync('mkfifo', [fifo]);
    await put({ 'r.txt': '-r pipe' });
    await expect(gather(['install', '-r', 'r.txt'])).rejects.toMatchObject({
      code: 'once-only-include',
      exit: 'usage',
    });
    expect(await readdir(temporary)).toEqual([]);
  });

  test('is refused when it never ends', async () => {
    await expect(localFiles(temporary).read('/dev/zero')).rejects.toMatchObject({ code: 'requirements-too-large' });
  });

  test('needs room for its copy', async () => {
    const none = localFiles(path.join(folder, 'absent'));
    await expect(none.makeFolder()).rejects.toMatchObject({ code: 'no-temporary-folder', exit: 'configuration' });
  });
});
