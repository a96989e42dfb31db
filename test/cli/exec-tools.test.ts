import { execFileSync } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Sandbox, sandbox } from '../helpers/awspip.ts';
import { wheel } from '../helpers/distributions.ts';
import { expectNoRelayIn, installedRelease, installerRuns, installersEnabled } from '../helpers/installers.ts';
import { legacyBackend, ownProject } from '../helpers/own-project.ts';
import { type PackageIndex, startPackageIndex } from '../helpers/package-index.ts';

let packageIndex: PackageIndex;
let user: Sandbox;
const { needs, folderWith, exec } = installerRuns(() => user);

beforeAll(async () => {
  packageIndex = await startPackageIndex();
  user = await sandbox({
    ...packageIndex.environment,
    GIT_AUTHOR_NAME: 'a',
    GIT_COMMITTER_NAME: 'a',
    EMAIL: 'a@b.example',
  });
  for (const name of ['hooked', 'hatched', 'locked', 'built', 'managed']) {
    for (const version of ['1.0', '1.2.0', '2.0']) {
      packageIndex.publish(name, version, wheel({ name, version, requires: [`${name}-needs>=1.5`] }));
    }
    packageIndex.publish(`${name}-needs`, '2.0', wheel({ name: `${name}-needs`, version: '2.0' }));
  }
  const files = { 'setuptools/build_meta.py': legacyBackend };
  packageIndex.publish('setuptools', '99.0', wheel({ name: 'setuptools', version: '99.0', files }));
}, 60_000);
afterAll(async () => {
  await user.remove();
  await packageIndex.close();
});

const reruns = (stderr: string) => stderr.match(/^awspip: rerunning /gm)?.length ?? 0;

function commit(folder: string): string {
  const git = (...argv: string[]) =>
    execFileSync('git', ['-C', folder, ...argv], { env: user.environment, encoding: 'utf8' });
  git('init', '--quiet');
  git('add', '.');
  git('commit', '--quiet', '--message', 'a');
  return git('rev-parse', 'HEAD').trim();
}

const localHook = (dependency: string) => `repos:
- repo: local
  hooks:
  - id: check
    name: check
    language: python
    entry: python -c "import hooked, hooked_needs"
    additional_dependencies: ["${dependency}"]
    always_run: true
    pass_filenames: false
`;

test('pre-commit: local hooks with additional dependencies work without a rerun', async ({ skip }) => {
  await needs('pre-commit', skip);
  const folder = await folderWith('hooks', { '.pre-commit-config.yaml': localHook('hooked==1.2.0') });
  commit(folder);
  const ran = await exec(folder, 'pre-commit', ['pre-commit', 'run', '--all-files']);
  expect([ran.exitCode, reruns(ran.stderr), ran.stdout + ran.stderr]).toEqual([
    0,
    0,
    expect.not.stringContaining('was installed'),
  ]);
});

test('a script whose pip hides its messages: the requested version is read from the log of pip', async ({ skip }) => {
  await needs('pre-commit', skip);
  const folder = await folderWith('hidden', {
    'run.sh': `pre-commit run --config hooks.yaml --all-files >/dev/null 2>&1`,
    'hooks.yaml': localHook('built==1.2.0').replaceAll('hooked', 'built'),
  });
  commit(folder);
  const temporary = await folderWith('temporary', {});
  const ran = await exec(folder, 'pre-commit', ['sh', 'run.sh'], { TMPDIR: temporary });
  expect([ran.exitCode, ran.stderr]).toEqual([0, expect.stringContaining('built==1.2.0 is not vetted yet')]);
  expect(await readdir(temporary)).not.toContainEqual(expect.stringMatching(/^awspip-log-/));
});

test('the output of a failed build, which pip shows only in its log, is printed', async ({ skip }) => {
  if (!installersEnabled) return skip();
  const files = ownProject('broken');
  const folder = await folderWith('broken', {
    ...files,
    'backend.py': 'def build_wheel(*args, **named):\n    print("no compiler here")\n    raise SystemExit(3)\n',
    'run.sh': 'python3 -m pip install --target target .',
  });
  const ran = await exec(folder, 'sh', ['sh', 'run.sh']);
  expect([ran.exitCode, ran.stderr]).toEqual([
    1,
    expect.stringContaining('output of the failed build:\n  no compiler here\n'),
  ]);
});

test('pre-commit: a hook repository needs --awspip-open, and works with it', async ({ skip }) => {
  await needs('pre-commit', skip);
  const hooks = await folderWith('hook-repository', {
    ...ownProject('myhook', 'hooked', '[console_scripts]\nmyhook = myhook:main\n'),
    '.pre-commit-hooks.yaml': '- id: myhook\n  name: myhook\n  entry: myhook\n  language: python\n',
  });
  const revision = commit(hooks);
  const folder = await folderWith('uses-hooks', {
    '.pre-commit-config.yaml': `repos:\n- repo: file://${hooks}\n  rev: ${revision}\n  hooks:\n  - id: myhook\n    always_run: true\n`,
  });
  commit(folder);
  const argv = ['pre-commit', 'run', '--all-files'];
  const rejected = await exec(folder, 'pre-commit', argv);
  expect([rejected.exitCode, rejected.stderr]).toEqual([64, expect.stringContaining(`--awspip-open=${hooks}`)]);
  const ran = await exec(folder, 'pre-commit', argv, {}, [`--awspip-open=${hooks}`]);
  expect([ran.exitCode, ran.stdout + ran.stderr]).toEqual([0, expect.not.stringContaining('was installed')]);
});

const project = (name: string, requires: string, rest = '') =>
  `[project]\nname = "${name}"\nversion = "0.1"\nrequires-python = ">=3.9"\ndependencies = ["${requires}"]\n${rest}`;
const notDistributed = '\n[tool.pdm]\ndistribution = false\n';

/** The current release needs this of its dependency, and doesn't say so. */
const pdm = ['pdm', 'hishel<2'] as const;

test('pdm: lock, install, add and sync, without the address of the relay in a file', async ({ skip }) => {
  await needs('pdm', skip, ...pdm);
  const folder = await folderWith('pdm', { 'pyproject.toml': project('p', 'locked==1.2.0', notDistributed) });
  const other = await folderWith('pdm-other', { 'pyproject.toml': project('p', 'locked', notDistributed) });
  expect((await exec(other, 'pdm', ['pdm', 'lock'])).exitCode).toBe(0);
  for (const argv of [
    ['lock'],
    ['install'],
    ['add', 'hatched'],
    ['sync'],
    ['update', 'hatched'],
    ['lock', '--static-urls'],
  ]) {
    const ran = await exec(folder, 'pdm', ['pdm', ...argv]);
    expect([argv[0], ran.exitCode, ran.stdout + ran.stderr]).toEqual([
      argv[0],
      0,
      expect.not.stringContaining('was installed'),
    ]);
  }
  const lock = await readFile(path.join(folder, 'pdm.lock'), 'utf8');
  expect([lock.includes('"locked-needs"'), lock.includes('"hatched"')]).toEqual([true, true]);
  await expectNoRelayIn(folder);
});

test('pdm: another index of a project is blocked, and its host named', async ({ skip }) => {
  await needs('pdm', skip, ...pdm);
  const source = '\n[[tool.pdm.source]]\nname = "pypi"\nurl = "http://pypi.corp.example/simple"\n';
  const folder = await folderWith('pdm-source', {
    'pyproject.toml': project('p', 'elsewhere', notDistributed + source),
  });
  const ran = await exec(folder, 'pdm', ['pdm', 'lock']);
  expect([ran.exitCode === 0, ran.stderr]).toEqual([false, expect.stringContaining('pypi.corp.example')]);
});

test('hatch: its environments, with pip and with uv', async ({ skip }) => {
  await needs('hatch', skip);
  for (const [manager, name] of [
    ['pip', 'hatched'],
    ['uv', 'managed'],
  ] as const) {
    const settings = `[tool.hatch.envs.default]\ninstaller = "${manager}"\nskip-install = true\ndependencies = ["${name}==1.2.0"]\n[tool.hatch.envs.docs]\nextra-dependencies = ["built"]\n`;
    const files = ownProject('mine');
    const text = files['pyproject.toml'] + settings;
    const folder = await folderWith(`hatch-${manager}`, { ...files, 'pyproject.toml': text });
    for (const words of [
      ['run', 'python', '-c', `import ${name}`],
      ['run', 'docs:python', '-c', `import built, ${name}`],
    ]) {
      const ran = await exec(folder, 'hatch', ['hatch', ...words]);
      expect([ran.exitCode, ran.stdout + ran.stderr]).toEqual([0, expect.not.stringContaining('was installed')]);
      expect(reruns(ran.stderr)).toBeLessThanOrEqual(1);
    }
  }
});

test('hatch build and python -m build: build requirements are vetted before the build', async ({ skip }) => {
  await needs('hatch', skip);
  await needs('pyproject-build', skip);
  const files = {
    'pyproject.toml':
      '[build-system]\nrequires = ["setuptools>=40.8.0", "built==1.0"]\nbuild-backend = "setuptools.build_meta"\n\n[project]\nname = "mine"\nversion = "0"\n',
    'setup.py': 'import built\nsetup(name="mine")\n',
  };
  for (const [tool, argv] of [
    ['pyproject-build', ['python', '-m', 'build', '--wheel']],
    ['pyproject-build', ['pyproject-build', '--wheel', '.']],
    ['hatch', ['hatch', 'build', '-t', 'wheel']],
  ] as const) {
    const folder = await folderWith(`builds-${argv.join('').replaceAll(/\W/g, '')}`, files);
    const ran = await exec(folder, tool, argv);
    const output = ran.stdout + ran.stderr;
    expect([ran.exitCode, reruns(ran.stderr), output]).toEqual([0, 0, expect.not.stringContaining('was installed')]);
    expect(await readdir(path.join(folder, 'dist'))).toHaveLength(1);
  }
});

test('the documentation names the versions that these tests run', async ({ skip }) => {
  const text = await readFile(path.resolve(import.meta.dirname, '../../docs/reference/other-installers.md'), 'utf8');
  const documented = [...text.matchAll(/^\| .* \| ([\w-]+ \d[\d.]*) \|$/gm)].map(([, release]) => release);
  const tools = [
    'uv',
    'pipx',
    'pip-compile',
    'pipenv',
    'poetry',
    'pdm',
    'hatch',
    'pyproject-build',
    'pre-commit',
    'tox',
    'nox',
  ];
  const installed = (await Promise.all(tools.map(installedRelease))).flatMap((release) => release ?? []);
  if (installed.length < tools.length) return skip();
  expect(documented.toSorted()).toEqual(installed.toSorted());
});
