import { execFileSync } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Sandbox, sandbox } from '../helpers/awspip.ts';
import { wheel } from '../helpers/distributions.ts';
import { installerRuns } from '../helpers/installers.ts';
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
  for (const name of ['hooked', 'hatched', 'locked', 'built']) {
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

test('pre-commit: local hooks with additional dependencies work with one rerun', async ({ skip }) => {
  await needs('pre-commit', skip);
  const folder = await folderWith('hooks', { '.pre-commit-config.yaml': localHook('hooked==1.2.0') });
  commit(folder);
  const ran = await exec(folder, 'pre-commit', ['pre-commit', 'run', '--all-files']);
  expect([ran.exitCode, reruns(ran.stderr), ran.stdout + ran.stderr]).toEqual([
    0,
    1,
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
  const ran = await exec(folder, 'pre-commit', ['sh', 'run.sh']);
  expect([ran.exitCode, ran.stderr]).toEqual([0, expect.stringContaining('built==1.2.0 is not vetted yet')]);
  expect(await readdir(tmpdir())).not.toContainEqual(expect.stringMatching(/^awspip-log-/));
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
