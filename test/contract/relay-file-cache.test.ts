import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { cachedPath } from '../../src/relay/file-cache/cache-folder.ts';
import { openFileCache } from '../../src/relay/file-cache/file-cache.ts';
import type { Relay } from '../../src/relay/types.ts';
import { until } from '../helpers/awspip.ts';
import { wheel } from '../relay/distributions.ts';
import { type Harness, openHarness, requestThroughRelay } from '../relay/harness.ts';
import { sha256 } from '../relay/repository-double.ts';

/** Runs of awspip, one after the other, that share a cache of vetted files. */
const alpha = wheel('alpha', '1.0');
const digest = sha256(alpha.bytes);
let harness: Harness;
let folder: string;
let runs = 0;

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'awspip-test-'));
  harness = await openHarness();
  harness.repository.projects.set('alpha', [alpha]);
});
afterEach(async () => {
  await harness.close();
  await rm(folder, { recursive: true, force: true });
});

const cacheFolder = () => path.join(folder, 'awspip', 'files');
type Run = { readonly roots?: readonly string[]; readonly cached?: boolean; readonly maxBytes?: number };
function runWith({ roots = [], cached = true, maxBytes = 1e9 }: Run = {}): Promise<Relay> {
  runs += 1;
  return harness.relay({
    readAhead: {
      request: {
        ...{ roots, constraints: [], pre: false, noDeps: false, isCertain: () => true, fetchesFiles: true },
        formatControl: { onlyBinary: [], noBinary: [] },
      },
      environmentOf: () => ({
        markers: { python_version: '3.12' },
        implementation: 'cpython',
        platform: 'linux_x86_64',
      }),
      folder: path.join(folder, `spool-${runs}`),
      cache: cached ? openFileCache({ folder: cacheFolder(), maxBytes, now: Date.now, unique: randomUUID }) : undefined,
    },
  });
}
const download = (relay: Relay, headers: Record<string, string> = {}, method = 'GET') =>
  requestThroughRelay(relay, `http://${relay.host}/files/${digest.slice(0, 16)}/${alpha.filename}`, {
    headers,
    method,
  });
const whole = { status: 200, body: alpha.bytes.toString('latin1') };
const fetches = () => harness.repository.storeRequests.length;
/** Fills the cache by a run without read-ahead. */
async function fill(): Promise<void> {
  const relay = await runWith();
  expect(await download(relay)).toMatchObject(whole);
  await relay.close();
}

test('a file that one run fetched comes from the cache in the next, also if it is read ahead', async () => {
  await fill();
  const relay = await runWith({ roots: ['alpha'] });
  relay.reset();
  await requestThroughRelay(relay, `${relay.indexUrl}alpha/`, { headers: { 'user-agent': 'pip/25.0 {}' } });
  expect(await download(relay)).toMatchObject(whole);
  expect([fetches(), relay.observed().servedFiles]).toEqual([1, [alpha.filename]]);
});

test('pip does not copy a file of the cache into a cache of its own, and other installers may', async () => {
  const policyFor = async (userAgent: string) => {
    const relay = await runWith();
    const { headers } = await download(relay, { 'user-agent': userAgent });
    await relay.close();
    return headers['cache-control'];
  };
  // The first fetches the file, the others find it.
  expect(await policyFor('pip/25.0 {}')).toBe('no-store');
  expect(await policyFor('pip/25.0 {}')).toBe('no-store');
  expect(await policyFor('uv/0.8.0 {}')).toMatch(/immutable/);
  expect(fetches()).toBe(1);
});

test.each([
  ['without the cache', { cached: false }],
  ['that is too large for it', { maxBytes: alpha.bytes.length }],
])('pip may keep a file %s', async (_, run) => {
  const relay = await runWith({ roots: ['alpha'], ...run });
  relay.reset();
  const headers = { 'user-agent': 'pip/25.0 {}' };
  await requestThroughRelay(relay, `${relay.indexUrl}alpha/`, { headers });
  await until('the file', () => fetches() === 1);
  expect((await download(relay, headers)).headers['cache-control']).toMatch(/immutable/);
});

test('a file that was read ahead and never asked for is in the cache', async () => {
  const relay = await runWith({ roots: ['alpha'] });
  relay.reset();
  await requestThroughRelay(relay, `${relay.indexUrl}alpha/`, { headers: { 'user-agent': 'pip/25.0 {}' } });
  await until('the file', () => fetches() === 1);
  await until(
    'the cache',
    async () => (await readdir(path.dirname(cachedPath(cacheFolder(), digest))).catch(() => [])).length === 1,
  );
  await relay.close();
  expect(await download(await runWith())).toMatchObject(whole);
  expect(fetches()).toBe(1);
});

test('other bytes in the cache are replaced by those of the repository', async () => {
  await fill();
  await writeFile(cachedPath(cacheFolder(), digest), Buffer.alloc(alpha.bytes.length));
  const relay = await runWith();
  expect(await download(relay)).toMatchObject(whole);
  await relay.close();
  expect(await download(await runWith())).toMatchObject(whole);
  expect(fetches()).toBe(2);
});

test('a cached file that the repository no longer lists is not served', async () => {
  await fill();
  harness.repository.projects.set('alpha', [wheel('alpha', '2.0')]);
  expect((await download(await runWith())).status).toBe(404);
});

test('bytes that do not match the index are not kept', async () => {
  harness.repository.send = ({ bytes }, response) => void response.end(Buffer.alloc(bytes.length));
  const relay = await runWith();
  await expect(download(relay)).rejects.toThrow();
  await relay.close();
  const kept = await Promise.all(
    ['drafts', digest.slice(0, 2)].map((name) => readdir(path.join(cacheFolder(), name)).catch(() => [])),
  );
  expect(kept).toEqual([[], []]);
});

test('a run without the cache neither reads nor writes it', async () => {
  const relay = await runWith({ cached: false });
  await download(relay);
  await relay.close();
  await fill();
  await download(await runWith({ cached: false }));
  expect(fetches()).toBe(3);
});

test('parts of a file are served only once it is on this machine', async () => {
  const first = await runWith();
  expect((await download(first, {}, 'HEAD')).headers['accept-ranges']).toBe('none');
  expect(await download(first, { range: 'bytes=0-3' })).toMatchObject(whole);
  await first.close();
  const relay = await runWith();
  const size = alpha.bytes.length;
  const text = alpha.bytes.toString('latin1');
  const head = await download(relay, {}, 'HEAD');
  expect(head.headers).toMatchObject({ 'accept-ranges': 'bytes', 'content-length': String(size) });
  const tag = String(head.headers.etag);
  const part = (from: number, to: number) => ({
    status: 206,
    body: text.slice(from, to + 1),
    headers: expect.objectContaining({
      'content-range': `bytes ${from}-${to}/${size}`,
      'content-length': String(to - from + 1),
    }),
  });
  expect(await download(relay, { range: 'bytes=2-9' })).toMatchObject(part(2, 9));
  expect(await download(relay, { range: 'bytes=-5', 'if-range': tag })).toMatchObject(part(size - 5, size - 1));
  expect(await download(relay, { range: 'bytes=2-9', 'if-range': '"other"' })).toMatchObject(whole);
  expect(await download(relay, { range: 'bytes=0-1,4-5' })).toMatchObject(whole);
  expect(await download(relay, { range: `bytes=${size}-` })).toMatchObject({
    status: 416,
    headers: expect.objectContaining({ 'content-range': `bytes */${size}` }),
  });
  expect(fetches()).toBe(1);
});
