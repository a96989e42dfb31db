import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { withTemporaryFile, writeStream } from '../src/temporary-file.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'awspip-test-'));
});
afterAll(() => rm(folder, { recursive: true }));

test('a stream without an end is stopped at the limit', async () => {
  const endless = Readable.from(
    (function* () {
      for (;;) yield Buffer.alloc(1_024);
    })(),
  );
  const isComplete = await withTemporaryFile(folder, (target) => writeStream(target, endless, 10_000));
  expect([isComplete, endless.destroyed]).toEqual([false, true]);
});

test('a stream within the limit is written, and no file is left after an error', async () => {
  const written = await withTemporaryFile(folder, async (target) => {
    expect(await writeStream(target, Readable.from([Buffer.from('bytes')]), 5)).toBe(true);
    return readFile(target, 'utf8');
  });
  expect(written).toBe('bytes');
  const failing = withTemporaryFile(folder, async () => Promise.reject(new Error('broken')));
  await expect(failing).rejects.toThrow('broken');
  expect(await readdir(folder)).toEqual([]);
});
