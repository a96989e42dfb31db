import { expect, test } from 'vitest';
import { readExecCommand } from '../../src/installers/exec-command.ts';
import { execReadAheadPlan } from '../../src/installers/exec-read-ahead.ts';
import type { ProcessContext } from '../../src/process-context.ts';

const gathered = {
  roots: ['a'],
  constraints: [],
  keepsFiles: true,
  options: { pre: false, noDeps: false, upgrade: false, formatControl: { onlyBinary: [], noBinary: [] } },
};

function planOf(line: string, environment: Record<string, string> = {}, fileCache: number | 'off' = 1e9) {
  const context = {
    settings: { fileCache },
    environment,
    now: () => 0,
    unique: () => 'u',
  } as unknown as ProcessContext;
  const project = { roots: ['b'], pins: ['b==1'] };
  return execReadAheadPlan(context, readExecCommand(line.split(' '), '/'), gathered, project);
}

test('what uv will want is read ahead: the requirements of the command and of the project, with the pins', async () => {
  const { request } = await planOf('uv sync');
  expect(request).toMatchObject({ roots: ['a', 'b'], constraints: ['b==1'], fetchesFiles: true });
});

test.each([
  ['uv lock', false],
  ['uv pip compile requirements.in', false],
  ['uv pip install --dry-run a', false],
  ['uv pip install a', true],
])('`%s` fetches files early: %s', async (line, expected) => {
  expect((await planOf(line)).request.fetchesFiles).toBe(expected);
});

test.each(['--resolution lowest', '--python-version=3.9', '--python-platform windows'])(
  'with %s, nothing is guessed, and files still come from the cache',
  async (option) => {
    const { request, cache } = await planOf(`uv pip install ${option} a`);
    expect([request.roots, cache !== undefined]).toEqual([[], true]);
  },
);

test.each<[string, Record<string, string>, boolean]>([
  ['uv pip install a', {}, true],
  ['uv pip install -n a', {}, false],
  ['uv -qn pip install a', {}, false],
  ['uv pip install --no-cache a', {}, false],
  ['uv pip install --no-cache-dir a', {}, false],
  ['uv pip install a', { UV_NO_CACHE: '1' }, false],
  ['uv pip install a', { UV_NO_CACHE: 'false' }, true],
  ['uv pip install a', { PIP_NO_CACHE_DIR: '1' }, true],
  ['tox', { PIP_NO_CACHE_DIR: '1' }, false],
])('`%s` with %j uses the cache: %s', async (line, environment, expected) => {
  expect((await planOf(line, environment)).cache !== undefined).toBe(expected);
});

test('the setting turns the cache off', async () => {
  expect((await planOf('uv sync', {}, 'off')).cache).toBeUndefined();
});
