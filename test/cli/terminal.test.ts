import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bin, type Sandbox, sandbox, startProcess, until } from '../helpers/awspip.ts';
import { sdist, wheel } from '../helpers/distributions.ts';
import { longTest, representatives } from '../helpers/long-form.ts';
import { type PackageIndex, startPackageIndex } from '../helpers/package-index.ts';
import { commandOnTerminal, controlC, onTerminal } from '../helpers/terminal.ts';

let packageIndex: PackageIndex;
let user: Sandbox;

beforeAll(async () => {
  packageIndex = await startPackageIndex();
  user = await sandbox({ ...packageIndex.environment, PIP_NO_CACHE_DIR: '1', PIP_BREAK_SYSTEM_PACKAGES: '1' });
  user.environment.PYTHONUSERBASE = user.path('user-base');
  const noise = { 'heavy/noise': randomBytes(1_500_000).toString('base64') };
  packageIndex.publish('heavy', '1.0', wheel({ name: 'heavy', version: '1.0', files: noise }));
  packageIndex.publish('light', '1.0', wheel({ name: 'light', version: '1.0' }));
  packageIndex.publish('sleepy', '1.0', await slowSdist());
});
afterAll(async () => {
  await user.remove();
  await packageIndex.close();
});

/** Returns an sdist whose build writes a file and then sleeps. */
function slowSdist() {
  const buildScript = `import time\nopen(${JSON.stringify(user.path('building'))}, "w").close()\ntime.sleep(40)`;
  return sdist({ name: 'sleepy', version: '1.0', buildScript });
}

describe('on a terminal', () => {
  test("pip's bar and colours appear, the spinner disappears before pip writes, and pip's first error is hidden", async () => {
    const { exitCode, output, text } = await onTerminal(user, ['install', '--target', 'heavy', 'heavy']);
    expect(exitCode).toBe(0);
    expect(text).toMatch(/[━█]|\d+%/); // The bar looks different in each pip.
    expect(output).toContain('\u001b[');
    expect(text).toContain('✔ awspip: vetted 1 package in ');
    expect(text).not.toContain('No matching distribution');
    const after = text.slice(text.indexOf('✔ awspip'));
    expect(after).not.toMatch(/[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]/);
  });

  longTest('a terminal of twenty columns is wide enough', async () => {
    packageIndex.publish('narrow', '1.0', wheel({ name: 'narrow', version: '1.0' }));
    const { exitCode, text } = await onTerminal(user, ['install', '--target', 'n', 'narrow'], { columns: 20 });
    expect([exitCode, text]).toEqual([0, expect.stringContaining('Successfully')]);
  });

  test('NO_COLOR and a dumb terminal switch colour off', async () => {
    const plain = { NO_COLOR: '1', TERM: 'dumb' };
    const { output } = await onTerminal(user, ['install', '--target', 'nc', 'surely-no-such'], { environment: plain });
    expect(output).toContain('awspip: `surely-no-such` was not found');
    expect(output).not.toContain('\u001b[3');
  });

  longTest('uninstall asks, and follows the answer', async () => {
    expect((await user.install(['--user', 'light'])).exitCode).toBe(0);
    const uninstall = (answer: string) =>
      onTerminal(user, ['uninstall', 'light'], { steps: [{ shown: 'Proceed \\(Y/n\\)\\? ', type: `${answer}\n` }] });
    expect((await uninstall('n')).exitCode).toBe(0);
    expect((await user.run(['freeze', '--user'])).stdout).toContain('light==1.0');
    expect((await uninstall('y')).text).toContain('Successfully uninstalled light-1.0');
    expect((await user.run(['freeze', '--user'])).stdout).not.toContain('light');
  });
});

describe('colour', () => {
  /** Escape codes of yellow and cyan, which are not readable on a light background. */
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape codes are what is looked for
  const unreadable = /\u001b\[(?:[39][36])m/;

  test('the help screen and the spinner are neither yellow nor cyan', async () => {
    const help = await onTerminal(user, []);
    expect(help.output).toContain('\u001b[1mUsage:');
    expect(help.output).not.toMatch(unreadable);
    packageIndex.publish('spun', '1.0', wheel({ name: 'spun', version: '1.0' }));
    // The vetting begins while pip runs, and may else have ended before there is something to wait for.
    setTimeout(packageIndex.delayRequests('spun'), 4000);
    const { output, text } = await onTerminal(user, ['download', '-qqq', '--awspip-progress=auto', 'spun']);
    expect(text).toMatch(/[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]/);
    expect(output).not.toMatch(unreadable);
  });

  test('stdout has none in a pipe, although stderr is a terminal', async () => {
    const line = `'${process.execPath}' '${bin}' help | cat`;
    const { output } = await commandOnTerminal(user, ['bash', '-c', line]);
    expect(output).toContain('Usage:');
    expect(output).not.toContain('\u001b[');
  });
});

describe('Ctrl-C', () => {
  test('while waiting: 130; the vetting goes on, and the next run joins it', async () => {
    packageIndex.publish('awaited', '1.0', wheel({ name: 'awaited', version: '1.0' }));
    const release = packageIndex.delayRequests('awaited');
    const steps = [{ shown: 'awspip[^\\n]*\\d s', type: controlC }];
    const { exitCode, text } = await onTerminal(user, ['install', '--target', 'w', 'awaited'], { steps });
    expect([exitCode, text]).toEqual([130, expect.stringContaining('vetting continues in the background')]);
    release();
    expect((await user.install(['--target', 'w', 'awaited'])).exitCode).toBe(0);
  });

  test.each(representatives(['the second pip run', 'the first pip run'], () => 'a pip run'))(
    'during %s: pip cleans up, 130',
    async () => {
      const steps = [{ file: user.path('building'), type: controlC }];
      const { exitCode, text } = await onTerminal(user, ['install', '--target', 's', 'sleepy'], { steps });
      expect([exitCode, text]).toEqual([130, expect.stringContaining('Operation cancelled by user')]);
      expect(text).not.toMatch(/Traceback|No matching distribution/);
      expect(existsSync(user.path('s', 'sleepy'))).toBe(false);
      await forgetBuilding();
    },
  );

  test('at a prompt of pip: the same exit code and text as pip alone', async () => {
    await user.install(['--user', 'light']);
    const steps = [{ shown: 'Proceed', type: controlC }];
    const ours = await onTerminal(user, ['uninstall', 'light'], { steps });
    const theirs = await commandOnTerminal(user, ['python3', '-m', 'pip', 'uninstall', 'light'], { steps });
    expect(ours).toMatchObject({ exitCode: theirs.exitCode, text: theirs.text });
  });
});

const signals = [
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const;

test.each(representatives(signals, () => 'a signal'))('%s while pip runs also ends pip: %i', async (signal, code) => {
  const steps = [{ file: user.path('building'), signal }];
  const { exitCode, text } = await onTerminal(user, ['install', '--target', 's', 'sleepy'], { steps });
  expect(exitCode).toBe(code);
  expect(text).not.toContain('No matching distribution');
  await forgetBuilding();
});

test.each([
  ['pip runs', ['install', '--target', 's', 'sleepy'], 'file'],
  ['awspip waits for a verdict', ['install', '--target', 's', 'closing'], 'shown'],
] as const)('closing the terminal while %s ends awspip by SIGHUP', async (_, argv, kind) => {
  packageIndex.publish('closing', '1.0', wheel({ name: 'closing', version: '1.0' }));
  const release = packageIndex.delayRequests('closing');
  const trigger = kind === 'file' ? { file: user.path('building') } : { shown: 'awspip[^\\n]*\\d s' };
  const { exitCode } = await onTerminal(user, argv, { steps: [{ ...trigger, close: true }] });
  release();
  expect(exitCode).toBe(129);
  await forgetBuilding();
});

test('SIGINT for awspip alone also ends pip immediately: 130', async () => {
  const ownSession = 'import os, sys\nos.setsid()\nos.execv(sys.argv[1], sys.argv[1:])';
  const argv = ['-c', ownSession, process.execPath, bin, 'install', '--target', 's', 'sleepy'];
  const running = startProcess('python3', argv, user.environment, user.folder);
  await until('the build', () => existsSync(user.path('building')));
  const startedAt = Date.now();
  process.kill(running.pid, 'SIGINT');
  const { exitCode, stderr } = await running.ended;
  expect([exitCode, stderr]).toEqual([130, expect.stringContaining('Operation cancelled by user')]);
  expect(Date.now() - startedAt).toBeLessThan(20_000);
  expect(stderr).not.toContain('Traceback');
  await forgetBuilding();
});

async function forgetBuilding(): Promise<void> {
  await rm(user.path('building'), { force: true });
}

describe('pipes', () => {
  const pip = (argv: readonly string[]) =>
    startProcess('python3', ['-m', 'pip', ...argv], user.environment, user.folder).ended;

  /** Command lines, with the command they are like: one that lists, shows, checks, uninstalls, helps, or fails. */
  const plainCommands: readonly (readonly [readonly string[], string])[] = [
    [['list', '--format', 'json'], 'list'],
    [['list', '--format=freeze', '-q'], 'list'],
    [['list', '-vvv'], 'list'],
    [['freeze'], 'list'],
    [['freeze', '--all'], 'list'],
    [['show', 'nothing-of-the-kind'], 'show'],
    [['show', 'pip'], 'show'],
    [['uninstall', '-y', 'nothing-of-the-kind'], 'show'],
    [['config', 'list'], 'cache'],
    [['hash', bin], 'cache'],
    [['cache', 'dir'], 'cache'],
    [['check'], 'list'],
    [['install', '--help'], 'help'],
    [['help', 'install'], 'help'],
    [['wheel', '-h'], 'help'],
    [['list', '--no-such-option'], 'mistake'],
    [['instal', 'light'], 'mistake'],
  ];

  test.each(representatives(plainCommands, ([, kind]) => kind))(
    "%j: stdout, stderr and exit code are pip's, byte for byte",
    async (argv) => {
      const [ours, theirs] = await Promise.all([user.run(argv), pip(argv)]);
      expect(ours).toEqual(theirs);
    },
  );

  test.each(representatives([[['list']], [['freeze', '--all']]], () => 'a list'))(
    '%j into a closed pipe ends as pip does',
    async (argv) => {
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
    },
  );

  test('-qqq prints nothing; -vvv and --log cover both runs, and contain no token', async () => {
    packageIndex.publish('quiet', '1.0', wheel({ name: 'quiet', version: '1.0' }));
    const log = user.path('pip.log');
    const ran = await user.run(['-vvv', '--log', log, 'install', '--target', 'q', 'quiet']);
    expect(ran.exitCode).toBe(0);
    const text = await readFile(log, 'utf8');
    expect(text).toContain('Successfully installed quiet-1.0');
    expect(ran.stdout).toContain('Created temporary directory');
    for (const output of [text, ran.stdout, ran.stderr]) expect(output).not.toMatch(/Authorization|aws:[^*]/);
    packageIndex.publish('silent', '1.0', wheel({ name: 'silent', version: '1.0' }));
    const silent = await user.run(['-qqq', 'install', '--target', 'q2', 'silent']);
    expect(silent).toMatchObject({ exitCode: 0, stdout: '', stderr: '' });
  });

  test("--report into a pipe is pip's report with the addresses of the repository", async () => {
    const command = `'${process.execPath}' '${bin}' install -q --target piped --report /dev/stdout light | cat`;
    const { stdout } = await startProcess('bash', ['-c', command], user.environment, user.folder).ended;
    const report = JSON.parse(stdout) as { install: { download_info: { url: string } }[] };
    expect(report.install.map(({ download_info: { url } }) => url)).toEqual([expect.stringMatching(/light-1\.0/)]);
    expect(stdout).not.toContain('.invalid');
  });

  test('input from a pipe reaches pip', async () => {
    await user.install(['--user', 'light']);
    const command = `echo n | '${process.execPath}' '${bin}' uninstall light`;
    const { exitCode, stdout } = await startProcess('bash', ['-c', command], user.environment, user.folder).ended;
    expect([exitCode, stdout]).toEqual([0, expect.stringContaining('Proceed')]);
    expect((await user.run(['freeze', '--user'])).stdout).toContain('light==1.0');
  });
});
