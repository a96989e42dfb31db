import { chmod, mkdir, mkdtemp, readdir, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { keepCompiledCode } from '../src/compile-cache.ts';

let home: string;
let folder: string;
let own: string;
beforeEach(async () => {
  home = await mkdtemp(path.join(os.tmpdir(), 'awspip-test-'));
  folder = path.join(home, 'awspip', 'compiled');
  own = path.join(folder, '1.2.3');
});
afterEach(() => rm(home, { recursive: true, force: true }));

/** Returns the folders that Node would keep compiled code in. */
async function enabledFor(target: string): Promise<string[]> {
  const enabled: string[] = [];
  await keepCompiledCode(target, '1.2.3', { enableCompileCache: (given) => enabled.push(given) });
  return enabled;
}

test('compiled code is kept in a folder that only the user can change', async () => {
  expect(await enabledFor(folder)).toEqual([own]);
  expect((await stat(own)).mode & 0o777).toBe(0o700);
});

test.skipIf(process.platform === 'win32')('is not kept where others could write it, nor through a link', async () => {
  await mkdir(own, { recursive: true });
  await chmod(own, 0o777);
  expect(await enabledFor(folder)).toEqual([]);
  await chmod(own, 0o700);
  await chmod(folder, 0o775);
  expect(await enabledFor(folder)).toEqual([]);
  await chmod(folder, 0o700);
  const other = path.join(home, 'other');
  await mkdir(other, { mode: 0o700 });
  await symlink(own, path.join(other, '1.2.3'));
  expect(await enabledFor(other)).toEqual([]);
});

test('a new version removes the code of others to which nothing was added for a month, and nothing else', async () => {
  const month = 30 * 24 * 3_600;
  const now = Date.now() / 1000;
  for (const [version, age] of [
    ['1.0.0', month + 60],
    ['1.1.0', month - 60],
  ] as const) {
    await mkdir(path.join(folder, version), { recursive: true });
    await utimes(path.join(folder, version), now, now - age);
  }
  await enabledFor(folder);
  expect(await readdir(folder)).toEqual(['1.1.0', '1.2.3']);
  await utimes(path.join(folder, '1.1.0'), now, now - 2 * month);
  await enabledFor(folder);
  expect(await readdir(folder)).toEqual(['1.1.0', '1.2.3']);
});

test('a folder that cannot be created changes nothing', async () => {
  await writeFile(path.join(home, 'awspip'), '');
  expect(await enabledFor(folder)).toEqual([]);
});

test('a Node.js without the cache creates no folder', async () => {
  await keepCompiledCode(folder, '1.2.3', {});
  expect(await readdir(home)).toEqual([]);
});
