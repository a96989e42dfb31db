import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { ProjectName } from '../../src/index/types.ts';
import type { Relay } from '../../src/relay/types.ts';
import type { WheelMetadata } from '../../src/relay/wheel-metadata.ts';
import { readStoredMetadata } from '../../src/workflow/wheel-metadata.ts';
import { wheel } from '../relay/distributions.ts';
import { type Harness, openHarness, requestPage, requestThroughRelay } from '../relay/harness.ts';
import { sha256 } from '../relay/repository-double.ts';

const alpha = wheel('alpha', '1.0', ['beta>=2']);
const other = { ...wheel('alpha', '2.0'), sha256: sha256(Buffer.from('other bytes')) };
const source = { filename: 'alpha-1.0.tar.gz', version: '1.0', bytes: Buffer.from('source') };
const text = Buffer.from('Metadata-Version: 2.2\nName: alpha\nVersion: 1.0\nRequires-Dist: beta>=2\n\n');
const recorded = new Map([alpha, wheel('alpha', '2.0'), source].map(({ bytes }) => [sha256(bytes), sha256(text)]));

let harness: Harness;
let temporaryFolder: string;
beforeEach(async () => {
  temporaryFolder = await mkdtemp(path.join(tmpdir(), 'awspip-test-'));
  vi.stubEnv('TMPDIR', temporaryFolder);
  harness = await openHarness();
  harness.repository.projects.set('alpha', [alpha, other, source]);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(temporaryFolder, { recursive: true });
  await harness.close();
});

const relayWith = (change: Partial<WheelMetadata> = {}) =>
  harness.relay({
    metadata: { digests: async () => recorded, text: async () => text, inWheel: readStoredMetadata, ...change },
  });
const metadataOf = async (relay: Relay) =>
  requestThroughRelay(
    relay,
    `http://${relay.host}/files/${sha256(alpha.bytes).slice(0, 16)}/${alpha.filename}.metadata`,
  );

test('a page offers the METADATA of recorded wheels only: not of other bytes, and not of sdists', async () => {
  const relay = await relayWith();
  const { files } = JSON.parse((await requestPage(relay, 'alpha')).body);
  expect(files.map((file: Record<string, unknown>) => [file.filename, file['core-metadata']])).toEqual([
    [alpha.filename, { sha256: sha256(text) }],
    [other.filename, undefined],
    [source.filename, undefined],
  ]);
  const html = (await requestPage(relay, 'alpha', 'text/html')).body;
  expect(html.match(/data-core-metadata="[^"]*"/g)).toEqual([`data-core-metadata="sha256=${sha256(text)}"`]);
  // pip 22.3 to 23.1 read the names of PEP 658, and fail on pages in JSON that have them.
  expect(html + JSON.stringify(files)).not.toContain('dist-info-metadata');
});

test('METADATA comes from the record, without a request for the wheel', async () => {
  const relay = await relayWith();
  await requestPage(relay, 'alpha');
  const response = await metadataOf(relay);
  expect(response).toMatchObject({ status: 200, body: text.toString() });
  expect(response.headers['cache-control']).toBe('public, max-age=31536000, immutable');
  expect(harness.repository.storeRequests).toEqual([]);
  expect(relay.observed()).toMatchObject({ servedFiles: [], failures: [] });
});

test('METADATA is served to an installer that did not request the page in this run', async () => {
  const relay = await relayWith();
  expect(await metadataOf(relay)).toMatchObject({ status: 200, body: text.toString() });
});

test.each([
  ['is missing', async () => undefined],
  ['has other text', async () => Buffer.from('Name: evil\n')],
])('a record whose text %s is replaced by the text in the wheel', async (_, readText) => {
  const relay = await relayWith({ text: readText });
  await requestPage(relay, 'alpha');
  expect(await metadataOf(relay)).toMatchObject({ status: 200, body: text.toString() });
  expect(relay.observed()).toMatchObject({ servedFiles: [], failures: [] });
  expect(await readdir(temporaryFolder)).toEqual([]);
});

test('text without the offered digest is never sent: the connection breaks, with the cause', async () => {
  const digests = async () => new Map([[sha256(alpha.bytes), sha256(Buffer.from('Name: evil\n'))]]);
  const relay = await relayWith({ digests });
  await requestPage(relay, 'alpha');
  await expect(metadataOf(relay)).rejects.toThrow();
  expect(relay.observed().failures).toMatchObject([
    { kind: 'unavailable', cause: expect.stringContaining('METADATA') },
  ]);
});

test('a wheel with other bytes than listed gives no METADATA', async () => {
  harness.repository.send = (_, response) => void response.end(Buffer.alloc(alpha.bytes.length));
  const relay = await relayWith({ text: async () => undefined });
  await requestPage(relay, 'alpha');
  await expect(metadataOf(relay)).rejects.toThrow();
  expect(relay.observed().failures).toMatchObject([{ kind: 'digest-mismatch' }]);
  expect(await readdir(temporaryFolder)).toEqual([]);
});

test('a file without recorded METADATA has none, and its page is served as before', async () => {
  const relay = await relayWith({ digests: async () => new Map() });
  expect((await requestPage(relay, 'alpha')).body).not.toContain('core-metadata');
  expect((await metadataOf(relay)).status).toBe(404);
});

test('the records are read while the page is requested', async () => {
  const events: string[] = [];
  const pageRequested = new Promise<void>((resolve) => {
    harness.repository.status = () => {
      resolve();
      return undefined;
    };
  });
  const digests = async (name: ProjectName) => {
    events.push(name);
    await pageRequested;
    return recorded;
  };
  const relay = await relayWith({ digests });
  expect((await requestPage(relay, 'alpha')).status).toBe(200);
  expect(events).toEqual(['alpha']);
});
