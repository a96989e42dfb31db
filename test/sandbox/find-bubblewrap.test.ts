import { chmod, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findBubblewrap } from '../../src/sandbox/read-facts.ts';

let folder: string;
let program: string;
beforeEach(async () => {
  folder = await realpath(await mkdtemp(path.join(os.tmpdir(), 'bubblewrap-')));
  program = path.join(folder, 'bin', 'bwrap');
  await mkdir(path.dirname(program));
  await writeFile(program, '', { mode: 0o755 });
  await chmod(path.dirname(program), 0o755);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const find = (PATH = path.dirname(program), cwd = '/') => findBubblewrap(PATH, cwd);

test('bubblewrap is found in a folder on PATH', () => {
  expect(find(`relative::/no-such:${path.dirname(program)}`)).toBe(program);
});

test.each(['.', 'bin', ''])('never in the working folder or by a relative entry: `%s`', (entry) => {
  expect(find(entry)).toBeUndefined();
  expect(find(path.dirname(program), path.dirname(program))).toBeUndefined();
  expect(find(path.dirname(program), folder)).toBeUndefined();
});

test('a link into the working folder does not count', async () => {
  await mkdir(path.join(folder, 'links'), { mode: 0o755 });
  await symlink(program, path.join(folder, 'links', 'bwrap'));
  expect(find(path.join(folder, 'links'))).toBeDefined();
  expect(find(path.join(folder, 'links'), path.dirname(program))).toBeUndefined();
});

test.each([
  ['folder', 0o757],
  ['folder', 0o1777],
  ['file', 0o757],
] as const)('never where another user could replace it: a %s with mode %o', async (kind, mode) => {
  await chmod(kind === 'file' ? program : path.dirname(program), mode);
  expect(find()).toBeUndefined();
});

test('a file that is not executable does not count', async () => {
  await chmod(program, 0o644);
  expect(find()).toBeUndefined();
});
