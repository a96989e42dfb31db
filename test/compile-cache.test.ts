import { chmod, mkdir, mkdtemp, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { keepCompiledCode } from '../src/compile-cache.ts';

let home: string;
let folder: string;
beforeEach(async () => {
  home = await mkdtemp(path.join(os.tmpdir(), 'awspip-test-'));
  folder = path.join(home, 'awspip', 'compiled');
});
afterEach(() => rm(home, { recursive: true, force: true }));

/** Returns the folders that Node would keep compiled code in. */
async function enabledFor(target: string): Promise<string[]> {
  const enabled: string[] = [];
  await keepCompiledCode(target, { enableCompileCache: (given) => enabled.push(given) });
  return enabled;
}

test('compiled code is kept in a folder that only the user can change', async () => {
  expect(await enabledFor(folder)).toEqual([folder]);
  expect((await stat(folder)).mode & 0o777).toBe(0o700);
});

test.skipIf(process.platform === 'win32')('is not kept where others could write it, nor through a link', async () => {
  await mkdir(folder, { recursive: true });
  await chmod(folder, 0o777);
  expect(await enabledFor(folder)).toEqual([]);
  await chmod(folder, 0o700);
  await chmod(path.dirname(folder), 0o775);
  expect(await enabledFor(folder)).toEqual([]);
  const linked = path.join(home, 'other', 'compiled');
  await mkdir(path.dirname(linked), { mode: 0o700 });
  await symlink(folder, linked);
  expect(await enabledFor(linked)).toEqual([]);
});

test('a folder that cannot be created changes nothing', async () => {
  await writeFile(path.join(home, 'awspip'), '');
  expect(await enabledFor(folder)).toEqual([]);
});

test('a Node.js without the cache creates no folder', async () => {
  await keepCompiledCode(folder, {});
  expect(await readdir(home)).toEqual([]);
});
