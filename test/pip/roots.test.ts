import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { withoutCredentials } from '../../src/pip/unvetted-source.ts';
import { openTestFolder, type TestFolder } from './support.ts';

let testFolder: TestFolder;
const writeFiles: TestFolder['writeFiles'] = (files) => testFolder.writeFiles(files);
const gather: TestFolder['gather'] = (...typed) => testFolder.gather(...typed);

beforeEach(async () => {
  testFolder = await openTestFolder();
});
afterEach(() => testFolder.close());

describe('the roots of a command', () => {
  test('are its arguments and its files, each once', async () => {
    await writeFiles({ 'r.txt': 'six\n-r sub/more.txt\n', 'sub/more.txt': 'click>=8 --hash=sha256:00\nsix' });
    const { roots, argv } = await gather(['install', '-q', 'requests[socks]>=2; python_version>"3"', '-r', 'r.txt']);
    expect(roots).toEqual(['requests[socks]>=2; python_version>"3"', 'six', 'click>=8']);
    expect(argv).toEqual(['install', '-q', 'requests[socks]>=2; python_version>"3"', '-r', 'r.txt']);
  });

  test('have its constraints, including those from variables', async () => {
    await writeFiles({ 'c.txt': 'six<2', 'd.txt': 'click<9', 'r.txt': '-c c.txt\nsix' });
    const typed = ['download', '-r', 'r.txt'];
    expect((await gather(typed, { PIP_CONSTRAINT: 'd.txt' })).constraints).toEqual(['click<9', 'six<2']);
    expect((await gather([...typed, '--isolated'], { PIP_CONSTRAINT: 'd.txt' })).constraints).toEqual(['six<2']);
  });

  test('of `index versions` are its names, and `list` has none', async () => {
    expect((await gather(['index', 'versions', 'six'])).roots).toEqual(['six']);
    expect((await gather(['list', '--outdated'])).roots).toEqual([]);
  });

  test('have the options of variables, command line and files, files last', async () => {
    await writeFiles({ 'r.txt': '--pre\n--only-binary six\nsix' });
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

  test('have the target Python from options and variables', async () => {
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

  test('allow pre-releases of named projects, and of all with `:all:`', async () => {
    const preReleasesOf = async (...typed: string[]) => {
      const { options, constraints } = await gather(['install', ...typed, 'six']);
      return [options.pre, constraints];
    };
    expect(await preReleasesOf('--all-releases', 'Six,b')).toEqual([false, ['six>=0.dev0', 'b>=0.dev0']]);
    expect(await preReleasesOf('--all-releases=:all:')).toEqual([true, []]);
    expect(await preReleasesOf('--all-releases=:all:', '--only-final=:all:')).toEqual([false, []]);
    expect(await preReleasesOf('--all-releases=six', '--only-final', 'six')).toEqual([false, []]);
  });

  test('exclude invalid input and report it', async () => {
    await writeFiles({ 'r.txt': '--nonsense\nsix=1' });
    const { roots, problems } = await gather(['install', 'alpha=1.0', '-r', 'r.txt', '-r', 'absent.txt']);
    expect(roots).toEqual([]);
    expect(problems).toEqual([
      'argument: alpha=1.0 is not a requirement',
      'r.txt:2: six=1 is not a requirement',
      'r.txt:1: --nonsense is not an option of a requirements file: --nonsense',
      'argument: the requirements file `absent.txt` could not be read',
    ]);
  });

  test('of a file that includes itself are rejected', async () => {
    await writeFiles({ 'r.txt': '-r r.txt' });
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
    '%j have the dependencies and build requirements of pyproject.toml',
    async (typed) => {
      await writeFiles({ 'pyproject.toml': pyproject });
      const { roots, buildRoots, unvettedSources } = await gather(['install', ...typed]);
      expect({ roots, buildRoots }).toEqual({ roots: ['requests>=2', 'numpy'], buildRoots: ['hatchling'] });
      expect(unvettedSources).toEqual([]);
    },
  );

  test('have the dependencies of selected extras, including nested ones', async () => {
    await writeFiles({ 'own/pyproject.toml': pyproject, 'r.txt': '-e own[all]' });
    const expected = ['requests>=2', "sphinx; python_version > '3'", 'numpy'];
    const sorted = (roots: readonly string[]) => [...roots].sort();
    expect(sorted((await gather(['install', './own[ALL]'])).roots)).toEqual(sorted(expected));
    expect(sorted((await gather(['install', '-r', 'r.txt'])).roots)).toEqual(sorted(expected));
    expect(sorted((await gather(['install', `my-own[all] @ file://${testFolder.folder}/own`])).roots)).toEqual(
      sorted(expected),
    );
  });

  test('have only build requirements where the dependencies are dynamic', async () => {
    await writeFiles({
      'a/pyproject.toml': '[project]\nname="a"\ndynamic=["dependencies"]\ndependencies=["x"]',
      'b/setup.py': '',
    });
    const isolated = await gather(['install', './a', './b']);
    expect([isolated.roots, isolated.buildRoots]).toEqual([[], ['setuptools>=40.8.0']]);
    const inPlace = await gather(['install', './a', './b', '--no-build-isolation']);
    expect([inPlace.roots, inPlace.buildRoots]).toEqual([[], []]);
  });

  test('have only build requirements with --no-deps', async () => {
    await writeFiles({ 'pyproject.toml': pyproject });
    const { roots, buildRoots } = await gather(['install', '--no-deps', '.']);
    expect({ roots, buildRoots }).toEqual({ roots: [], buildRoots: ['hatchling'] });
  });

  test('have dependency groups, and scripts have inline dependencies', async () => {
    const script = '# /// script\n# dependencies = [\n#   "rich",\n# ]\n# ///\nprint()\n';
    await writeFiles({ 'pyproject.toml': pyproject, 'own/pyproject.toml': pyproject, 's.py': script });
    expect((await gather(['install', '--group', 'test'])).roots).toEqual(['pytest', 'ruff']);
    expect((await gather(['install', '--group', 'own/pyproject.toml:LINT.ER'])).roots).toEqual(['ruff']);
    expect((await gather(['install', '--group', 'none'])).problems).toHaveLength(1);
    expect((await gather(['install', '--requirements-from-script', 's.py'])).roots).toEqual(['rich']);
  });

  test('that are broken or depend on each other add nothing more', async () => {
    const projectWith = (name: string) =>
      `[project]\nname="x"\ndependencies=["${name} @ file://${testFolder.folder}/${name}"]`;
    await writeFiles({
      'a/pyproject.toml': projectWith('b'),
      'b/pyproject.toml': projectWith('a'),
      'c/pyproject.toml': '[project',
    });
    const { roots, buildRoots } = await gather(['install', './a', './c']);
    expect({ roots, buildRoots }).toEqual({ roots: [], buildRoots: ['setuptools>=40.8.0'] });
  });
});

describe('an unvetted source', () => {
  test('is reported with its position, without credentials', async () => {
    await writeFiles({
      'r.txt':
        '--index-url https://me:secret@other/simple\nsix @ https://host/six.whl\n-r https://host/r.txt\n-f links\n',
      'own/pyproject.toml': '[project]\nname="own"\ndependencies=["dep @ git+ssh://git@host/dep"]',
      'x-1.0-py3-none-any.whl': '',
    });
    const inputs = ['-i', 'https://me:p@ss@a/simple', 'git+https://host/x@v1#egg=x', 'https://host/y.zip', './own'];
    const { unvettedSources } = await gather(['install', ...inputs, 'x-1.0-py3-none-any.whl', '-r', 'r.txt']);
    expect(unvettedSources.map(({ kind, where, value }) => `${kind} ${where} ${value}`)).toEqual([
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

  test('is found for every spelling of an option, in constraints and in variables', async () => {
    await writeFiles({ 'c.txt': 'six @ https://host/six.whl' });
    const argv = [
      'install',
      '-qfhttps://host/l',
      '--extra-i=https://b',
      '--pypi-url',
      'https://a',
      '--no-index',
      '-cc.txt',
    ];
    const { unvettedSources } = await gather(argv, {
      PIP_EDITABLE: 'git+https://host/x#egg=x',
      PIP_REQUIREMENT: 'https://h/r',
    });
    expect(unvettedSources.map(({ kind, where }) => `${kind} ${where}`)).toEqual([
      'find-links argument',
      'extra-index-url argument',
      'index-url argument',
      'no-index argument',
      'url c.txt:1',
      'vcs PIP_EDITABLE',
      'remote-file PIP_REQUIREMENT',
    ]);
  });

  test('has no credentials in any part', () => {
    expect(withoutCredentials('git+https://token@host/x a://b:c@d/e@f g@h')).toBe(
      'git+https://****@host/x a://****@d/e@f g@h',
    );
  });
});
