import { expect, test } from 'vitest';
import { runPlain } from '../../src/cli/plain-pip.ts';

/** A context in which no interpreter exists, so that a command which gets as far as to start pip fails. */
const context = (argv: readonly string[], file?: string) => ({
  argv,
  environment: { PATH: '/nowhere' },
  userFile: '/home/user/.config/awspip/config.toml',
  readText: async () => file,
});

test.each([
  [['install', 'left-pad']],
  [['download', 'left-pad']],
  [['list', '--outdated']],
  [['list', '--help']],
  [['help']],
  [['--version']],
  [[]],
  [['status']],
  [['exec', '--', 'uv', 'pip', 'list']],
  [['search', 'left-pad']],
  [['--no-such-option', 'list']],
  [['lisst']],
])('%j needs more than pip', async (argv) => {
  expect(await runPlain(context(argv))).toBeUndefined();
});

test.each([[['list']], [['freeze']], [['-q', 'show', 'pip']], [['--awspip-wait=3', 'uninstall', '-y', 'left-pad']]])(
  '%j needs only pip',
  async (argv) => {
    await expect(runPlain(context(argv))).rejects.toMatchObject({ code: 'no-python' });
  },
);

test('the interpreter of the user file is the one that runs', async () => {
  const run = runPlain(context(['list'], 'python = "/nowhere/python"'));
  await expect(run).rejects.toThrow('`/nowhere/python` is not a Python executable');
});

test.each([
  [['list', '--awspip-wait=soon'], undefined],
  [['list', '--awspip-nonsense'], undefined],
  [['list'], 'no = table = at all'],
])('%j with a wrong setting starts no pip', async (argv, file) => {
  await expect(runPlain(context(argv, file))).rejects.toHaveProperty('exit');
});
