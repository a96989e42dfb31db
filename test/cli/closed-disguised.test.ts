import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { bin, countingPython, sandbox, startNode } from '../helpers/awspip.ts';
import { openHostile } from '../helpers/hostile.ts';

// What pip reads in another way than it looks: refused all the same, before pip starts.
const user = await sandbox();
const { python, starts } = await countingPython(user.folder);
const hostile = await openHostile(user.folder);
const { files } = hostile;
const project = user.path('project');

/** Writes a file of the project that every command stands in, and answers its name. */
const write = (name: string, content: string | Buffer): string => {
  const file = path.join(project, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, content);
  return name;
};
write('pyproject.toml', '[project]\nname = "own"\nversion = "1"\n');
write('inside/pyproject.toml', '[project]\nname = "inside"\nversion = "1"\n');
mkdirSync(user.path('elsewhere', 'deep'), { recursive: true });
symlinkSync(user.path('elsewhere', 'deep'), path.join(project, 'link'));

afterAll(async () => {
  await hostile.close();
  await user.remove();
});

async function refused(argv: readonly string[], names: string, environment: Record<string, string> = {}) {
  const variables = { ...user.environment, AWSPIP_PYTHON: python, ...environment };
  const { exitCode, stdout, stderr } = await startNode([bin, ...argv], variables, project).ended;
  expect([exitCode, stderr]).toEqual([64, expect.stringContaining(names)]);
  expect(stderr).toMatch(/hint: \S/);
  expect(stdout).toBe('');
}

const inFile = (name: string, content: string | Buffer, line = 2) =>
  [['install', '-r', write(name, content)], `${name}:${line}`] as const;

describe('paths', () => {
  const inside = `file://${project}/inside`;
  test.concurrent.each(
    [
      ['/', '/.', '/x/..', '[extra]/'].map((end) => `${files.wheel}${end}`),
      [`${inside}#subdirectory=../../evil/project`, `${inside}#subdirectory=${files.project}`],
      [`inside @ ${inside}#subdirectory=${files.project}`, `${inside}#egg=inside&subdirectory=${files.project}`],
      [`file://${user.path('elsewhere')}\\..\\project`, `${inside}[x]`, `file://${project}/link/..`],
    ].flat(),
  )('a file or folder that is not what the path looks like: %s', async (word) => {
    await refused(['install', word], word.replace(/^.* @ /, ''));
    await refused(['download', '--no-deps', word], word.replace(/^.* @ /, ''));
  });

  test('an editable project whose subdirectory lies outside', async () => {
    const word = `${inside}#egg=inside&subdirectory=${files.project}`;
    await refused(['install', '-e', word], word);
  });

  test('a repository that is open, with a subdirectory outside its checkout', async () => {
    const word = `git+https://git.example/team/x#subdirectory=${files.project}`;
    await refused(['install', '--awspip-open=git+https://git.example/team/', word], word);
  });

  test('a wheel in a file', async () => refused(...inFile('slash.txt', `six\n${files.wheel}/\n`)));
});

test('and pip was never started, nothing was run, nothing reached', async () => {
  expect(await starts()).toBe(0);
  expect(hostile.ran()).toBe(false);
  expect(hostile.requests).toEqual([]);
});
