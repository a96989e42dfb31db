import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exitCodesText, helpScreen, settingsText } from '../../src/cli/help/screen.ts';
import { plainStyle } from '../../src/cli/terminal.ts';
import { ownVerbs } from '../../src/cli/verb-names.ts';
import { version } from '../../src/version.ts';
import { type CommandResult, type Sandbox, sandbox, startProcess } from '../helpers/awspip.ts';
import { representatives } from '../helpers/long-form.ts';

let user: Sandbox;
beforeAll(async () => {
  user = await sandbox();
});
afterAll(async () => user.remove());

const output = { style: plainStyle, columns: 80 };
const success = (stdout: string) => ({ exitCode: 0, signal: null, stdout, stderr: '' });

/** Runs the pip that awspip runs, alone. */
function pip(argv: readonly string[], extra: Record<string, string> = {}): Promise<CommandResult> {
  return startProcess('python3', ['-m', 'pip', ...argv], { ...user.environment, ...extra }, user.folder).ended;
}

describe('awspip has help of its own', () => {
  test.each([[[]], [['--help']], [['-h']], [['help']]])('%j prints the help screen', async (argv) => {
    expect(await user.run(argv)).toEqual(success(helpScreen(output)));
  });

  test('awspip help settings, awspip help exit-codes', async () => {
    expect(await user.run(['help', 'settings'])).toEqual(success(settingsText(output)));
    expect(await user.run(['help', 'exit-codes'])).toEqual(success(exitCodesText(output)));
  });

  test.each(representatives(ownVerbs, () => 'an own verb'))('awspip help %s is awspip %s --help', async (verb) => {
    const [help, option] = await Promise.all([user.run(['help', verb]), user.run([verb, '--help'])]);
    expect(help).toEqual(option);
    expect(help).toMatchObject({ exitCode: 0, stderr: '', stdout: expect.stringContaining('\nExamples:\n') });
  });

  test('awspip help --man is a manual page that groff and mandoc format without a warning', async () => {
    const { exitCode, stdout } = await user.run(['help', '--man']);
    expect([exitCode, stdout]).toEqual([0, expect.stringMatching(/^\.TH AWSPIP 1 /)]);
    const checks = { groff: ['-man', '-ww', '-z'], mandoc: ['-T', 'lint', '-W', 'warning'] };
    for (const [program, argv] of Object.entries(checks)) {
      const checked = spawnSync(program, argv, { input: stdout, encoding: 'utf8' });
      if (checked.error === undefined) expect([program, checked.stdout + checked.stderr]).toEqual([program, '']);
    }
  });

  test('into a pipe it has no escape codes, also if the terminal of stderr has colour', async () => {
    const { stdout } = await user.run([], { TERM: 'xterm-256color' });
    expect(stdout).not.toContain('\u001b');
  });
});

describe('pip’s help stays pip’s', () => {
  const ofPip = [
    [['help', 'pip'], ['--help']],
    [
      ['install', '--help'],
      ['install', '--help'],
    ],
    [
      ['help', 'install'],
      ['help', 'install'],
    ],
    [
      ['--help', 'install'],
      ['--help', 'install'],
    ],
    [
      ['help', 'no-such-command'],
      ['help', 'no-such-command'],
    ],
    [
      ['help', '--no-such-command'],
      ['help', '--no-such-command'],
    ],
  ] as const;

  test.each(representatives(ofPip, ([, theirs]) => String(theirs.some((word) => word === 'no-such-command'))))(
    'awspip %j is pip %j, byte for byte',
    async (ours, theirs) => {
      expect(await user.run(ours)).toEqual(await pip(theirs));
    },
  );

  test('awspip --version is pip’s line on stdout, with awspip’s version on stderr', async () => {
    for (const option of ['--version', '-V']) {
      expect(await user.run([option])).toEqual({ ...(await pip([option])), stderr: `awspip ${version}\n` });
    }
  });

  test('a shell that completes a line gets pip’s words', async () => {
    const completion = { PIP_AUTO_COMPLETE: '1', COMP_WORDS: 'pip inst', COMP_CWORD: '1' };
    const ran = await user.run([], completion);
    expect(ran).toEqual(await pip([], completion));
    expect(ran.stdout).toContain('install');
  });
});

describe('commands that do not exist', () => {
  test('a misspelt verb gets pip’s error and a hint', async () => {
    const theirs = await pip(['statuss']);
    expect(await user.run(['statuss'])).toEqual({
      ...theirs,
      stderr: `${theirs.stderr}\nhint: did you mean \`awspip status\`?\n`,
    });
  });

  test('a misspelt pip command gets pip’s error alone', async () => {
    expect(await user.run(['instal', 'six'])).toEqual(await pip(['instal', 'six']));
  });

  test('search is answered in one line, without pip', async () => {
    expect(await user.run(['search', 'six'], { AWSPIP_PYTHON: '/no/such/python' })).toMatchObject({
      exitCode: 64,
      stdout: '',
      stderr: 'awspip: no index supports `search` any more; search on https://pypi.org\n',
    });
  });

  test('a wrong option of an own verb names the help of the verb', async () => {
    expect(await user.run(['status', '--jsn'])).toMatchObject({
      exitCode: 64,
      stdout: '',
      stderr:
        "awspip: unknown option '--jsn'\n(Did you mean --json?)\n\nhint: run `awspip status --help` to see its arguments and options\n",
    });
  });

  test('a wrong option of awspip names the nearest one', async () => {
    const { exitCode, stderr } = await user.run(['list', '--awspip-wiat=3']);
    expect([exitCode, stderr]).toEqual([64, expect.stringContaining('hint: did you mean `--awspip-wait`?\n')]);
  });
});
