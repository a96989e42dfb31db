import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { acquireLock, isLocked, type Lock } from '../../src/local/lifecycle/lock.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'awspip-lock-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** Leaves the socket of a process that was killed. */
async function killedClaim(): Promise<void> {
  await mkdir(path.join(folder, 'lock'));
  const program = `require('net').createServer().listen(process.argv[1], () => console.log('listens'))`;
  const child = spawn(process.execPath, ['-e', program, path.join(folder, 'lock/aaaaaaaaaaaa.claim')]);
  await once(child.stdout, 'data');
  expect(await acquireLock(folder)).toBeUndefined();
  child.kill('SIGKILL');
  await once(child, 'exit');
}

describe('the lock of a folder', () => {
  test('has one holder at a time', async () => {
    const lock = await acquireLock(folder);
    expect(await acquireLock(folder)).toBeUndefined();
    expect(await isLocked(folder)).toBe(true);
    await lock?.release();
    expect(await isLocked(folder)).toBe(false);
    const next = await acquireLock(folder);
    expect(next).toBeDefined();
    await next?.release();
  });

  test('goes to exactly one of those that try together', async () => {
    for (let round = 0; round < 5; round += 1) {
      const tried = await Promise.all(Array.from({ length: 8 }, () => acquireLock(folder)));
      const locks = tried.filter((lock): lock is Lock => lock !== undefined);
      expect(locks).toHaveLength(1);
      await Promise.all(locks.map((lock) => lock.release()));
    }
    expect(await readdir(path.join(folder, 'lock'))).toEqual([]);
  });

  test('is free as soon as its holder is killed', async () => {
    await killedClaim();
    const lock = await acquireLock(folder);
    expect(lock).toBeDefined();
    expect(await readdir(path.join(folder, 'lock'))).toHaveLength(1);
    await lock?.release();
  });

  test('works in a folder whose path is too long for a socket', async () => {
    const deep = path.join(folder, 'x'.repeat(200));
    const lock = await acquireLock(deep);
    expect(lock).toBeDefined();
    expect(await acquireLock(deep)).toBeUndefined();
    await lock?.release();
  });

  test('replaces a file in place of its folder', async () => {
    await writeFile(path.join(folder, 'lock'), '');
    expect(await isLocked(folder)).toBe(false);
    const lock = await acquireLock(folder);
    expect(lock).toBeDefined();
    await lock?.release();
  });

  test('cannot be acquired below a file, and says so', async () => {
    await writeFile(path.join(folder, 'file'), '');
    await expect(acquireLock(path.join(folder, 'file'))).rejects.toMatchObject({ code: 'state-folder' });
  });
});
