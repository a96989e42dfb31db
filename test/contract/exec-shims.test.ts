import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, realpath, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type ExecShims, openExecShims } from '../../src/installers/exec-shims.ts';
import { outerRelayVariables } from '../../src/installers/outer-relay.ts';
import { parseRecords } from '../../src/installers/shim-text.ts';

const run = promisify(execFile);
const relay = {
  indexUrl: 'http://0123abcd.secure-pypi.invalid/simple/',
  proxyUrl: 'http://awspip:word@127.0.0.1:4321',
};

let root: string;
let programs: string;
let shims: ExecShims;
let variables: Readonly<Record<string, string>>;

/** Prints how it was started, one part on each line. */
const printing = (label: string) => `#!/bin/sh\nprintf '%s\\n' ${label} "$0" "$@"\n`;

async function program(folder: string, name: string, text: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, name), text);
  await chmod(path.join(folder, name), 0o755);
}

beforeEach(async () => {
  root = path.join(await realpath(await mkdtemp(path.join(os.tmpdir(), 'awspip-shims-'))), `it's "a" $folder\nhere`);
  programs = path.join(root, 'bin');
  for (const name of ['pip', 'pip3', 'python3', 'python3.12', 'uv', 'tox', 'ls-like'])
    await program(programs, name, printing('real'));
  await program(root, 'node', printing('awspip'));
  shims = await openExecShims(`${programs}${path.delimiter}${process.env.PATH}`, {
    temporaryFolder: root,
    relay,
    starter: [path.join(root, 'node'), '/awspip.js'],
  });
  variables = shims.variables(`${programs}${path.delimiter}${process.env.PATH}`);
});
afterEach(async () => {
  await shims.cleanup();
  await rm(path.dirname(root), { recursive: true, force: true });
});

const start = async (name: string, args: readonly string[], extra: Readonly<Record<string, string>> = {}) => {
  const { stdout } = await run('/bin/sh', ['-c', 'exec "$0" "$@"', name, ...args], {
    env: { ...variables, ...extra },
    cwd: root,
  });
  return stdout.replaceAll(root, 'ROOT').trimEnd().split('\n');
};

test('an installer is started by awspip, with the path of the next program and its arguments as they are', async () => {
  const args = ['install', 'a b', "it's", '*', '', '-'];
  const started = await start('pip', args);
  expect(started).toEqual(['awspip', 'ROOT/node', '/awspip.js', 'exec', '--', 'ROOT/bin/pip', ...args]);
  expect((await start('uv', ['sync']))[5]).toBe('ROOT/bin/uv');
});

describe('Python is started directly, except for an installer', () => {
  test.each([
    { args: [] },
    { args: ['-c', 'import pip', '-m', 'pip'] },
    { args: ['script.py', '-m', 'pip'] },
    { args: ['-m', 'http.server'] },
    { args: ['-W', '-mpip', 'script.py'] },
    { args: ['-', '-m', 'pip'] },
    { args: ['-Ic', 'code', '-m', 'pip'] },
    { args: ['-m', 'venv', 'v'] },
  ])('$args: directly', async ({ args }) => {
    expect(await start('python3', args)).toEqual(['real', 'ROOT/bin/python3', ...args]);
  });

  test.each([
    { args: ['-m', 'pip', 'install', 'x y'] },
    { args: ['-mpip', 'list'] },
    { args: ['-IBm', 'uv', 'sync'] },
    { args: ['-W', 'ignore', '-X', 'dev', '-m', 'pip'] },
    { args: ['--check-hash-based-pycs', 'never', '-Wignore', '-m', 'pipx'] },
    { args: ['-m', 'pip.__main__'] },
  ])('$args: by awspip', async ({ args }) => {
    const started = await start('python3.12', args);
    expect(started).toEqual(['awspip', 'ROOT/node', '/awspip.js', 'exec', '--', 'ROOT/bin/python3.12', ...args]);
  });
});

test('the next program is that of the current PATH, also with spaces, quotes and empty entries', async () => {
  const other = path.join(root, "o'ther bin");
  await program(other, 'python3', printing('other'));
  const PATH = `${variables.PATH?.split(path.delimiter)[0]}::/no/such:${other}:${programs}`;
  expect(await start('python3', ['x'], { PATH })).toEqual(['other', "ROOT/o'ther bin/python3", 'x']);
});

test('without another program on PATH, that of the start is used', async () => {
  const PATH = variables.PATH?.split(path.delimiter)[0] ?? '';
  expect(await start('python3', ['x'], { PATH })).toEqual(['real', 'ROOT/bin/python3', 'x']);
});

describe('a script of a version manager that searches PATH again', () => {
  /** As pyenv does, it leaves out its own folder, so that it finds the shim. */
  const manager = '#!/bin/bash\nPATH=$OTHERS\nexec python3 "$@"\n';

  test('leads to the next program, and to an error if there is none', async () => {
    const folder = path.join(root, 'manager');
    await program(folder, 'python3', manager);
    const shimFolder = variables.PATH?.split(path.delimiter)[0] ?? '';
    const PATH = [shimFolder, folder, programs].join(path.delimiter);
    const OTHERS = [shimFolder, programs].join(path.delimiter);
    expect(await start('python3', ['x'], { PATH, OTHERS })).toEqual(['real', 'ROOT/bin/python3', 'x']);
    await rm(path.join(programs, 'python3'));
    await expect(start('python3', ['x'], { PATH, OTHERS: PATH })).rejects.toMatchObject({ code: 127 });
  });

  test('is started again by a new command of the program', async () => {
    const folder = path.join(root, 'manager');
    await program(folder, 'python3', '#!/bin/sh\nif [ "$1" = inner ]; then echo inner; else python3 inner; fi\n');
    const PATH = [variables.PATH?.split(path.delimiter)[0], folder].join(path.delimiter);
    expect(await start('python3', ['outer'], { PATH })).toEqual(['inner']);
  });
});

test('only programs on PATH that need one have a shim, and no other user can read the folder', async () => {
  const folder = variables.AWSPIP_EXEC_FOLDER ?? '';
  const names = await readdir(folder);
  expect(names).toEqual(expect.arrayContaining(['pip', 'pip3', 'python3', 'python3.12', 'uv', 'tox', 'relay.json']));
  expect(names).not.toContain('ls-like');
  expect((await stat(folder)).mode & 0o777).toBe(0o700);
  expect((await stat(path.join(folder, 'relay.json'))).mode & 0o777).toBe(0o600);
  await shims.cleanup();
  expect(await stat(folder).catch(() => 'absent')).toBe('absent');
});

test('the programs that ran are recorded with their arguments and folders', async () => {
  await start('tox', ['-e', 'a b']);
  await start('python3', ['-m', 'venv', 'new\nline']);
  await start('python3', ['script.py']);
  const recorded = (await shims.records()).map(({ name, args }) => [name, ...args]);
  expect(recorded).toEqual(
    expect.arrayContaining([['tox', '-e', 'a b'], ['python3', '-m', 'venv', 'new\nline'], ['python3']]),
  );
  expect((await shims.records())[0]?.folder).toBe(root);
});

test('a record that is not complete ends the records', () => {
  expect(parseRecords('1\0pip\0/p\0/f\0list\0' + '3\0pip\0/p\0/f\0a\0')).toEqual([
    { name: 'pip', program: '/p', folder: '/f', args: ['list'] },
  ]);
  expect(parseRecords('x\0y\0')).toEqual([]);
});

test("the relay's variables are restored from a folder of the user only", async () => {
  const expected = { PIP_INDEX_URL: relay.indexUrl, PIP_PROXY: relay.proxyUrl };
  const folder = variables.AWSPIP_EXEC_FOLDER ?? '';
  expect(outerRelayVariables({ AWSPIP_EXEC_FOLDER: folder })).toEqual(expected);
  expect(outerRelayVariables({})).toEqual({});
  expect(outerRelayVariables({ AWSPIP_EXEC_FOLDER: path.join(root, 'none') })).toEqual({});
  await chmod(path.join(folder, 'relay.json'), 0o666);
  expect(outerRelayVariables({ AWSPIP_EXEC_FOLDER: folder })).toEqual({});
  await chmod(path.join(folder, 'relay.json'), 0o600);
  const evil = { indexUrl: relay.indexUrl, proxyUrl: 'http://elsewhere.example:1' };
  await writeFile(path.join(folder, 'relay.json'), JSON.stringify(evil));
  expect(outerRelayVariables({ AWSPIP_EXEC_FOLDER: folder })).toEqual({});
  expect(await readFile(path.join(folder, 'relay.json'), 'utf8')).toContain('elsewhere');
});
