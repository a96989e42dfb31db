import { spawnSync } from 'node:child_process';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Sandbox, sandbox, startProcess } from '../helpers/awspip.ts';
import { commandOnTerminal, type Step } from '../helpers/terminal.ts';

/** Whether this machine has a program. */
const has = (program: string) => spawnSync(program, ['--version']).status === 0;

const shells = ['bash', 'zsh', 'fish'] as const;
let user: Sandbox;

beforeAll(async () => {
  user = await sandbox();
  await mkdir(user.path('bin'));
  // Only the names of installed packages need awspip; here it answers as pip does.
  await writeFile(user.path('bin', 'awspip'), '#!/bin/sh\necho "$COMP_WORDS" >> started\necho packaging pip\n');
  await chmod(user.path('bin', 'awspip'), 0o755);
  user.environment.PATH = `${user.path('bin')}:${user.environment.PATH}`;
  for (const shell of shells) {
    const { exitCode, stdout } = await user.run(['shell-completion', shell]);
    expect(exitCode).toBe(0);
    await writeFile(user.path(`completion.${shell}`), stdout);
  }
  await writeFile(user.path('requirements.txt'), '');
});
afterAll(() => user.remove());

/** Command lines, `|` before each further word as bash splits them, and words that complete the last. */
const lines = [
  ['awspip sta', ['status']],
  ['awspip inst', ['install']],
  ['awspip local u', ['up']],
  ['awspip policy mode ', ['observe', 'enforce', 'file']],
  ['awspip install --no-bin', ['--no-binary=']],
  ['awspip list --format ', ['columns', 'freeze', 'json']],
  ['awspip vet --format=', ['--format=text', '--format=json', '--format=sarif', '--format=junit']],
  ['awspip install --upgrade-strategy=e', ['--upgrade-strategy=eager']],
  ['awspip install --awspip-sandbox ', ['on', 'off', 'auto']],
  ['awspip --log file --awspip-stack local uninst', ['uninstall']],
  ['awspip help exi', ['exit-codes']],
  ['awspip show p', ['packaging', 'pip']],
] as const;

/** Words of a command line as bash hands them to a completion function. */
const split = (line: string) => line.split(' ').flatMap((word) => word.split(/(?<==)|(?==)/));

async function printed(shell: string, script: string): Promise<string[]> {
  const { stdout } = await startProcess(shell, ['-c', script], user.environment, user.folder).ended;
  return stdout.trimEnd().split('\n');
}

test.skipIf(!has('bash'))('bash completes verbs, options and values', async () => {
  const script = lines.map(([line]) => {
    const words = split(line).map((word) => `'${word}'`);
    return `COMP_WORDS=(${words.join(' ')}); COMP_CWORD=${words.length - 1}; _awspip_complete; echo "\${COMPREPLY[*]}"`;
  });
  const found = await printed('bash', `. ./completion.bash\n${script.join('\n')}`);
  // bash replaces only what follows the `=`.
  expect(found).toEqual(lines.map(([, words]) => words.map((word) => word.replace(/^--.*=(?=.)/, '')).join(' ')));
});

test.skipIf(!has('fish'))('fish completes verbs, options and values', async () => {
  const script = lines.map(([line]) => `complete -C '${line}' | string replace -r '\\t.*' '' | sort | string join ' '`);
  const found = await printed('fish', `source completion.fish\n${script.join('\n')}`);
  expect(found).toEqual(lines.map(([, words]) => words.toSorted().join(' ')));
});

describe('TAB on a terminal', () => {
  const steps: Step[] = [
    { shown: 'ready', type: 'awspip hol\t' },
    { shown: 'awspip holds', type: ' --mi\t' },
    { shown: '--mine', type: '\u0015awspip install --progress-bar=r\t' },
    { shown: '--progress-bar=raw', type: '\u0015awspip install -r requi\t' },
    { shown: 'requirements.txt', type: '\u0015exit\n' },
  ];
  const started = {
    bash: ['bash', '--norc', '--noprofile', '-i'],
    zsh: ['zsh', '-f', '-i'],
  } as const;
  const first = {
    bash: '. ./completion.bash; echo rea""dy\n',
    zsh: 'autoload -Uz compinit; compinit -u -D; . ./completion.zsh; echo rea""dy\n',
  } as const;

  test.each(['bash', 'zsh'] as const)('%s completes a verb, an option, a value and a file', async (shell) => {
    if (!has(shell)) return;
    const { exitCode } = await commandOnTerminal(user, started[shell], {
      steps: [{ shown: '[$%#] ', type: first[shell] }, ...steps],
      environment: { PS1: '$ ', INPUTRC: '/dev/null' },
    });
    expect(exitCode).toBe(0);
  });
});

test.each(shells)('the script of %s is one that the shell reads without an error', async (shell) => {
  if (!has(shell)) return;
  const { exitCode, stderr } = await startProcess(shell, ['-n', `completion.${shell}`], user.environment, user.folder)
    .ended;
  expect([exitCode, stderr]).toEqual([0, '']);
});
