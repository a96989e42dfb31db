import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Sandbox, sandbox } from '../helpers/awspip.ts';
import { wheel } from '../helpers/distributions.ts';
import { expectNoRelayIn, installerRuns, installersEnabled } from '../helpers/installers.ts';
import { ownProject } from '../helpers/own-project.ts';
import { type PackageIndex, startPackageIndex } from '../helpers/package-index.ts';

let packageIndex: PackageIndex;
let user: Sandbox;

beforeAll(async () => {
  if (!installersEnabled) {
    process.stderr.write('pip-tools, pipx, pipenv, poetry, tox and nox are not tested: AWSPIP_TEST_INSTALLERS=all\n');
  }
  packageIndex = await startPackageIndex();
  user = await sandbox(packageIndex.environment);
  for (const name of ['compiled', 'boxed', 'piped', 'versed', 'toxic', 'noxious']) {
    packageIndex.publish(name, '1.0', wheel({ name, version: '1.0', requires: [`${name}-needs>=1.5`] }));
    packageIndex.publish(`${name}-needs`, '1.0', wheel({ name: `${name}-needs`, version: '1.0' }));
    packageIndex.publish(`${name}-needs`, '2.0', wheel({ name: `${name}-needs`, version: '2.0' }));
  }
  packageIndex.publish(
    'boxed-app',
    '1.0',
    wheel({
      name: 'boxed-app',
      version: '1.0',
      requires: ['boxed'],
      files: { 'boxed_app-1.0.dist-info/entry_points.txt': '[console_scripts]\nboxed-app = boxed_app:main\n' },
    }),
  );
}, 60_000);
afterAll(async () => {
  await user.remove();
  await packageIndex.close();
});

const { needs, folderWith, exec } = installerRuns(() => user);

test('pip-compile and pip-sync', async ({ skip }) => {
  await needs('pip-compile', skip);
  const folder = await folderWith('compile', { 'requirements.in': 'compiled\n' });
  expect(await exec(folder, 'pip-compile', ['pip-compile'])).toMatchObject({ exitCode: 0 });
  const text = await readFile(path.join(folder, 'requirements.txt'), 'utf8');
  expect(text).toContain('compiled==1.0');
  expect(text).toContain('compiled-needs==2.0');
  await expectNoRelayIn(folder);
});

test('pipx install', async ({ skip }) => {
  await needs('pipx', skip);
  const homes = { PIPX_HOME: user.path('pipx'), PIPX_BIN_DIR: user.path('pipx-bin') };
  expect(await exec(user.folder, 'pipx', ['pipx', 'install', 'boxed-app'], homes)).toMatchObject({ exitCode: 0 });
  expect(await readdir(user.path('pipx-bin'))).toContain('boxed-app');
});

test('pipenv install: Pipfile and its lock name PyPI, not the relay', async ({ skip }) => {
  await needs('pipenv', skip);
  const folder = await folderWith('pipenv', {});
  const extra = { PIPENV_VENV_IN_PROJECT: '1', PIPENV_IGNORE_VIRTUALENVS: '1' };
  const ran = await exec(folder, 'pipenv', ['pipenv', 'install', 'piped'], extra);
  expect(ran, ran.stderr).toMatchObject({ exitCode: 0 });
  expect(await readFile(path.join(folder, 'Pipfile.lock'), 'utf8')).toContain('"piped-needs"');
  expect(await readFile(path.join(folder, 'Pipfile'), 'utf8')).toContain('url = "https://pypi.org/simple"');
  await expectNoRelayIn(folder);
});

test('poetry with poetry-plugin-pypi-mirror', async ({ skip }) => {
  await needs('poetry', skip, 'poetry-plugin-pypi-mirror');
  const folder = await folderWith('poetry', {
    'pyproject.toml':
      '[project]\nname = "p"\nversion = "0.1"\nrequires-python = ">=3.9"\ndependencies = ["versed>=1"]\n\n[tool.poetry]\npackage-mode = false\n',
  });
  const extra = { POETRY_VIRTUALENVS_IN_PROJECT: '1', POETRY_CACHE_DIR: user.path('poetry-cache') };
  expect(await exec(folder, 'poetry', ['poetry', 'install'], extra)).toMatchObject({ exitCode: 0 });
  expect(await readFile(path.join(folder, 'poetry.lock'), 'utf8')).toContain('versed-needs');
  await expectNoRelayIn(folder);
});

test('tox', async ({ skip }) => {
  await needs('tox', skip);
  const folder = await folderWith('tox', {
    'tox.ini':
      '[tox]\nenv_list = a\nno_package = true\n[testenv]\ndeps = toxic\ncommands = python -c "import toxic, toxic_needs"\n',
  });
  expect(await exec(folder, 'tox', ['tox'])).toMatchObject({ exitCode: 0 });
});

test('nox', async ({ skip }) => {
  await needs('nox', skip);
  const folder = await folderWith('nox', {
    'noxfile.py':
      'import nox\n@nox.session\ndef a(session):\n    session.install("noxious")\n    session.run("python", "-c", "import noxious, noxious_needs")\n',
  });
  expect(await exec(folder, 'nox', ['nox'])).toMatchObject({ exitCode: 0 });
});

test('tox: the project itself, and what virtualenv installs, need no vetting', async ({ skip }) => {
  await needs('tox', skip);
  for (const kind of ['sdist', 'wheel', 'editable']) {
    const folder = await folderWith(`tox-${kind}`, {
      ...ownProject('mine'),
      'tox.ini': `[tox]\nenv_list = a\n[testenv]\npackage = ${kind}\ncommands = python -c "import mine, toxic_needs"\n`,
    });
    const ran = await exec(folder, 'tox', ['tox']);
    expect([ran.exitCode, ran.stdout + ran.stderr]).toEqual([0, expect.not.stringContaining('was installed')]);
  }
});

test('tox: an unvetted file in an environment is an error', async ({ skip }) => {
  await needs('tox', skip);
  const evil = wheel({ name: 'evil', version: '9.0' });
  const folder = await folderWith('tox-evil', {
    'tox.ini': `[tox]\nenv_list = a\nno_package = true\n[testenv]\ndeps = ./${evil.filename}\ncommands = python -c "import evil"\n`,
  });
  await writeFile(path.join(folder, evil.filename), evil.bytes);
  const ran = await exec(folder, 'tox', ['tox']);
  expect([ran.exitCode, ran.stderr]).toEqual([
    10,
    expect.stringContaining(`${evil.filename} (evil 9.0) was installed`),
  ]);
});

test('hatch: its environments are compared', async ({ skip }) => {
  await needs('hatch', skip);
  const folder = await folderWith('hatch', ownProject('mine'));
  const ran = await exec(folder, 'hatch', ['hatch', 'run', 'python', '-c', 'import mine, toxic_needs']);
  expect([ran.exitCode, ran.stdout + ran.stderr]).toEqual([0, expect.not.stringContaining('was installed')]);
  const evil = wheel({ name: 'evil', version: '9.0' });
  const bypassed = await folderWith('hatch-evil', ownProject('mine'));
  await writeFile(path.join(bypassed, evil.filename), evil.bytes);
  const argv = ['hatch', 'run', 'python', '-m', 'pip', 'install', `./${evil.filename}`];
  expect((await exec(bypassed, 'hatch', argv)).exitCode).toBe(10);
});
