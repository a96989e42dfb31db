import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openInspectionWorker } from '../../src/workflow/inspection-worker.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'awspip-test-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Writes a worker that answers by the file name. */
async function worker(): Promise<string> {
  const script = path.join(folder, 'worker.mjs');
  await writeFile(
    script,
    `import { parentPort } from 'node:worker_threads';
    parentPort.on('message', ({ filename, archive }) => {
      if (filename === 'exit') process.exit();
      if (filename === 'throw') throw new Error('broken');
      if (filename === 'missing') return parentPort.postMessage({ failure: 'no such file' });
      parentPort.postMessage({ inspection: { filename, findings: [], unreadable: archive } });
    });`,
  );
  return script;
}

test('a file is inspected in the worker, and an error of the file system is the error of the call', async () => {
  const inspect = openInspectionWorker(await worker());
  expect(await inspect({ filename: 'a', archive: 'in the worker' })).toMatchObject({ unreadable: 'in the worker' });
  await expect(inspect({ filename: 'missing', archive: '' })).rejects.toThrow('no such file');
});

test('a file that ends the worker is unreadable, and the files before and after it are not', async () => {
  const inspect = openInspectionWorker(await worker());
  const results = await Promise.all(
    ['before', 'exit', 'between', 'throw', 'after'].map((filename) => inspect({ filename, archive: 'fine' })),
  );
  expect(results.map(({ unreadable }) => unreadable)).toEqual([
    ...['fine', 'could not be inspected', 'fine', 'needs too much memory to be inspected', 'fine'],
  ]);
});

test('without the bundled worker, files are inspected in this thread', async () => {
  const archive = path.join(folder, 'a-1.tar.gz');
  await writeFile(archive, 'no archive');
  expect(await openInspectionWorker(undefined)({ filename: 'a-1.tar.gz', archive })).toMatchObject({
    filename: 'a-1.tar.gz',
    unreadable: expect.any(String),
  });
});
