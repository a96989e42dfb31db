import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { withoutCredentials } from '../../src/pip/unvetted-source.ts';
import { openWorkplace, type Workplace } from './support.ts';

let place: Workplace;
const put: Workplace['put'] = (files) => place.put(files);
const gather: Workplace['gather'] = (...typed) => place.gather(...typed);

beforeEach(async () => {
  place = await openWorkplace();
});
afterEach(() => place.close());

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
    const { options } = await gather(['install', '--no-deps', '--no-binary=six,Click', '-r', 'r.txt'], {
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

  test('are for another Python where one is named, in variables, too', async () => {
    const target = async (...argv: Parameters<typeof gather>) => (await gather(...argv)).target;
    expect(await target(['install', 'six'])).toBeUndefined();
    expect(await target(['download', '--python-version', '312', '--abi=cp312', '--abi', 'abi3', 'six'])).toEqual({
      version: '3.12',
      abis: ['cp312', 'abi3'],
    });
    const variables = { PIP_PLATFORM: 'manylinux2014_x86_64 linux_x86_64', PIP_IGNORE_REQUIRES_PYTHON: 'yes' };
    expect(await target(['install', '--implementation', 'cp', 'six'], variables)).toEqual({
      platforms: ['manylinux2014_x86_64', 'linux_x86_64'],
      implementation: 'cp',
      any: true,
    });
    for (const typed of ['3.x', '', '3.1.2.3', '-1'])
      expect(await target(['install', `--python-version=${typed}`, 'six'])).toBeUndefined();
  });

  test('take pre-releases of the projects that are named for it, and of all by `:all:`', async () => {
    const reading = async (...typed: string[]) => {
      const { options, constraints } = await gather(['install', ...typed, 'six']);
      return [options.pre, constraints];
    };
    expect(await reading('--all-releases', 'Six,b')).toEqual([false, ['six>=0.dev0', 'b>=0.dev0']]);
    expect(await reading('--all-releases=:all:')).toEqual([true, []]);
    expect(await reading('--all-releases=:all:', '--only-final=:all:')).toEqual([false, []]);
    expect(await reading('--all-releases=six', '--only-final', 'six')).toEqual([false, []]);
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
      const { roots, buildRoots, unvetted } = await gather(['install', ...typed]);
      expect({ roots, buildRoots }).toEqual({ roots: ['requests>=2', 'numpy'], buildRoots: ['hatchling'] });
      expect(unvetted).toEqual([]);
    },
  );

  test('need the extras chosen, through extras of their own', async () => {
    await put({ 'own/pyproject.toml': pyproject, 'r.txt': '-e own[all]' });
    const wanted = ['requests>=2', "sphinx; python_version > '3'", 'numpy'];
    const sorted = (roots: readonly string[]) => [...roots].sort();
    expect(sorted((await gather(['install', './own[ALL]'])).roots)).toEqual(sorted(wanted));
    expect(sorted((await gather(['install', '-r', 'r.txt'])).roots)).toEqual(sorted(wanted));
    expect(sorted((await gather(['install', `my-own[all] @ file://${place.folder}/own`])).roots)).toEqual(
      sorted(wanted),
    );
  });

  test('need nothing but the build where their needs are found by building', async () => {
    await put({
      'a/pyproject.toml': '[project]\nname="a"\ndynamic=["dependencies"]\ndependencies=["x"]',
      'b/setup.py': '',
    });
    const isolated = await gather(['install', './a', './b']);
    expect([isolated.roots, isolated.buildRoots]).toEqual([[], ['setuptools>=40.8.0']]);
    const here = await gather(['install', './a', './b', '--no-build-isolation']);
    expect([here.roots, here.buildRoots]).toEqual([[], []]);
  });

  test('need only their build under --no-deps', async () => {
    await put({ 'pyproject.toml': pyproject });
    const { roots, buildRoots } = await gather(['install', '--no-deps', '.']);
    expect({ roots, buildRoots }).toEqual({ roots: [], buildRoots: ['hatchling'] });
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
    const needs = (name: string) => `[project]\nname="x"\ndependencies=["${name} @ file://${place.folder}/${name}"]`;
    await put({ 'a/pyproject.toml': needs('b'), 'b/pyproject.toml': needs('a'), 'c/pyproject.toml': '[project' });
    const { roots, buildRoots } = await gather(['install', './a', './c']);
    expect({ roots, buildRoots }).toEqual({ roots: [], buildRoots: ['setuptools>=40.8.0'] });
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
    const { unvetted } = await gather(['install', ...words, 'x-1.0-py3-none-any.whl', '-r', 'r.txt']);
    expect(unvetted.map(({ what, where, value }) => `${what} ${where} ${value}`)).toEqual([
      'index-url argument https://****@a/simple',
      'vcs argument git+https://host/x@v1#egg=x',
      'url argument https://host/y.zip',
      'vcs own/pyproject.toml:3 git+ssh://****@host/dep',
      'local-file argument x-1.0-py3-none-any.whl',
      'index-url r.txt:1 https://****@other/simple',
      'find-links r.txt:4 links',
      'url r.txt:2 https://host/six.whl',
      'remote-file r.txt:3 https://host/r.txt',
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
    const { unvetted } = await gather(argv, {
      PIP_EDITABLE: 'git+https://host/x#egg=x',
      PIP_REQUIREMENT: 'https://h/r',
    });
    expect(unvetted.map(({ what, where }) => `${what} ${where}`)).toEqual([
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
