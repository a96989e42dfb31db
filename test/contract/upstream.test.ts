import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';
import { AwspipError } from '../../src/errors.ts';
import { normaliseName } from '../../src/index/names.ts';
import type { IndexFile, ProjectName, UpstreamConfiguration } from '../../src/index/types.ts';
import { openUpstreamIndex } from '../../src/index/upstream-index.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

type TestServer = {
  readonly url: string;
  readonly port: number;
  readonly requests: IncomingMessage[];
  readonly server: Server;
};

async function startServer(listener: RequestListener): Promise<TestServer> {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    listener(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, port, requests, server };
}

function openUpstream(
  configuration: Partial<UpstreamConfiguration>,
  options: { cacheSeconds?: number; now?: () => number } = {},
) {
  const index = openUpstreamIndex(
    { indexUrls: [], findLinks: [], trustedHosts: [], timeoutSeconds: 5, ...configuration },
    { cacheSeconds: 0, sleep: async () => {}, ...options },
  );
  cleanups.push(() => index.close());
  return index;
}

function createFolder(): string {
  const directory = mkdtempSync(path.join(tmpdir(), 'awspip upstream '));
  cleanups.push(() => rmSync(directory, { recursive: true }));
  return directory;
}

const demo = normaliseName('demo');
const bytes = Buffer.from('any bytes, because the archive is not unpacked');
const sha256 = createHash('sha256').update(bytes).digest('hex');
const json = 'application/vnd.pypi.simple.v1+json';
const page = (...files: unknown[]): string => JSON.stringify({ meta: { 'api-version': '1.1' }, name: 'demo', files });
const entry = (filename: string, more = {}) => ({
  filename,
  url: `../../files/${filename}`,
  hashes: { sha256 },
  ...more,
});
const text = async (stream: Readable): Promise<string> => Buffer.concat(await stream.toArray()).toString();
const filenames = (result: Awaited<ReturnType<ReturnType<typeof openUpstreamIndex>['page']>>): string[] =>
  result.kind === 'found' ? result.page.files.map(({ filename }) => filename) : [result.kind];

/** A well-behaved index of one project: JSON, gzip and byte ranges. */
const goodIndex: RequestListener = (request, response) => {
  if (request.url === '/simple/demo/') {
    response.writeHead(200, { 'content-type': json, 'content-encoding': 'gzip' });
    return response.end(gzipSync(page(entry('demo-1.0.tar.gz', { size: bytes.length }))));
  }
  if (request.url === '/files/demo-1.0.tar.gz') {
    const [, start, end] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
    if (start === undefined) return response.writeHead(200, { 'content-length': bytes.length }).end(bytes);
    response.writeHead(206, { 'content-range': `bytes ${start}-${end}/${bytes.length}` });
    return response.end(bytes.subarray(Number(start), Number(end) + 1));
  }
  return response.writeHead(404).end('no such thing');
};

describe('an index over HTTP', () => {
  test('serves pages as JSON, files and ranges of files', async () => {
    const { url, requests } = await startServer(goodIndex);
    const index = openUpstream({ indexUrls: [`${url}/simple`] });
    const result = await index.page(demo);
    expect(result).toMatchObject({ kind: 'found', complete: true, from: [`${url}/simple/`] });
    expect(requests[0]?.headers.accept).toMatch(/^application\/vnd\.pypi\.simple\.v1\+json/);
    const [file] = result.kind === 'found' ? result.page.files : [];
    expect(file).toMatchObject({ url: `${url}/files/demo-1.0.tar.gz`, hashes: { sha256 }, size: bytes.length });
    const whole = await index.open(file as IndexFile);
    expect([await text(whole.stream), whole.size, whole.partial]).toEqual([bytes.toString(), bytes.length, false]);
    const part = await index.open(file as IndexFile, { start: 4, end: 9 });
    expect([await text(part.stream), part.size, part.partial]).toEqual(['bytes,', bytes.length, true]);
  });

  test('in HTML is parsed too, also after a redirect', async () => {
    const { url } = await startServer((request, response) => {
      if (request.url === '/simple/demo/') return response.writeHead(301, { location: '/mirror/demo/' }).end();
      response.writeHead(200, { 'content-type': 'text/html' });
      return response.end(`<a href="demo-1.0.zip#sha256=${sha256}">demo-1.0.zip</a>`);
    });
    const result = await openUpstream({ indexUrls: [`${url}/simple/`] }).page(demo);
    expect(result).toMatchObject({ page: { files: [{ url: `${url}/mirror/demo/demo-1.0.zip`, hashes: { sha256 } }] } });
  });

  test('gets its password for pages and files, and no other host does', async () => {
    const otherHost = await startServer((_request, response) => response.end(bytes));
    const { url, port, requests } = await startServer((request, response) => {
      if (request.headers.authorization === undefined) return response.writeHead(401).end();
      if (request.url?.startsWith('/away/'))
        return response.writeHead(302, { location: `${otherHost.url}/x.zip` }).end();
      response.writeHead(200, { 'content-type': json });
      return response.end(page(entry('demo-1.0.zip', { url: '/away/demo-1.0.zip' })));
    });
    const index = openUpstream({ indexUrls: [`http://us%40er:p%3Aw@127.0.0.1:${port}/simple/`] });
    const result = await index.page(demo);
    expect(JSON.stringify(result)).not.toContain('p%3Aw');
    expect(result).toMatchObject({ kind: 'found', from: [`${url}/simple/`] });
    const [file] = result.kind === 'found' ? result.page.files : [];
    expect(await text((await index.open(file as IndexFile)).stream)).toBe(bytes.toString());
    const basic = `Basic ${Buffer.from('us@er:p:w').toString('base64')}`;
    expect(requests.map(({ headers }) => headers.authorization)).toEqual([basic, basic]);
    expect(otherHost.requests.map(({ headers }) => headers.authorization)).toEqual([undefined]);
  });

  test('reports a missing project only for 404, not for a failure or denial', async () => {
    const missing = await startServer(goodIndex);
    const index = openUpstream({ indexUrls: [`${missing.url}/simple/`] });
    expect(await index.page(normaliseName('nope'))).toEqual({ kind: 'missing' });
    for (const status of [401, 403, 500, 503]) {
      const { url } = await startServer((_request, response) => response.writeHead(status).end());
      const result = await openUpstream({ indexUrls: [`${url}/simple/`] }).page(demo);
      expect(result).toEqual({
        kind: 'unreachable',
        cause: expect.stringContaining(`\`${url}/simple/\` responded with status ${status}`),
      });
    }
  });

  test.each([
    ['has another content type', 'application/pdf', 'x', 'not a simple-index page'],
    ['is broken JSON', json, '{"files": [', 'not a simple-index page'],
    ['is too large', 'text/html', 'x'.repeat(129 * 1024 * 1024), 'more than'],
  ])('whose response %s is unreachable', async (_description, contentType, body, cause) => {
    const { url } = await startServer((_request, response) =>
      response.writeHead(200, { 'content-type': contentType }).end(body),
    );
    const result = await openUpstream({ indexUrls: [`${url}/simple/`] }).page(demo);
    expect(result).toMatchObject({ kind: 'unreachable', cause: expect.stringContaining(cause) });
  });

  test('that sends a decompression bomb is rejected', async () => {
    const bomb = gzipSync(Buffer.alloc(129 * 1024 * 1024, ' '));
    const { url } = await startServer((_request, response) =>
      response.writeHead(200, { 'content-type': json, 'content-encoding': 'gzip' }).end(bomb),
    );
    const result = await openUpstream({ indexUrls: [`${url}/simple/`] }).page(demo);
    expect(result).toMatchObject({ kind: 'unreachable', cause: expect.stringContaining('more than') });
  });

  test('that fails is retried twice', async () => {
    let requestCount = 0;
    const { url } = await startServer((request, response) => {
      requestCount += 1;
      if (requestCount === 1) return response.socket?.destroy();
      return requestCount === 2 ? response.writeHead(503).end() : goodIndex(request, response);
    });
    expect(filenames(await openUpstream({ indexUrls: [`${url}/simple/`] }).page(demo))).toEqual(['demo-1.0.tar.gz']);
    expect(requestCount).toBe(3);
  });

  test('that never responds is abandoned after the time limit', async () => {
    const { url } = await startServer(() => {});
    const start = performance.now();
    const result = await openUpstream({ indexUrls: [`${url}/simple/`], timeoutSeconds: 0.3 }).page(demo);
    expect(result).toMatchObject({ kind: 'unreachable', cause: expect.stringContaining('no response') });
    expect(performance.now() - start).toBeLessThan(4000);
  });

  test('that is unreachable is skipped for 30 seconds, then retried', async () => {
    let time = 0;
    const { url, port, server } = await startServer(goodIndex);
    await new Promise((resolve) => server.close(resolve));
    const index = openUpstream({ indexUrls: [`${url}/simple/`] }, { now: () => time });
    const down = { kind: 'unreachable', cause: expect.stringContaining('no response') };
    expect(await index.page(demo)).toMatchObject(down);
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    expect(await index.page(demo)).toMatchObject(down);
    time += 30_000;
    expect(filenames(await index.page(demo))).toEqual(['demo-1.0.tar.gz']);
  });

  test('that redirects one project to an unreachable host still has the others', async () => {
    const { url } = await startServer((request, response) => {
      if (!request.url?.startsWith('/simple/moved/')) return goodIndex(request, response);
      return response.writeHead(302, { location: 'http://127.0.0.1:9/' }).end();
    });
    const index = openUpstream({ indexUrls: [`${url}/simple/`] });
    const moved = { kind: 'unreachable', cause: expect.stringContaining('127.0.0.1:9') };
    expect(await index.page(normaliseName('moved'))).toMatchObject(moved);
    expect(filenames(await index.page(demo))).toEqual(['demo-1.0.tar.gz']);
  });

  test('shares one request between concurrent callers and caches the page', async () => {
    let time = 0;
    const { url, requests } = await startServer(goodIndex);
    const index = openUpstream({ indexUrls: [`${url}/simple/`] }, { cacheSeconds: 10, now: () => time });
    await Promise.all(Array.from({ length: 20 }, () => index.page(demo)));
    time += 9_999;
    await index.page(demo);
    expect(requests).toHaveLength(1);
    time += 1;
    await index.page(demo);
    expect(requests).toHaveLength(2);
  });

  test('that lists a file it does not have fails with the name of the file', async () => {
    const { url } = await startServer(goodIndex);
    const file: IndexFile = {
      filename: 'demo-9.zip',
      url: `${url}/files/demo-9.zip?token=secret`,
      hashes: {},
      yanked: false,
    };
    const pendingFile = openUpstream({ indexUrls: [`${url}/simple/`] }).open(file);
    await expect(pendingFile).rejects.toThrow(AwspipError);
    await expect(pendingFile).rejects.toMatchObject({ code: 'file-unavailable', exit: 'unavailable' });
    await expect(pendingFile).rejects.toThrow(`\`demo-9.zip\` could not be fetched from \`${url}/files/demo-9.zip\``);
  });

  test('without range support sends the whole file, marked as not partial', async () => {
    const { url } = await startServer((_request, response) =>
      response.writeHead(200, { 'content-length': bytes.length }).end(bytes),
    );
    const file: IndexFile = { filename: 'demo-1.zip', url: `${url}/demo-1.zip`, hashes: {}, yanked: false };
    const openedFile = await openUpstream({ indexUrls: [`${url}/simple/`] }).open(file, { start: 1, end: 2 });
    expect([await text(openedFile.stream), openedFile.partial]).toEqual([bytes.toString(), false]);
  });
});

describe('metadata next to a wheel', () => {
  const metadata = 'Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n';
  const digest = createHash('sha256').update(metadata).digest('hex');
  const wheel = (url: string, coreMetadata: IndexFile['coreMetadata']): IndexFile => ({
    filename: 'demo-1.0-py3-none-any.whl',
    url: `${url}/demo-1.0-py3-none-any.whl?x=1`,
    hashes: {},
    yanked: false,
    coreMetadata,
  });

  test('is read when the index offers it and its digest matches', async () => {
    const { url, requests } = await startServer((_request, response) => response.end(metadata));
    const index = openUpstream({ indexUrls: [url] });
    expect(await index.metadata(wheel(url, { sha256: digest }))).toBe(metadata);
    expect(await index.metadata(wheel(url, true))).toBe(metadata);
    expect(requests[0]?.url).toBe('/demo-1.0-py3-none-any.whl.metadata?x=1');
  });

  test('is undefined when it is not offered, missing or has another digest', async () => {
    const { url, requests } = await startServer((_request, response) => response.end(metadata));
    const index = openUpstream({ indexUrls: [url] });
    expect(await index.metadata(wheel(url, undefined))).toBeUndefined();
    expect(requests).toEqual([]);
    expect(await index.metadata(wheel(url, { sha256: 'ab'.repeat(32) }))).toBeUndefined();
    const empty = await startServer((_request, response) => response.writeHead(404).end());
    expect(await index.metadata(wheel(empty.url, true))).toBeUndefined();
    expect(await index.metadata(wheel('http://127.0.0.1:1', true))).toBeUndefined();
  });
});

describe('several indexes', () => {
  test('are merged into one page with every file', async () => {
    const first = await startServer(goodIndex);
    const second = await startServer((_request, response) =>
      response.writeHead(200, { 'content-type': json }).end(page(entry('demo-2.0.zip'), entry('demo-1.0.tar.gz'))),
    );
    const result = await openUpstream({ indexUrls: [`${first.url}/simple/`, `${second.url}/simple/`] }).page(demo);
    expect(filenames(result)).toEqual(['demo-1.0.tar.gz', 'demo-2.0.zip']);
    expect(result).toMatchObject({
      complete: true,
      page: { files: [{ url: `${first.url}/files/demo-1.0.tar.gz` }, {}] },
    });
  });

  test('return an incomplete page when one of them fails', async () => {
    const good = await startServer(goodIndex);
    const bad = await startServer((_request, response) => response.writeHead(500).end());
    const index = openUpstream({ indexUrls: [`${good.url}/simple/`, `${bad.url}/simple/`] }, { cacheSeconds: 100 });
    const result = await index.page(demo);
    expect(filenames(result)).toEqual(['demo-1.0.tar.gz']);
    expect(result).toMatchObject({ kind: 'found', complete: false, from: [`${good.url}/simple/`] });
    expect(await index.page(normaliseName('nope'))).toMatchObject({ kind: 'unreachable' });
  });
});

describe('a proxy', () => {
  test('carries http requests in absolute form, with its own credentials', async () => {
    const proxy = await startServer((_request, response) =>
      response.writeHead(200, { 'content-type': json }).end(page(entry('demo-1.0.zip'))),
    );
    const index = openUpstream({
      indexUrls: ['http://index.invalid/simple/'],
      proxy: `http://me:s%40cret@127.0.0.1:${proxy.port}`,
    });
    expect(filenames(await index.page(demo))).toEqual(['demo-1.0.zip']);
    expect(proxy.requests[0]).toMatchObject({
      url: 'http://index.invalid/simple/demo/',
      headers: { 'proxy-authorization': `Basic ${Buffer.from('me:s@cret').toString('base64')}` },
    });
  });

  test('opens a tunnel for https', async () => {
    const proxy = await startServer(() => {});
    const requestCount = new Promise<string | undefined>((resolve) =>
      proxy.server.on('connect', (request, socket) => {
        resolve(request.url);
        socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
      }),
    );
    const index = openUpstream({
      indexUrls: ['https://index.invalid/simple/'],
      proxy: `127.0.0.1:${proxy.port}`,
    });
    expect(await index.page(demo)).toMatchObject({ kind: 'unreachable' });
    expect(await requestCount).toBe('index.invalid:443');
  });

  test('is bypassed for hosts in NO_PROXY', async () => {
    const { url } = await startServer(goodIndex);
    const index = openUpstream({
      indexUrls: [`${url}/simple/`],
      proxy: 'http://127.0.0.1:1',
      noProxy: 'x,127.0.0.1',
    });
    expect(filenames(await index.page(demo))).toEqual(['demo-1.0.tar.gz']);
  });

  test('with an unsupported scheme is a configuration error', () => {
    expect(() => openUpstream({ proxy: 'socks5://user:pw@host:1' })).toThrow(
      '`socks5://host:1` is not an http or https URL',
    );
  });
});

describe('a local source', () => {
  const createIndex = (): string => {
    const root = createFolder();
    mkdirSync(path.join(root, 'simple/demo'), { recursive: true });
    writeFileSync(path.join(root, 'demo-1.0.tar.gz'), bytes);
    writeFileSync(
      path.join(root, 'simple/demo/index.html'),
      '<a href="../../demo-1.0.tar.gz" data-requires-python="&gt;=3">x</a>',
    );
    return root;
  };

  test('serves an index with the digest and size of its files', async () => {
    const root = createIndex();
    const local = openUpstream({ indexUrls: [pathToFileURL(path.join(root, 'simple')).href] });
    const result = await local.page(demo);
    expect(result).toMatchObject({
      kind: 'found',
      complete: true,
      page: { files: [{ hashes: { sha256 }, size: bytes.length, requiresPython: '>=3' }] },
    });
    const [file] = result.kind === 'found' ? result.page.files : [];
    expect(await text((await local.open(file as IndexFile)).stream)).toBe(bytes.toString());
    const part = await local.open(file as IndexFile, { start: 4, end: 9 });
    expect([await text(part.stream), part.size, part.partial]).toEqual(['bytes,', bytes.length, true]);
    expect(await local.page(normaliseName('nope'))).toEqual({ kind: 'missing' });
  });

  test('does not read files outside the index for a name that is a path', async () => {
    const root = createIndex();
    const local = openUpstream({ indexUrls: [pathToFileURL(path.join(root, 'simple/demo')).href] });
    for (const name of ['../demo', '..%2fdemo', 'demo/../demo', '']) {
      expect(await local.page(name as ProjectName)).toEqual({ kind: 'missing' });
    }
  });

  test('without its index folder is unreachable', async () => {
    const local = openUpstream({ indexUrls: [pathToFileURL(path.join(createFolder(), 'gone')).href] });
    expect(await local.page(demo)).toMatchObject({
      kind: 'unreachable',
      cause: expect.stringContaining('does not exist'),
    });
  });

  test('serves --find-links from a folder, a page or one archive, limited to the project', async () => {
    const root = createIndex();
    writeFileSync(path.join(root, 'demo_extra-1.0.tar.gz'), bytes);
    writeFileSync(path.join(root, 'demo-2.0-py3-none-any.whl'), bytes);
    writeFileSync(path.join(root, 'links.html'), '<a href="demo-1.0.tar.gz">x</a><a href="other-1.0.tar.gz">y</a>');
    expect(filenames(await openUpstream({ findLinks: [root] }).page(demo))).toEqual([
      'demo-1.0.tar.gz',
      'demo-2.0-py3-none-any.whl',
    ]);
    const linksPage = openUpstream({ findLinks: [pathToFileURL(path.join(root, 'links.html')).href] });
    expect(filenames(await linksPage.page(demo))).toEqual(['demo-1.0.tar.gz']);
    expect(filenames(await openUpstream({ findLinks: [path.join(root, 'demo-1.0.tar.gz')] }).page(demo))).toEqual([
      'demo-1.0.tar.gz',
    ]);
    expect(await openUpstream({ findLinks: [root] }).page(normaliseName('nope'))).toEqual({ kind: 'missing' });
    expect(await openUpstream({ findLinks: [path.join(root, 'gone')] }).page(demo)).toMatchObject({
      kind: 'unreachable',
    });
  });

  test('is not reachable from a remote page', async () => {
    const { url } = await startServer((_request, response) =>
      response
        .writeHead(200, { 'content-type': 'text/html' })
        .end('<base href="file:///etc/"><a href="file:///etc/demo-1.0.zip">'),
    );
    const remote = openUpstream({ indexUrls: [`${url}/simple/`], findLinks: [`${url}/links`] });
    expect(filenames(await remote.page(demo))).toEqual([]);
    const file: IndexFile = { filename: 'demo-1.zip', url: 'file:///etc/hostname', hashes: {}, yanked: false };
    await expect(remote.open(file)).rejects.toMatchObject({ code: 'file-unavailable' });
  });
});

test('a page of links over HTTP is read once for all projects', async () => {
  const { url, requests } = await startServer((_request, response) =>
    response
      .writeHead(200, { 'content-type': 'text/html' })
      .end(`<a href="demo-1.0.zip#sha256=${sha256}">a</a><a href="/x/other-2.0.zip">b</a>`),
  );
  const index = openUpstream({ findLinks: [`${url}/links/page.html`] }, { cacheSeconds: 10 });
  expect(await index.page(demo)).toMatchObject({
    page: { files: [{ url: `${url}/links/demo-1.0.zip`, hashes: { sha256 } }] },
  });
  expect(filenames(await index.page(normaliseName('other')))).toEqual(['other-2.0.zip']);
  expect(await index.page(normaliseName('nope'))).toEqual({ kind: 'missing' });
  expect(requests).toHaveLength(1);
});

test.each(['ftp://host/simple/', 'git+https://host/x', 'https://'])('%s is rejected as an index URL', (url) => {
  expect(() => openUpstream({ indexUrls: [url] })).toThrow('which is not an index URL');
});

test('unreadable certificates are a configuration error that names the file', () => {
  expect(() => openUpstream({ caFile: '/nowhere/ca.pem' })).toThrow('`/nowhere/ca.pem` could not be read');
});
