import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type PublishOptions, publishRelease } from '../../src/codeartifact/publish-release.ts';
import { openHttp } from '../../src/index/http.ts';
import { normaliseName } from '../../src/index/names.ts';
import { openUpstreamIndex } from '../../src/index/upstream-index.ts';
import { Secret } from '../../src/secret.ts';
import { assetsReply, describeReply, notFound, type Reply, routes, startApi } from '../codeartifact/api-double.ts';
import { wheel } from '../helpers/distributions.ts';

const files = ['a', 'b', 'c'].map((tag) => {
  const { filename, ...others } = wheel({ name: 'torchy', version: '2.3.1+cpu', files: { tag } });
  return { ...others, filename: filename.replace('py3-none-any', `cp312-cp312-${tag}`) };
});
const [first, second, third] = files as [(typeof files)[0], (typeof files)[0], (typeof files)[0]];
const digests = Object.fromEntries(files.map(({ filename, sha256 }) => [filename, sha256]));

const closers: (() => unknown)[] = [];
const uploads: { readonly fields: Record<string, string>; readonly bytes: Buffer; readonly filename: string }[] = [];
/** Statuses that the repository answers uploads with, before 200. */
let statuses: number[];
let tokens: (string | undefined)[];
/** Filename → bytes that the index sends in place of the published ones. */
let sent: Record<string, Buffer>;
let present: Record<string, string>;
let folder: string;
let clock: number;

async function start(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

beforeEach(async () => {
  [statuses, tokens, sent, present, clock] = [[], [], {}, {}, 0];
  uploads.length = 0;
  folder = await mkdtemp(path.join(tmpdir(), 'awspip-publish-'));
  closers.push(() => rm(folder, { recursive: true }));
});
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function publish(options: Partial<PublishOptions> = {}) {
  const index = await start((request, response) => {
    const name =
      decodeURIComponent(request.url ?? '')
        .split('/')
        .at(-1) ?? '';
    if (name !== '') {
      response.end(sent[name] ?? files.find(({ filename }) => filename === name)?.bytes);
      return;
    }
    const links = files.map(
      ({ filename, sha256 }) =>
        `<a data-requires-python="&gt;=3.8" href="/files/${encodeURIComponent(filename)}#sha256=${sha256}">x</a>`,
    );
    response.writeHead(200, { 'content-type': 'text/html' }).end(links.join(''));
  });
  const repository = await start(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    tokens.push(request.headers.authorization);
    const status = statuses.shift() ?? 200;
    if (status === 200) uploads.push(await readForm(Buffer.concat(chunks), request.headers['content-type'] ?? ''));
    response.writeHead(status).end(status === 200 ? '' : 'because\u001b[31m of this');
  });
  const api = await startApi({
    [routes.describe]: (): Reply => (Object.keys(present).length === 0 ? notFound : describeReply('Published', 'r1')),
    [routes.assets]: () => assetsReply('r1', present),
  });
  const network = { trustedHosts: [], timeoutSeconds: 5 };
  const http = openHttp(network);
  const indexes = [{ url: `${index}/simple`, names: ['torchy'] }];
  const upstream = openUpstreamIndex(
    { ...network, indexUrls: [], findLinks: [] },
    { cacheSeconds: 0, indexes: () => indexes },
  );
  closers.push(() => Promise.all([api.close(), http.close(), upstream.close()]));
  await publishRelease({
    ...{ client: api.client, domain: 'acme', repository: 'package-install', http, index: upstream },
    endpoint: `${repository}/pypi/package-install/`,
    token: async () => new Secret('old'),
    renewToken: async () => new Secret('new'),
    userAgentVersion: '1.2.3',
    release: { name: normaliseName('torchy'), version: '2.3.1+cpu' },
    sha256: digests,
    inTurn: (work) => work(),
    temporaryFolder: folder,
    now: () => clock,
    sleep: async () => {},
    ...options,
  });
}

async function readForm(body: Buffer, type: string) {
  const form = await new Response(new Uint8Array(body), { headers: { 'content-type': type } }).formData();
  const content = form.get('content') as File;
  const fields = Object.fromEntries([...form].filter(([name]) => name !== 'content')) as Record<string, string>;
  return { fields, bytes: Buffer.from(await content.arrayBuffer()), filename: content.name };
}

const uploaded = () => uploads.map(({ filename }) => filename);

test('every missing file is uploaded with its digest and version, the needed one first', async () => {
  present = { [first.filename]: first.sha256 };
  await publish({ needed: third.filename });
  expect(uploaded()).toEqual([third.filename, second.filename]);
  expect(uploads[0]?.bytes).toEqual(third.bytes);
  expect(uploads[0]?.fields).toMatchObject({
    ...{ ':action': 'file_upload', name: 'torchy', version: '2.3.1+cpu', filetype: 'bdist_wheel' },
    ...{ pyversion: 'cp312', requires_python: '>=3.8', sha256_digest: third.sha256 },
  });
  expect(await readdir(folder)).toEqual([]);
});

test('a file with other bytes than its index lists is not uploaded', async () => {
  sent = { [first.filename]: Buffer.from('other') };
  await expect(publish()).rejects.toMatchObject({ code: 'digest-mismatch' });
  expect(uploads).toEqual([]);
});

test('a file that was not judged, or that the repository has from elsewhere, ends the transfer before it begins', async () => {
  const { [third.filename]: _, ...judged } = digests;
  await expect(publish({ sha256: judged })).rejects.toMatchObject({ code: 'changed-since-judged' });
  present = { 'torchy-2.3.1+cpu-cp312-cp312-z.whl': 'f'.repeat(64) };
  await expect(publish()).rejects.toMatchObject({ code: 'other-files-imported' });
  present = { [first.filename]: 'f'.repeat(64) };
  await expect(publish()).rejects.toMatchObject({ code: 'other-files-imported' });
  expect(uploads).toEqual([]);
});

test('a rejected token is renewed once, and a failing service is tried again', async () => {
  statuses = [401, 503, 200];
  await publish();
  expect(uploaded()).toHaveLength(3);
  const basic = (token: string) => `Basic ${Buffer.from(`aws:${token}`).toString('base64')}`;
  expect(tokens.slice(0, 3)).toEqual([basic('old'), basic('new'), basic('new')]);
  statuses = [403, 403];
  await expect(publish()).rejects.toMatchObject({
    code: 'upload-denied',
    message: expect.stringContaining('answered 403'),
  });
  statuses = [409];
  const conflict = publish();
  await expect(conflict).rejects.toMatchObject({ code: 'upload-failed' });
  await expect(conflict).rejects.not.toThrow('\u001b');
});

test('files that there is no time for are left out, except the needed one', async () => {
  const inTurn: PublishOptions['inTurn'] = async (work) => {
    const result = await work();
    clock += 400_000;
    return result;
  };
  await publish({ inTurn, needed: second.filename });
  expect(uploaded()).toEqual([second.filename]);
  clock = 0;
  await expect(publish({ inTurn })).rejects.toMatchObject({ code: 'import-slow' });
});

test('an index that is down is not replaced by another', async () => {
  const index = {
    page: async () => ({ kind: 'unreachable', cause: 'down' }) as const,
    open: async () => Promise.reject(),
  };
  await expect(publish({ index })).rejects.toMatchObject({ code: 'index-unreachable' });
});
