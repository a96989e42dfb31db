import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openHttp } from '../../src/index/http.ts';
import type { ProjectName } from '../../src/index/types.ts';
import type { ReadAheadPlan } from '../../src/relay/read-ahead/types.ts';
import type { Relay, RelayOptions } from '../../src/relay/types.ts';
import { until } from '../helpers/awspip.ts';
import { wheel } from '../relay/distributions.ts';
import { type Harness, openHarness, requestThroughRelay } from '../relay/harness.ts';
import { sha256 } from '../relay/repository-double.ts';

/** Pages and files are read before pip asks, over real sockets. Wrong guesses and failures never change what pip gets. */
const [top, leaf] = [wheel('top', '1.0', ['leaf']), wheel('leaf', '1.0')];
const texts = new Map([top, leaf].map(({ filename, bytes }) => [sha256(bytes), metadataOf(filename)]));
let harness: Harness;
let folder: string;

function metadataOf(filename: string): Buffer {
  const needs = filename.startsWith('top') ? 'Requires-Dist: leaf\n' : '';
  return Buffer.from(`Metadata-Version: 2.1\nName: ${filename.split('-')[0]}\nVersion: 1.0\n${needs}\n`);
}

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'awspip-test-'));
  harness = await openHarness();
  harness.repository.projects.set('top', [top]);
  harness.repository.projects.set('leaf', [leaf]);
});
afterEach(async () => {
  await harness.close();
  await rm(folder, { recursive: true, force: true });
});

const plan = (change: Partial<ReadAheadPlan> = {}): ReadAheadPlan => ({
  request: {
    ...{ roots: ['top'], constraints: [], pre: false, noDeps: false, isCertain: () => true, fetchesFiles: true },
    formatControl: { onlyBinary: [], noBinary: [] },
  },
  environmentOf: () => ({ markers: { python_version: '3.12' }, implementation: 'cpython', platform: 'linux_x86_64' }),
  folder: path.join(folder, 'spool'),
  ...change,
});
async function relayWith(change?: Partial<ReadAheadPlan>, options: Partial<RelayOptions> = {}): Promise<Relay> {
  const digests = new Map([...texts].map(([file, text]) => [file, sha256(text)]));
  const relay = await harness.relay({
    ...options,
    readAhead: plan(change),
    metadata: {
      digests: async () => digests,
      text: async (_name, digest) => [...texts.values()].find((text) => sha256(text) === digest),
      inWheel: async () => undefined,
    },
  });
  relay.reset();
  return relay;
}
const askPage = (relay: Relay, name: string) =>
  requestThroughRelay(relay, `http://${relay.host}/simple/${name}/`, { headers: { 'user-agent': 'pip/25.0 {}' } });
const download = (relay: Relay, { filename, bytes }: typeof top) =>
  requestThroughRelay(relay, `http://${relay.host}/files/${sha256(bytes).slice(0, 16)}/${filename}`);
const requestsOf = (filename: string) =>
  harness.repository.storeRequests.filter((request) => request.path.includes(filename)).length;
const spooled = async (): Promise<string[]> =>
  existsSync(path.join(folder, 'spool')) ? readdir(path.join(folder, 'spool')) : [];

/** With these, every file is in the folder. Otherwise small ones are in memory. */
const inFolder = { limits: { memoryBytes: 0 } };
const places = [
  ['memory', {}],
  ['a folder', inFolder],
] as const;

test('an interpreter that is named before its first request is enough to begin, and nothing counts as requested', async () => {
  const missing: string[] = [];
  const relay = await relayWith({}, { onMissingPage: (name) => missing.push(name) });
  relay.noteInterpreter('pip/25.0 {}');
  await until('both files', () => requestsOf('top') + requestsOf('leaf') === 2);
  expect(missing).toEqual([]);
  expect(relay.observed()).toMatchObject({ pages: new Map(), servedFiles: [] });
});

test('a root that the repository lacks is known before the first request', async () => {
  const missing: (readonly (string | undefined)[])[] = [];
  const onMissingPage: RelayOptions['onMissingPage'] = (...page) => missing.push(page);
  const request = { ...plan().request, roots: ['top', 'absent'] };
  const relay = await relayWith({ request }, { onMissingPage });
  relay.noteInterpreter('pip/25.0 {}');
  await until('the missing page', () => missing.length > 0);
  expect(missing).toEqual([['absent', 'pip/25.0 {}']]);
  expect(relay.observed().pages).toEqual(new Map());
  // Its vetting may end before pip asks. A run sees all of it or nothing.
  harness.repository.projects.set('absent', [wheel('absent', '1.0')]);
  expect((await askPage(relay, 'absent')).status).toBe(404);
  expect(relay.observed().pages.get('absent' as ProjectName)?.status).toBe(404);
  relay.reset();
  expect((await askPage(relay, 'absent')).status).toBe(200);
});

test.each(places)(
  'after the first page, the files of all requirements are in %s, and each is fetched once',
  async (_, place) => {
    const relay = await relayWith(place);
    await askPage(relay, 'top');
    await until('both files', () => requestsOf('top') + requestsOf('leaf') === 2);
    for (const file of [top, leaf]) {
      if (file === leaf) await askPage(relay, 'leaf');
      expect(await download(relay, file)).toMatchObject({ status: 200, body: file.bytes.toString('latin1') });
    }
    expect([requestsOf('top'), requestsOf('leaf')]).toEqual([1, 1]);
    expect(harness.repository.endpointRequests.filter(({ path: url }) => url.endsWith('/simple/leaf/'))).toHaveLength(
      1,
    );
    expect(relay.observed()).toMatchObject({ servedFiles: [top.filename, leaf.filename], failures: [] });
    expect(await spooled()).toHaveLength(place === inFolder ? 2 : 0);
  },
);

test.each(places)('a part of a file in %s is sent, and a HEAD request gets its size', async (_, place) => {
  const relay = await relayWith(place);
  await askPage(relay, 'top');
  await until('the file', () => requestsOf('top') === 1);
  await download(relay, top);
  const ask = (method: string, headers = {}) =>
    requestThroughRelay(relay, `http://${relay.host}/files/${sha256(top.bytes).slice(0, 16)}/${top.filename}`, {
      ...{ method, headers },
    });
  const range = `bytes 3-9/${top.bytes.length}`;
  expect(await ask('GET', { range: 'bytes=3-9' })).toMatchObject({
    ...{ status: 206, body: top.bytes.subarray(3, 10).toString('latin1'), headers: { 'content-range': range } },
  });
  expect(await ask('GET', { range: 'bytes=999999-' })).toMatchObject({ status: 416 });
  expect((await ask('HEAD')).headers['content-length']).toBe(`${top.bytes.length}`);
  expect(requestsOf('top')).toBe(1);
});

test('pip gets no METADATA address of a wheel that is here, and uv always does', async () => {
  const relay = await relayWith();
  const page = (name: string, agent: string) =>
    requestThroughRelay(relay, `http://${relay.host}/simple/${name}/`, {
      headers: { 'user-agent': agent, accept: 'application/vnd.pypi.simple.v1+json' },
    });
  expect((await page('top', 'pip/25.0 {}')).body).toContain('"core-metadata"');
  await until('the file', async () => !(await page('leaf', 'pip/25.0 {}')).body.includes('"core-metadata"'));
  expect((await page('leaf', 'uv/0.9.0')).body).toContain('"core-metadata"');
});

test('an installer that takes one release after the other finds the METADATA of the next ones read', async () => {
  const releases = ['4.0', '3.0', '2.0', '1.0'].map((version) => wheel('many', version));
  harness.repository.projects.set('many', releases);
  const own = new Map(
    releases.map(({ bytes, version }) => [sha256(bytes), Buffer.from(`Name: many\nVersion: ${version}\n\n`)]),
  );
  const read: string[] = [];
  const relay = await harness.relay({
    readAhead: plan({ request: { ...plan().request, roots: [] } }),
    metadata: {
      digests: async () => new Map([...own].map(([file, text]) => [file, sha256(text)])),
      text: async (_name, digest) => {
        const text = [...own.values()].find((each) => sha256(each) === digest);
        read.push(/Version: (.*)/.exec(String(text))?.[1] ?? '');
        return text;
      },
      inWheel: async () => undefined,
    },
  });
  relay.reset();
  await askPage(relay, 'many');
  const ask = ({ filename, bytes }: (typeof releases)[number]) =>
    requestThroughRelay(relay, `http://${relay.host}/files/${sha256(bytes).slice(0, 16)}/${filename}.metadata`);
  const [first, second, third] = releases as [typeof top, typeof top, typeof top];
  expect((await ask(first)).body).toContain('4.0');
  expect(read).toEqual(['4.0']);
  expect((await ask(second)).body).toContain('3.0');
  await until('the next ones', () => read.length === 4);
  expect((await ask(third)).body).toContain('2.0');
  expect(read).toEqual(['4.0', '3.0', '2.0', '1.0']);
  expect(harness.repository.endpointRequests.filter(({ path: url }) => url.endsWith('/simple/many/'))).toHaveLength(1);
});

test('what pip did not ask for is not in the log', async () => {
  harness.repository.projects.delete('leaf');
  const relay = await relayWith();
  await askPage(relay, 'top');
  await until('the file', () => requestsOf('top') === 1);
  const { pages, failures, servedFiles } = relay.observed();
  expect([[...pages.keys()], failures, servedFiles]).toEqual([['top'], [], []]);
});

describe.each(places)('in %s', (_place, place) => {
  test.each([
    ['breaks off', (bytes: Buffer) => bytes.subarray(0, 10)],
    ['has other bytes', (bytes: Buffer) => Buffer.from(bytes.map((byte) => byte ^ 1))],
  ])('a file that %s while it is read ahead is fetched again when pip asks', async (_, damage) => {
    let isFirst = true;
    harness.repository.send = ({ bytes, filename }, response) => {
      const isDamaged = isFirst && filename === top.filename;
      if (filename === top.filename) isFirst = false;
      if (!isDamaged) return void response.end(bytes);
      response.write(damage(bytes), () => response.destroy());
    };
    const relay = await relayWith(place);
    await askPage(relay, 'top');
    await until('both files', () => requestsOf('top') + requestsOf('leaf') === 2);
    expect(await download(relay, top)).toMatchObject({ status: 200, body: top.bytes.toString('latin1') });
    expect(requestsOf('top')).toBe(2);
    expect(relay.observed().failures).toEqual([]);
  });
});

test('without a place for the files, the installation goes on, and no connection stays open for them', async () => {
  const file = path.join(folder, 'file');
  await writeFile(file, '');
  const broken: string[] = [];
  harness.repository.send = ({ bytes, filename }, response) => {
    if (requestsOf(filename) > 1) return void response.end(bytes);
    response.once('close', () => broken.push(filename));
    response.write(bytes.subarray(0, 5));
  };
  const http = openHttp({ trustedHosts: [], timeoutSeconds: 600 });
  const relay = await relayWith({ ...inFolder, folder: path.join(file, 'spool') }, { http });
  await askPage(relay, 'top');
  await until('both connections to end', () => broken.length === 2);
  expect(await download(relay, top)).toMatchObject({ status: 200, body: top.bytes.toString('latin1') });
  await http.close();
});

test('a page that fails while it is read ahead is requested again by pip', async () => {
  let failures = 0;
  harness.repository.status = (url) => {
    if (!url.endsWith('/simple/leaf/') || failures > 0) return undefined;
    failures += 1;
    return 404;
  };
  const relay = await relayWith();
  await askPage(relay, 'top');
  await until('the failure', () => failures === 1);
  expect((await askPage(relay, 'leaf')).status).toBe(200);
  expect(relay.observed().failures).toEqual([]);
});

test('the files are gone when the relay ends, also those that are under way', async () => {
  harness.repository.send = ({ bytes }, response) => void response.write(bytes.subarray(0, 5));
  const relay = await relayWith(inFolder);
  await askPage(relay, 'top');
  await until('a file', async () => (await spooled()).length > 0);
  await relay.close();
  expect(existsSync(path.join(folder, 'spool'))).toBe(false);
});
