import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openInspectionWorker } from '../../src/workflow/inspection-worker.ts';
import { wheel } from '../helpers/distributions.ts';

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
    parentPort.on('message', ({ job, filename, archive }) => {
      if (filename === 'exit') process.exit();
      if (filename === 'throw') throw new Error('broken');
      if (filename === 'missing') return parentPort.postMessage({ failure: 'no such file' });
      if (job === 'metadata') return parentPort.postMessage({ result: { facts: { notes: [archive] } } });
      parentPort.postMessage({ result: { filename, findings: [], unreadable: archive } });
    });`,
  );
  return script;
}

test('a file is read in the worker, and an error of the file system is the error of the call', async () => {
  const { inspectFile, readMetadata } = openInspectionWorker(await worker());
  expect(await inspectFile({ filename: 'a', archive: 'in the worker' })).toMatchObject({ unreadable: 'in the worker' });
  expect(await readMetadata({ filename: 'a', archive: 'there too' })).toEqual({ facts: { notes: ['there too'] } });
  await expect(inspectFile({ filename: 'missing', archive: '' })).rejects.toThrow('no such file');
  await expect(readMetadata({ filename: 'missing', archive: '' })).rejects.toThrow('no such file');
});

test('a file that ends the worker is unreadable, and the files before and after it are not', async () => {
  const { inspectFile, readMetadata } = openInspectionWorker(await worker());
  const results = await Promise.all(
    ['before', 'exit', 'between', 'throw', 'after'].map((filename) => inspectFile({ filename, archive: 'fine' })),
  );
  expect(results.map(({ unreadable }) => unreadable)).toEqual([
    ...['fine', 'could not be inspected', 'fine', 'needs too much memory to be inspected', 'fine'],
  ]);
  await expect(readMetadata({ filename: 'exit', archive: '' })).rejects.toThrow('could not be inspected');
});

test('the worker has the next files before anyone reads its answer', async () => {
  const script = path.join(folder, 'all-at-once.mjs');
  await writeFile(
    script,
    `import { parentPort } from 'node:worker_threads';
    const received = [];
    parentPort.on('message', ({ filename }) => {
      received.push(filename);
      if (received.length < 3) return;
      for (const each of received) parentPort.postMessage({ result: { filename: each, findings: [] } });
    });`,
  );
  const { inspectFile } = openInspectionWorker(script);
  const results = await Promise.all(['a', 'b', 'c'].map((filename) => inspectFile({ filename, archive: '' })));
  expect(results.map(({ filename }) => filename)).toEqual(['a', 'b', 'c']);
});

test('without the bundled worker, files are read in this thread', async () => {
  const { inspectFile, readMetadata } = openInspectionWorker(undefined);
  const broken = path.join(folder, 'a-1.tar.gz');
  await writeFile(broken, 'no archive');
  expect(await inspectFile({ filename: 'a-1.tar.gz', archive: broken })).toMatchObject({
    filename: 'a-1.tar.gz',
    unreadable: expect.any(String),
  });
  const { filename, bytes } = wheel({ name: 'a', version: '1', requires: ['b'] });
  await writeFile(path.join(folder, filename), bytes);
  expect(await readMetadata({ filename, archive: path.join(folder, filename) })).toMatchObject({
    facts: { name: 'a', requirements: [{ name: 'b' }] },
    text: expect.any(Buffer),
  });
});
