import { execFileSync } from 'node:child_process';
import { chmod, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Sandbox, sandbox } from '../helpers/awspip.ts';
import { wheel } from '../helpers/distributions.ts';
import { type PackageIndex, startPackageIndex } from '../helpers/package-index.ts';

const bin = path.resolve(import.meta.dirname, '../../bin/awspip.js');

let packageIndex: PackageIndex;
let user: Sandbox;

beforeAll(async () => {
  packageIndex = await startPackageIndex();
  user = await sandbox(packageIndex.environment);
  for (const name of ['inner', 'plain']) packageIndex.publish(name, '1.0', wheel({ name, version: '1.0' }));
});
afterAll(async () => {
  await user.remove();
  await packageIndex.close();
});

test('an unknown command is 78, a missing one 64', async () => {
  expect(await user.run(['exec', '--', 'no-such-installer', 'x'])).toMatchObject({ exitCode: 78 });
  expect(await user.run(['exec', '--'])).toMatchObject({ exitCode: 64 });
  expect(await user.run(['exec'])).toMatchObject({ exitCode: 64 });
  expect((await user.run(['exec', '--help'])).stdout).toContain('awspip exec');
});

test('a path without a program is 78, without a hint about Python', async () => {
  await writeFile(user.path('not-executable'), '#!/bin/sh\n', { mode: 0o644 });
  for (const file of ['./no-such-script', user.path('not-executable'), user.folder]) {
    const ran = await user.run(['exec', '--', file]);
    expect(ran).toMatchObject({ exitCode: 78 });
    expect(ran.stderr).toContain(`\`${file}\` is not an executable file`);
    expect(ran.stderr).not.toContain('Python');
  }
});

test('any other command keeps its streams and its exit code', async () => {
  const ran = await user.run(['exec', '--', 'sh', '-c', 'echo out; echo err >&2; exit 7']);
  expect(ran).toMatchObject({ exitCode: 7, stdout: 'out\n' });
  expect(ran.stderr).toContain('err\n');
});

test('missing packages of a script that runs pip are vetted, and the script runs again', async () => {
  const script = user.path('script.sh');
  await writeFile(script, '#!/bin/sh\nset -e\npython3 -m pip install --target "$1" plain\n');
  await chmod(script, 0o755);
  const ran = await user.run(['exec', '--', script, user.path('plain')]);
  expect(ran).toMatchObject({ exitCode: 0 });
  expect(ran.stderr).toContain('awspip: rerunning ');
});

test('pip takes the repository for the default index that a requirements file names', async () => {
  await writeFile(user.path('compiled.txt'), '--index-url https://pypi.org/simple\nplain==1.0\n');
  const python = execFileSync('python3', ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' }).trim();
  const script = `#!${python}\nimport sys\nfrom pip._internal.cli.main import main\nsys.exit(main())\n`;
  await writeFile(user.path('pip'), script, { mode: 0o755 });
  for (const pip of [['python3', '-m', 'pip'], ['./pip']]) {
    const target = user.path(`compiled-${pip.length}`);
    const ran = await user.run(['exec', '--', ...pip, 'install', '--target', target, '-r', 'compiled.txt']);
    expect(ran).toMatchObject({ exitCode: 0 });
  }
});

test('an inner awspip leaves the vetting to the outer one, and rejects the same sources', async () => {
  const inside = ['exec', '--', process.execPath, bin, 'install'];
  const ran = await user.run([...inside, '--isolated', '--target', user.path('inner'), 'inner']);
  expect(ran).toMatchObject({ exitCode: 0 });
  expect(ran.stderr.match(/not vetted yet/g)).toHaveLength(1);
  const twice = await user.run([
    'exec',
    '--',
    process.execPath,
    bin,
    'exec',
    '--',
    'sh',
    '-c',
    'echo "$PIP_INDEX_URL"',
  ]);
  expect(twice.stdout).toMatch(/^http:\/\/\w{8}\.secure-pypi\.invalid\/simple\/\n$/);
  expect(twice.stderr).toBe('');
  expect(await user.run([...inside, '--index-url', 'http://elsewhere.example/simple', 'inner'])).toMatchObject({
    exitCode: 64,
  });
});

test('a verb that asks the local stack says that it cannot, from inside', async () => {
  const ran = await user.run(['exec', '--', process.execPath, bin, 'vet', 'plain']);
  expect(ran).toMatchObject({ exitCode: 64, stdout: '' });
  expect(ran.stderr).toContain('`awspip vet` cannot ask the local stack from inside `awspip exec`');
  expect(ran.stderr).toContain('hint: run it in another terminal, or before `awspip exec`');
});
