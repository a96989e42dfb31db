import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bin, type Sandbox, sandbox, startProcess, until } from '../helpers/awspip.ts';
import { sdist, wheel } from '../helpers/distributions.ts';
import { type PackageIndex, startPackageIndex } from '../helpers/package-index.ts';
import { commandOnTerminal, controlC, onTerminal } from '../helpers/terminal.ts';

let world: PackageIndex;
let user: Sandbox;

beforeAll(async () => {
  world = await startPackageIndex();
  user = await sandbox({ ...world.environment, PIP_NO_CACHE_DIR: '1', PIP_BREAK_SYSTEM_PACKAGES: '1' });
  user.environment.PYTHONUSERBASE = user.path('user-base');
  const noise = { 'heavy/noise': randomBytes(1_500_000).toString('base64') };
  world.publish('heavy', '1.0', wheel({ name: 'heavy', version: '1.0', files: noise }));
  world.publish('light', '1.0', wheel({ name: 'light', version: '1.0' }));
  world.publish('sleepy', '1.0', await sleepy());
});
afterAll(async () => {
  await user.remove();
  await world.close();
});

/** An sdist that says that it is being built, and then takes its time. */
function sleepy() {
  const buildScript = `import time\nopen(${JSON.stringify(user.path('building'))}, "w").close()\ntime.sleep(40)`;
  return sdist({ name: 'sleepy', version: '1.0', buildScript });
}

describe('on a terminal', () => {
  test("pip's bar and colours are there, the spinner is gone before pip writes, and no line is pip's alarm", async () => {
    const { exitCode, output, text } = await onTerminal(user, ['install', '--target', 'heavy', 'heavy']);
    expect(exitCode).toBe(0);
    expect(text).toMatch(/[━█]|\d+%/); // one finished bar, by whatever this pip draws
    expect(output).toContain('\u001b[');
    expect(text).toContain('✔ awspip: 1 release secure');
    expect(text).not.toContain('No matching distribution');
    const after = text.slice(text.indexOf('✔ awspip'));
    expect(after).not.toMatch(/[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]/);
  });

  test('twenty columns are enough', async () => {
    world.publish('narrow', '1.0', wheel({ name: 'narrow', version: '1.0' }));
    const { exitCode, text } = await onTerminal(user, ['install', '--target', 'n', 'narrow'], { columns: 20 });
    expect([exitCode, text]).toEqual([0, expect.stringContaining('Successfully')]);
  });

  test('NO_COLOR and a dumb terminal are heeded', async () => {
    const plain = { NO_COLOR: '1', TERM: 'dumb' };
    const { output } = await onTerminal(user, ['install', '--target', 'nc', 'surely-no-such'], { environment: plain });
    expect(output).toContain('awspip: surely-no-such was not found');
    expect(output).not.toContain('\u001b[3');
  });

  test('uninstall asks, and heeds the answer', async () => {
    expect((await user.install(['--user', 'light'])).exitCode).toBe(0);
    const ask = (answer: string) =>
      onTerminal(user, ['uninstall', 'light'], { steps: [{ shown: 'Proceed \\(Y/n\\)\\? ', type: `${answer}\n` }] });
    expect((await ask('n')).exitCode).toBe(0);
    expect((await user.run(['freeze', '--user'])).stdout).toContain('light==1.0');
    expect((await ask('y')).text).toContain('Successfully uninstalled light-1.0');
    expect((await user.run(['freeze', '--user'])).stdout).not.toContain('light');
  });
});

describe('Ctrl-C', () => {
  test('while waiting: 130, and the vetting goes on; the next run joins it', async () => {
    world.publish('awaited', '1.0', wheel({ name: 'awaited', version: '1.0' }));
    const release = world.delayRequests('awaited');
    const steps = [{ shown: 'awspip[^\\n]*\\d s', type: controlC }];
    const { exitCode, text } = await onTerminal(user, ['install', '--target', 'w', 'awaited'], { steps });
    expect([exitCode, text]).toEqual([130, expect.stringContaining('vetting continues in the background')]);
    release();
    expect((await user.install(['--target', 'w', 'awaited'])).exitCode).toBe(0);
  });

  test.each(['pip runs again', 'pip runs first'])('while %s: pip cleans up by itself, 130', async () => {
    const steps = [{ file: user.path('building'), type: controlC }];
    const { exitCode, text } = await onTerminal(user, ['install', '--target', 's', 'sleepy'], { steps });
    expect([exitCode, text]).toEqual([130, expect.stringContaining('Operation cancelled by user')]);
    expect(text).not.toMatch(/Traceback|No matching distribution/);
    expect(existsSync(user.path('s', 'sleepy'))).toBe(false);
    await forgetBuilding();
  });

  test('at a prompt of pip: as pip would end', async () => {
    await user.install(['--user', 'light']);
    const steps = [{ shown: 'Proceed', type: controlC }];
    const ours = await onTerminal(user, ['uninstall', 'light'], { steps });
    const theirs = await commandOnTerminal(user, ['python3', '-m', 'pip', 'uninstall', 'light'], { steps });
    expect(ours).toMatchObject({ exitCode: theirs.exitCode, text: theirs.text });
  });
});

test.each([
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const)('%s while pip runs ends pip, too: %i', async (signal, code) => {
  const steps = [{ file: user.path('building'), signal }];
  const { exitCode, text } = await onTerminal(user, ['install', '--target', 's', 'sleepy'], { steps });
  expect(exitCode).toBe(code);
  expect(text).not.toContain('No matching distribution');
  await forgetBuilding();
});

test.each([
  ['pip runs', ['install', '--target', 's', 'sleepy'], 'file'],
  ['a verdict is waited for', ['install', '--target', 's', 'closing'], 'shown'],
] as const)('a terminal that is closed while %s ends it by SIGHUP', async (_, argv, kind) => {
  world.publish('closing', '1.0', wheel({ name: 'closing', version: '1.0' }));
  const release = world.delayRequests('closing');
  const due = kind === 'file' ? { file: user.path('building') } : { shown: 'awspip[^\\n]*\\d s' };
  const { exitCode } = await onTerminal(user, argv, { steps: [{ ...due, close: true }] });
  release();
  expect(exitCode).toBe(129);
  await forgetBuilding();
});

test('SIGINT for awspip alone, where no terminal tells pip, ends pip at once: 130', async () => {
  const ownSession = 'import os, sys\nos.setsid()\nos.execv(sys.argv[1], sys.argv[1:])';
  const argv = ['-c', ownSession, process.execPath, bin, 'install', '--target', 's', 'sleepy'];
  const running = startProcess('python3', argv, user.environment, user.folder);
  await until('the build', () => existsSync(user.path('building')));
  const began = Date.now();
  process.kill(running.pid, 'SIGINT');
  const { exitCode, stderr } = await running.ended;
  expect([exitCode, stderr]).toEqual([130, expect.stringContaining('Operation cancelled by user')]);
  expect(Date.now() - began).toBeLessThan(20_000);
  expect(stderr).not.toContain('Traceback');
  await forgetBuilding();
});

async function forgetBuilding(): Promise<void> {
  const { rm } = await import('node:fs/promises');
  await rm(user.path('building'), { force: true });
}

describe('pipes', () => {
  const pip = (argv: readonly string[]) =>
    startProcess('python3', ['-m', 'pip', ...argv], user.environment, user.folder).ended;

  test.each([
    [['freeze']],
    [['freeze', '--all']],
    [['list', '--format', 'json']],
    [['list', '--format=freeze', '-q']],
    [['list', '-vvv']],
    [['show', 'pip']],
    [['config', 'list']],
    [['check']],
    [['hash', bin]],
    [['cache', 'dir']],
    [['uninstall', '-y', 'nothing-of-the-kind']],
    [['show', 'nothing-of-the-kind']],
    [['help', 'install']],
    [['install', '--help']],
    [['wheel', '-h']],
    [['list', '--no-such-option']],
    [['instal', 'light']],
  ])("%j: stdout, stderr and exit code are pip's, byte for byte", async (argv) => {
    const [ours, theirs] = await Promise.all([user.run(argv), pip(argv)]);
    expect(ours).toEqual(theirs);
  });

  test('a shell that completes a line sees pip’s words alone', async () => {
    const asked = { PIP_AUTO_COMPLETE: '1', COMP_WORDS: 'pip inst', COMP_CWORD: '1' };
    const ran = await user.run([], asked);
    expect(ran).toMatchObject({ stdout: expect.stringContaining('install'), stderr: '' });
  });

  test('--help and --version are pip’s on stdout, with one line of ours on stderr', async () => {
    for (const argv of [['--help'], ['--version'], ['help']]) {
      const [ours, theirs] = await Promise.all([user.run(argv), pip(argv)]);
      expect(ours).toMatchObject({ stdout: theirs.stdout, exitCode: theirs.exitCode });
      expect(ours.stderr.replace(theirs.stderr, '').trim().split('\n')).toHaveLength(1);
    }
  });

  test.each([[['list']], [['freeze', '--all']]])('%j into a closed pipe ends as pip does', async (argv) => {
    const into = (command: string) =>
      startProcess(
        'bash',
        ['-c', `${command} ${argv.join(' ')} | true; echo $\{PIPESTATUS[0]}`],
        user.environment,
        user.folder,
      ).ended;
    const ours = await into(`'${process.execPath}' '${bin}'`);
    const theirs = await into('python3 -m pip');
    expect(ours.stdout).toBe(theirs.stdout);
    expect(ours.stderr).not.toContain('awspip');
  });

  test('-qqq says nothing; -vvv and --log tell of both runs, and of no token', async () => {
    world.publish('quiet', '1.0', wheel({ name: 'quiet', version: '1.0' }));
    const log = user.path('pip.log');
    const ran = await user.run(['-vvv', '--log', log, 'install', '--target', 'q', 'quiet']);
    expect(ran.exitCode).toBe(0);
    const text = await readFile(log, 'utf8');
    expect(text).toContain('Successfully installed quiet-1.0');
    expect(ran.stdout).toContain('Created temporary directory');
    for (const said of [text, ran.stdout, ran.stderr]) expect(said).not.toMatch(/Authorization|aws:[^*]/);
    world.publish('silent', '1.0', wheel({ name: 'silent', version: '1.0' }));
    const silent = await user.run(['-qqq', 'install', '--target', 'q2', 'silent']);
    expect(silent).toMatchObject({ exitCode: 0, stdout: '', stderr: '' });
  });

  test("--report into a pipe is pip's, but for the addresses, and nothing waits for more", async () => {
    const command = `'${process.execPath}' '${bin}' install -q --target piped --report /dev/stdout light | cat`;
    const { stdout } = await startProcess('bash', ['-c', command], user.environment, user.folder).ended;
    const report = JSON.parse(stdout) as { install: { download_info: { url: string } }[] };
    expect(report.install.map(({ download_info: { url } }) => url)).toEqual([expect.stringMatching(/light-1\.0/)]);
    expect(stdout).not.toContain('.invalid');
  });

  test('an answer from a pipe reaches pip', async () => {
    await user.install(['--user', 'light']);
    const command = `echo n | '${process.execPath}' '${bin}' uninstall light`;
    const { exitCode, stdout } = await startProcess('bash', ['-c', command], user.environment, user.folder).ended;
    expect([exitCode, stdout]).toEqual([0, expect.stringContaining('Proceed')]);
    expect((await user.run(['freeze', '--user'])).stdout).toContain('light==1.0');
  });
});
