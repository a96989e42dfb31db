import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findHolder, removeHolder, writeHolder } from '../../src/local/lifecycle/holder.ts';
import { acquireLock, type Lock } from '../../src/local/lifecycle/lock.ts';

let folder: string;
let lock: Lock | undefined;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'awspip-holder-'));
});
afterEach(async () => {
  await lock?.release();
  lock = undefined;
  await rm(folder, { recursive: true });
});

const hold = async () => {
  lock = await acquireLock(folder);
};
const portFile = { port: 1234, secret: 'secret', pid: 4711 };

describe('the holder of the lock', () => {
  test('is none in a folder without a stack, which stays as it is', async () => {
    expect(await findHolder(folder)).toBeUndefined();
    expect(await readdir(folder)).toEqual([]);
  });

  test('is the process that left its note, as long as the lock is held', async () => {
    await hold();
    await writeHolder(folder, 4712);
    expect(await findHolder(folder)).toEqual({ pid: 4712 });
    await lock?.release();
    lock = undefined;
    expect(await findHolder(folder)).toBeUndefined();
  });

  test.each([
    ['without a note', undefined],
    ['with an empty note', ''],
    ['with a note that is no process ID', '-1'],
    ['with the note of the first process of the system', '1'],
  ])('is that of the port file %s', async (_, note) => {
    await hold();
    if (note !== undefined) await writeFile(path.join(folder, 'holder'), note);
    expect(await findHolder(folder)).toEqual({ pid: undefined });
    await writeFile(path.join(folder, 'stack.json'), JSON.stringify(portFile));
    expect(await findHolder(folder)).toEqual({ pid: 4711 });
  });

  test('removes its own note only', async () => {
    await writeHolder(folder, 4712);
    await removeHolder(folder, 4711);
    expect(await readdir(folder)).toEqual(['holder']);
    await removeHolder(folder, 4712);
    expect(await readdir(folder)).toEqual([]);
  });
});
