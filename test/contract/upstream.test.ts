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
import { upstreamIndex } from '../../src/index/upstream.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

type Double = {
  readonly url: string;
  readonly port: number;
  readonly requests: IncomingMessage[];
  readonly server: Server;
};

async function serve(listener: RequestListener): Promise<Double> {
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

function upstream(
  configuration: Partial<UpstreamConfiguration>,
  options: { cacheSeconds?: number; now?: () => number } = {},
) {
  const index = upstreamIndex(
    { indexUrls: [], findLinks: [], trustedHosts: [], timeoutSeconds: 5, ...configuration },
    { cacheSeconds: 0, sleep: async () => {}, ...options },
  );
  cleanups.push(() => index.close());
  return index;
}

function folder(): string {
  const made = mkdtempSync(path.join(tmpdir(), 'awspip upstream '));
  cleanups.push(() => rmSync(made, { recursive: true }));
  return made;
}

const demo = normaliseName('demo');
const bytes = Buffer.from('not really an archive, but bytes all the same');
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
const filenames = (answer: Awaited<ReturnType<ReturnType<typeof upstreamIndex>['page']>>): string[] =>
  answer.kind === 'found' ? answer.page.files.map(({ filename }) => filename) : [answer.kind];

/** An index of one project, in JSON, gzip and with ranges, as a good server does it. */
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
  test('is asked for JSON and gives pages, files and ranges of files', async () => {
    const { url, requests } = await serve(goodIndex);
    const index = upstream({ indexUrls: [`${url}/simple`] });
    const answer = await index.page(demo);
    expect(answer).toMatchObject({ kind: 'found', complete: true, from: [`${url}/simple/`] });
    expect(requests[0]?.headers.accept).toMatch(/^application\/vnd\.pypi\.simple\.v1\+json/);
    const [file] = answer.kind === 'found' ? answer.page.files : [];
    expect(file).toMatchObject({ url: `${url}/files/demo-1.0.tar.gz`, hashes: { sha256 }, size: bytes.length });
    const whole = await index.open(file as IndexFile);
    expect([await text(whole.stream), whole.size, whole.partial]).toEqual([bytes.toString(), bytes.length, false]);
    const part = await index.open(file as IndexFile, { start: 4, end: 9 });
    expect([await text(part.stream), part.size, part.partial]).toEqual(['really', bytes.length, true]);
  });

  test('in HTML, as old mirrors have it, is read too, wherever it redirects to', async () => {
    const { url } = await serve((request, response) => {
      if (request.url === '/simple/demo/') return response.writeHead(301, { location: '/mirror/demo/' }).end();
      response.writeHead(200, { 'content-type': 'text/html' });
      return response.end(`<a href="demo-1.0.zip#sha256=${sha256}">demo-1.0.zip</a>`);
    });
    const answer = await upstream({ indexUrls: [`${url}/simple/`] }).page(demo);
    expect(answer).toMatchObject({ page: { files: [{ url: `${url}/mirror/demo/demo-1.0.zip`, hashes: { sha256 } }] } });
  });

  test('behind a password gets it for its pages and files, and nobody else does', async () => {
    const stranger = await serve((_request, response) => response.end(bytes));
    const { url, port, requests } = await serve((request, response) => {
      if (request.headers.authorization === undefined) return response.writeHead(401).end();
      if (request.url?.startsWith('/away/'))
        return response.writeHead(302, { location: `${stranger.url}/x.zip` }).end();
      response.writeHead(200, { 'content-type': json });
      return response.end(page(entry('demo-1.0.zip', { url: '/away/demo-1.0.zip' })));
    });
    const index = upstream({ indexUrls: [`http://us%40er:p%3Aw@127.0.0.1:${port}/simple/`] });
    const answer = await index.page(demo);
    expect(JSON.stringify(answer)).not.toContain('p%3Aw');
    expect(answer).toMatchObject({ kind: 'found', from: [`${url}/simple/`] });
    const [file] = answer.kind === 'found' ? answer.page.files : [];
    expect(await text((await index.open(file as IndexFile)).stream)).toBe(bytes.toString());
    const basic = `Basic ${Buffer.from('us@er:p:w').toString('base64')}`;
    expect(requests.map(({ headers }) => headers.authorization)).toEqual([basic, basic]);
    expect(stranger.requests.map(({ headers }) => headers.authorization)).toEqual([undefined]);
  });

  test('that knows no such project says so; one that fails or denies says nothing', async () => {
    const missing = await serve(goodIndex);
    const index = upstream({ indexUrls: [`${missing.url}/simple/`] });
    expect(await index.page(normaliseName('nope'))).toEqual({ kind: 'missing' });
    for (const status of [401, 403, 500, 503]) {
      const { url } = await serve((_request, response) => response.writeHead(status).end());
      const answer = await upstream({ indexUrls: [`${url}/simple/`] }).page(demo);
      expect(answer).toEqual({ kind: 'unreachable', cause: `\`${url}/simple/\` answered with status ${status}` });
    }
  });

  test.each([
    ['is no index', 'application/pdf', 'x', 'no page of an index'],
    ['is broken JSON', json, '{"files": [', 'no page of an index'],
    ['is longer than any page', 'text/html', 'x'.repeat(33 * 1024 * 1024), 'more than'],
  ])('whose answer %s is unreachable', async (_what, contentType, body, cause) => {
    const { url } = await serve((_request, response) =>
      response.writeHead(200, { 'content-type': contentType }).end(body),
    );
    const answer = await upstream({ indexUrls: [`${url}/simple/`] }).page(demo);
    expect(answer).toMatchObject({ kind: 'unreachable', cause: expect.stringContaining(cause) });
  });

  test('that sends a bomb is cut off', async () => {
    const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024, ' '));
    const { url } = await serve((_request, response) =>
      response.writeHead(200, { 'content-type': json, 'content-encoding': 'gzip' }).end(bomb),
    );
    const answer = await upstream({ indexUrls: [`${url}/simple/`] }).page(demo);
    expect(answer).toMatchObject({ kind: 'unreachable', cause: expect.stringContaining('more than') });
  });

  test('that stumbles is asked again, twice', async () => {
    let asked = 0;
    const { url } = await serve((request, response) => {
      asked += 1;
      if (asked === 1) return response.socket?.destroy();
      return asked === 2 ? response.writeHead(503).end() : goodIndex(request, response);
    });
    expect(filenames(await upstream({ indexUrls: [`${url}/simple/`] }).page(demo))).toEqual(['demo-1.0.tar.gz']);
    expect(asked).toBe(3);
  });

  test('that never answers is given up in time', async () => {
    const { url } = await serve(() => {});
    const start = performance.now();
    const answer = await upstream({ indexUrls: [`${url}/simple/`], timeoutSeconds: 0.3 }).page(demo);
    expect(answer).toMatchObject({ kind: 'unreachable', cause: expect.stringContaining('no answer') });
    expect(performance.now() - start).toBeLessThan(4000);
  });

  test('that is not there is left alone for a while, then asked again', async () => {
    let time = 0;
    const { url, port, server } = await serve(goodIndex);
    await new Promise((resolve) => server.close(resolve));
    const index = upstream({ indexUrls: [`${url}/simple/`] }, { now: () => time });
    const down = { kind: 'unreachable', cause: expect.stringContaining('no answer') };
    expect(await index.page(demo)).toMatchObject(down);
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    expect(await index.page(demo)).toMatchObject(down);
    time += 30_000;
    expect(filenames(await index.page(demo))).toEqual(['demo-1.0.tar.gz']);
  });

  test('is asked once by however many ask at once, and held for as long as was said', async () => {
    let time = 0;
    const { url, requests } = await serve(goodIndex);
    const index = upstream({ indexUrls: [`${url}/simple/`] }, { cacheSeconds: 10, now: () => time });
    await Promise.all(Array.from({ length: 20 }, () => index.page(demo)));
    time += 9_999;
    await index.page(demo);
    expect(requests).toHaveLength(1);
    time += 1;
    await index.page(demo);
    expect(requests).toHaveLength(2);
  });

  test('that lists a file it does not have makes opening it fail, with its name', async () => {
    const { url } = await serve(goodIndex);
    const file: IndexFile = {
      filename: 'demo-9.zip',
      url: `${url}/files/demo-9.zip?token=secret`,
      hashes: {},
      yanked: false,
    };
    const opening = upstream({ indexUrls: [`${url}/simple/`] }).open(file);
    await expect(opening).rejects.toThrow(AwspipError);
    await expect(opening).rejects.toMatchObject({ code: 'file-unavailable', exit: 'unavailable' });
    await expect(opening).rejects.toThrow(`\`demo-9.zip\` could not be had from \`${url}/files/demo-9.zip\``);
  });

  test('that does not know ranges sends the whole file, and we can tell', async () => {
    const { url } = await serve((_request, response) =>
      response.writeHead(200, { 'content-length': bytes.length }).end(bytes),
    );
    const file: IndexFile = { filename: 'demo-1.zip', url: `${url}/demo-1.zip`, hashes: {}, yanked: false };
    const opened = await upstream({ indexUrls: [`${url}/simple/`] }).open(file, { start: 1, end: 2 });
    expect([await text(opened.stream), opened.partial]).toEqual([bytes.toString(), false]);
  });
});

describe('metadata beside a wheel', () => {
  const metadata = 'Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n';
  const digest = createHash('sha256').update(metadata).digest('hex');
  const wheel = (url: string, coreMetadata: IndexFile['coreMetadata']): IndexFile => ({
    filename: 'demo-1.0-py3-none-any.whl',
    url: `${url}/demo-1.0-py3-none-any.whl?x=1`,
    hashes: {},
    yanked: false,
    coreMetadata,
  });

  test('is read when the index offers it and its digest is right', async () => {
    const { url, requests } = await serve((_request, response) => response.end(metadata));
    const index = upstream({ indexUrls: [url] });
    expect(await index.metadata(wheel(url, { sha256: digest }))).toBe(metadata);
    expect(await index.metadata(wheel(url, true))).toBe(metadata);
    expect(requests[0]?.url).toBe('/demo-1.0-py3-none-any.whl.metadata?x=1');
  });

  test('is passed over when it is not offered, not there or not what was listed', async () => {
    const { url, requests } = await serve((_request, response) => response.end(metadata));
    const index = upstream({ indexUrls: [url] });
    expect(await index.metadata(wheel(url, undefined))).toBeUndefined();
    expect(requests).toEqual([]);
    expect(await index.metadata(wheel(url, { sha256: 'ab'.repeat(32) }))).toBeUndefined();
    const empty = await serve((_request, response) => response.writeHead(404).end());
    expect(await index.metadata(wheel(empty.url, true))).toBeUndefined();
    expect(await index.metadata(wheel('http://127.0.0.1:1', true))).toBeUndefined();
  });
});

describe('several indexes', () => {
  test('are one: every file of each', async () => {
    const first = await serve(goodIndex);
    const second = await serve((_request, response) =>
      response.writeHead(200, { 'content-type': json }).end(page(entry('demo-2.0.zip'), entry('demo-1.0.tar.gz'))),
    );
    const answer = await upstream({ indexUrls: [`${first.url}/simple/`, `${second.url}/simple/`] }).page(demo);
    expect(filenames(answer)).toEqual(['demo-1.0.tar.gz', 'demo-2.0.zip']);
    expect(answer).toMatchObject({
      complete: true,
      page: { files: [{ url: `${first.url}/files/demo-1.0.tar.gz` }, {}] },
    });
  });

  test('of which the second fails give what the first has, and say that it is not all', async () => {
    const good = await serve(goodIndex);
    const bad = await serve((_request, response) => response.writeHead(500).end());
    const index = upstream({ indexUrls: [`${good.url}/simple/`, `${bad.url}/simple/`] }, { cacheSeconds: 100 });
    const answer = await index.page(demo);
    expect(filenames(answer)).toEqual(['demo-1.0.tar.gz']);
    expect(answer).toMatchObject({ kind: 'found', complete: false, from: [`${good.url}/simple/`] });
    expect(await index.page(normaliseName('nope'))).toMatchObject({ kind: 'unreachable' });
  });
});

describe('a proxy', () => {
  test('carries http requests in absolute form, with its own credentials', async () => {
    const proxy = await serve((_request, response) =>
      response.writeHead(200, { 'content-type': json }).end(page(entry('demo-1.0.zip'))),
    );
    const index = upstream({
      indexUrls: ['http://index.invalid/simple/'],
      proxy: `http://me:s%40cret@127.0.0.1:${proxy.port}`,
    });
    expect(filenames(await index.page(demo))).toEqual(['demo-1.0.zip']);
    expect(proxy.requests[0]).toMatchObject({
      url: 'http://index.invalid/simple/demo/',
      headers: { 'proxy-authorization': `Basic ${Buffer.from('me:s@cret').toString('base64')}` },
    });
  });

  test('is asked for a tunnel to https', async () => {
    const proxy = await serve(() => {});
    const asked = new Promise<string | undefined>((resolve) =>
      proxy.server.on('connect', (request, socket) => {
        resolve(request.url);
        socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
      }),
    );
    const index = upstream({ indexUrls: ['https://index.invalid/simple/'], proxy: `127.0.0.1:${proxy.port}` });
    expect(await index.page(demo)).toMatchObject({ kind: 'unreachable' });
    expect(await asked).toBe('index.invalid:443');
  });

  test('is passed by for what NO_PROXY names', async () => {
    const { url } = await serve(goodIndex);
    const index = upstream({ indexUrls: [`${url}/simple/`], proxy: 'http://127.0.0.1:1', noProxy: 'x,127.0.0.1' });
    expect(filenames(await index.page(demo))).toEqual(['demo-1.0.tar.gz']);
  });

  test('that is none is a matter of configuration', () => {
    expect(() => upstream({ proxy: 'socks5://user:pw@host:1' })).toThrow(
      '`socks5://host:1` is not an http or https URL',
    );
  });
});

describe('this machine', () => {
  const index = (): string => {
    const root = folder();
    mkdirSync(path.join(root, 'simple/demo'), { recursive: true });
    writeFileSync(path.join(root, 'demo-1.0.tar.gz'), bytes);
    writeFileSync(
      path.join(root, 'simple/demo/index.html'),
      '<a href="../../demo-1.0.tar.gz" data-requires-python="&gt;=3">x</a>',
    );
    return root;
  };

  test('can hold an index: its files get the digest and size that they have', async () => {
    const root = index();
    const local = upstream({ indexUrls: [pathToFileURL(path.join(root, 'simple')).href] });
    const answer = await local.page(demo);
    expect(answer).toMatchObject({
      kind: 'found',
      complete: true,
      page: { files: [{ hashes: { sha256 }, size: bytes.length, requiresPython: '>=3' }] },
    });
    const [file] = answer.kind === 'found' ? answer.page.files : [];
    expect(await text((await local.open(file as IndexFile)).stream)).toBe(bytes.toString());
    const part = await local.open(file as IndexFile, { start: 4, end: 9 });
    expect([await text(part.stream), part.size, part.partial]).toEqual(['really', bytes.length, true]);
    expect(await local.page(normaliseName('nope'))).toEqual({ kind: 'missing' });
  });

  test('gives nothing away by a name that is a path', async () => {
    const root = index();
    const local = upstream({ indexUrls: [pathToFileURL(path.join(root, 'simple/demo')).href] });
    for (const name of ['../demo', '..%2fdemo', 'demo/../demo', '']) {
      expect(await local.page(name as ProjectName)).toEqual({ kind: 'missing' });
    }
  });

  test('without the folder of an index cannot be asked', async () => {
    const local = upstream({ indexUrls: [pathToFileURL(path.join(folder(), 'gone')).href] });
    expect(await local.page(demo)).toMatchObject({ kind: 'unreachable', cause: expect.stringContaining('no folder') });
  });

  test('can hold find-links: a folder, a page, one archive; only what belongs to the project', async () => {
    const root = index();
    writeFileSync(path.join(root, 'demo_extra-1.0.tar.gz'), bytes);
    writeFileSync(path.join(root, 'demo-2.0-py3-none-any.whl'), bytes);
    writeFileSync(path.join(root, 'links.html'), '<a href="demo-1.0.tar.gz">x</a><a href="other-1.0.tar.gz">y</a>');
    expect(filenames(await upstream({ findLinks: [root] }).page(demo))).toEqual([
      'demo-1.0.tar.gz',
      'demo-2.0-py3-none-any.whl',
    ]);
    const linksPage = upstream({ findLinks: [pathToFileURL(path.join(root, 'links.html')).href] });
    expect(filenames(await linksPage.page(demo))).toEqual(['demo-1.0.tar.gz']);
    expect(filenames(await upstream({ findLinks: [path.join(root, 'demo-1.0.tar.gz')] }).page(demo))).toEqual([
      'demo-1.0.tar.gz',
    ]);
    expect(await upstream({ findLinks: [root] }).page(normaliseName('nope'))).toEqual({ kind: 'missing' });
    expect(await upstream({ findLinks: [path.join(root, 'gone')] }).page(demo)).toMatchObject({ kind: 'unreachable' });
  });

  test('is no business of a page from afar', async () => {
    const { url } = await serve((_request, response) =>
      response
        .writeHead(200, { 'content-type': 'text/html' })
        .end('<base href="file:///etc/"><a href="file:///etc/demo-1.0.zip">'),
    );
    const remote = upstream({ indexUrls: [`${url}/simple/`], findLinks: [`${url}/links`] });
    expect(filenames(await remote.page(demo))).toEqual([]);
    const file: IndexFile = { filename: 'demo-1.zip', url: 'file:///etc/hostname', hashes: {}, yanked: false };
    await expect(remote.open(file)).rejects.toMatchObject({ code: 'file-unavailable' });
  });
});

test('a page of links over HTTP is read once for all projects', async () => {
  const { url, requests } = await serve((_request, response) =>
    response
      .writeHead(200, { 'content-type': 'text/html' })
      .end(`<a href="demo-1.0.zip#sha256=${sha256}">a</a><a href="/x/other-2.0.zip">b</a>`),
  );
  const index = upstream({ findLinks: [`${url}/links/page.html`] }, { cacheSeconds: 10 });
  expect(await index.page(demo)).toMatchObject({
    page: { files: [{ url: `${url}/links/demo-1.0.zip`, hashes: { sha256 } }] },
  });
  expect(filenames(await index.page(normaliseName('other')))).toEqual(['other-2.0.zip']);
  expect(await index.page(normaliseName('nope'))).toEqual({ kind: 'missing' });
  expect(requests).toHaveLength(1);
});

test.each(['ftp://host/simple/', 'git+https://host/x', 'https://'])('%s is refused as an index', (url) => {
  expect(() => upstream({ indexUrls: [url] })).toThrow('which is no URL of an index');
});

test('certificates that cannot be read are a matter of configuration, and the message names the file', () => {
  expect(() => upstream({ caFile: '/nowhere/ca.pem' })).toThrow('`/nowhere/ca.pem` could not be read');
});
