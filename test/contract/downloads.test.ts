import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { normaliseName } from '../../src/index/names.ts';
import type { IndexFile, UpstreamIndex } from '../../src/index/types.ts';
import { openUpstreamIndex } from '../../src/index/upstream-index.ts';
import { blobStore } from '../../src/local/packages/blob-store.ts';

const bytes = randomBytes(3_000_000);
const half = 1_500_000;
const etag = '"v1"';
const demo = normaliseName('demo');

type Handler = (request: IncomingMessage, response: ServerResponse, at: number) => void;

let handler: Handler;
let ranges: (string | undefined)[];
let pauses: number[];
let origin: string;
let index: UpstreamIndex;
const server = createServer((request, response) => {
  ranges.push(request.headers.range);
  handler(request, response, ranges.length);
});

beforeEach(async () => {
  ranges = [];
  pauses = [];
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  index = openUpstreamIndex(
    { indexUrls: [`${origin}/simple/`], findLinks: [], trustedHosts: [], timeoutSeconds: 0.5 },
    {
      cacheSeconds: 0,
      now: () => Date.parse('2026-11-23T00:00:00Z'),
      sleep: async (milliseconds) => void pauses.push(milliseconds),
    },
  );
});
afterEach(async () => {
  await index.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const file = (): IndexFile => ({
  filename: 'demo-1.0.tar.gz',
  url: `${origin}/files/demo-1.0.tar.gz`,
  hashes: { sha256: createHash('sha256').update(bytes).digest('hex') },
  yanked: false,
});

async function read(range?: { start: number; end: number }): Promise<Buffer> {
  return Buffer.concat(await (await index.open(file(), range)).stream.toArray());
}

/** Sends a part of the file with status 206, up to `until`, and then ends or resets the connection. */
function sendRange(request: IncomingMessage, response: ServerResponse, until = bytes.length): void {
  const [, start = '0', end = ''] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') ?? [];
  const last = end === '' ? bytes.length - 1 : Number(end);
  response.writeHead(206, {
    etag,
    'content-range': `bytes ${start}-${last}/${bytes.length}`,
    'content-length': last + 1 - Number(start),
  });
  send(request, response, Number(start), Math.min(until, last + 1));
}

function sendWhole(request: IncomingMessage, response: ServerResponse, until = bytes.length): void {
  response.writeHead(200, { etag, 'content-length': bytes.length });
  send(request, response, 0, until);
}

function send(request: IncomingMessage, response: ServerResponse, start: number, until: number): void {
  if (until === bytes.length) return void response.end(bytes.subarray(start));
  response.write(bytes.subarray(start, until), () => setTimeout(() => request.socket.resetAndDestroy(), 20));
}

describe('a download that breaks off', () => {
  test('goes on where it stopped, for the same version of the file only', async () => {
    const conditions: unknown[] = [];
    handler = (request, response, at) => {
      conditions.push(request.headers['if-range']);
      if (at === 1) sendWhole(request, response, half);
      else sendRange(request, response, at === 2 ? half + 500_000 : undefined);
    };
    expect((await read()).equals(bytes)).toBe(true);
    expect(ranges).toHaveLength(3);
    expect(ranges.slice(1).every((range) => /^bytes=[1-9]\d+-$/.test(range ?? ''))).toBe(true);
    expect(conditions).toEqual([undefined, etag, etag]);
  });

  test('starts again if the server has no ranges, without repeating bytes', async () => {
    handler = (request, response, at) => sendWhole(request, response, at < 3 ? half * at * 0.5 : undefined);
    expect((await read()).equals(bytes)).toBe(true);
    expect(ranges).toHaveLength(3);
  });

  test('goes on within a requested range', async () => {
    handler = (request, response, at) => sendRange(request, response, at === 1 ? half : undefined);
    const part = await read({ start: 1000, end: 2_000_000 });
    expect(part.equals(bytes.subarray(1000, 2_000_001))).toBe(true);
    expect(ranges[1]).toMatch(/^bytes=\d+-2000000$/);
  });

  test('goes on after silence', async () => {
    handler = (request, response, at) => {
      if (at > 1) return sendRange(request, response);
      response.writeHead(200, { etag, 'content-length': bytes.length }).write(bytes.subarray(0, half));
    };
    expect((await read()).equals(bytes)).toBe(true);
    expect(ranges).toHaveLength(2);
  });

  test('is complete although the server sends smaller ranges than requested', async () => {
    handler = (request, response, at) => {
      if (at === 1) return sendWhole(request, response, half);
      const start = Number(/^bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1]);
      const part = bytes.subarray(start, start + 600_000);
      response
        .writeHead(206, { 'content-range': `bytes ${start}-${start + part.length - 1}/${bytes.length}` })
        .end(part);
    };
    expect((await read()).equals(bytes)).toBe(true);
  });

  test('fails with file, host and cause after three attempts without a byte', async () => {
    handler = (request, response, at) => {
      if (at === 1) return sendWhole(request, response, half);
      request.socket.resetAndDestroy();
    };
    await expect(read()).rejects.toMatchObject({
      code: 'file-unavailable',
      hint: expect.any(String),
      message: expect.stringMatching(/`demo-1\.0\.tar\.gz` could not be fetched from `.*127\.0\.0\.1.*ECONNRESET/),
    });
    handler = (request, response) => {
      response.writeHead(200, { 'content-length': bytes.length });
      response.flushHeaders();
      setTimeout(() => request.socket.resetAndDestroy(), 20);
    };
    await expect(read()).rejects.toMatchObject({
      code: 'file-unavailable',
      message: expect.stringMatching(
        /`demo-1\.0\.tar\.gz` could not be fetched from `http:\/\/127\.0\.0\.1.*broke off after 0 of 3000000 bytes/,
      ),
      hint: expect.stringContaining('again'),
    });
  });

  test('fails if the rest is refused', async () => {
    handler = (request, response, at) => {
      if (at === 1) return sendWhole(request, response, half);
      response.writeHead(403).end('denied');
    };
    await expect(read()).rejects.toMatchObject({ message: expect.stringContaining('status 403') });
  });

  test('is no longer fetched once its reader leaves', async () => {
    let closed = false;
    handler = (_request, response) => {
      response.on('close', () => {
        closed = true;
      });
      response.writeHead(200, { 'content-length': bytes.length }).write(bytes.subarray(0, half));
    };
    const { stream } = await index.open(file());
    await new Promise((resolve) => stream.once('data', resolve));
    stream.destroy();
    await expect.poll(() => closed).toBe(true);
    expect(ranges).toHaveLength(1);
  });
});

test('a stalled download fails for everybody who reads it, and the next reader starts again', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'awspip-downloads-'));
  handler = (_request, response) => {
    response.writeHead(200, { etag, 'content-length': bytes.length }).write(bytes.subarray(0, half));
  };
  const blobs = await blobStore(folder);
  const { hashes } = file();
  const open = () => blobs.open(hashes.sha256 ?? '', hashes, () => index.open(file()));
  const read = async () => buffer(Readable.from((await open()).read()));
  const readers = await Promise.allSettled([read(), read()]);
  expect(readers).toEqual([
    { status: 'rejected', reason: expect.objectContaining({ message: expect.stringContaining('demo-1.0.tar.gz') }) },
    { status: 'rejected', reason: expect.objectContaining({ message: expect.stringContaining('no data within') }) },
  ]);
  handler = (request, response) => sendWhole(request, response);
  expect((await read()).equals(bytes)).toBe(true);
  await rm(folder, { recursive: true });
});

describe('Retry-After', () => {
  test.each([
    ['seconds', '7', 7_000],
    ['a date', 'Mon, 23 Nov 2026 00:00:09 GMT', 9_000],
    ['a date in the past', 'Sun, 22 Nov 2026 00:00:00 GMT', 300],
    ['nonsense', 'soon', 300],
  ])('in %s sets the pause', async (_description, retryAfter, pause) => {
    handler = (request, response, at) => {
      if (at === 1) return void response.writeHead(429, { 'retry-after': retryAfter }).end('slow down');
      sendWhole(request, response);
    };
    expect((await read()).length).toBe(bytes.length);
    expect(pauses).toEqual([pause]);
  });

  test('that is too long ends the retries, and is named', async () => {
    handler = (_request, response) => void response.writeHead(503, { 'retry-after': '3600' }).end();
    await expect(read()).rejects.toMatchObject({ message: expect.stringContaining('503 (Retry-After: 3600 s)') });
    expect(ranges).toHaveLength(1);
  });
});

describe('a page with status 200 that is no index page', () => {
  const html =
    (body: string): Handler =>
    (_request, response) =>
      void response.writeHead(200, { 'content-type': 'text/html' }).end(body);

  test.each([
    ['a login', '<title>Company login</title><form action="/login"><input type="password"></form>'],
    ['a login with links', '<title>Links</title><a href="/">home</a><form><input name="user"></form>'],
    ['a page of a proxy', '<title>Access denied</title><h1>Blocked by policy</h1><a href="/help">help</a>'],
    ['a script that redirects', '<html><script>location = "/login"</script></html>'],
  ])('is an error that names the URL: %s', async (_description, body) => {
    handler = html(body);
    expect(await index.page(demo)).toEqual({
      kind: 'unreachable',
      cause: expect.stringContaining(`\`${origin}/simple/demo/\` is not a simple-index page`),
    });
  });

  test.each([
    ['with its title', '<title>Links for demo</title><h1>Links for demo</h1>'],
    ['with the API version', '<meta name="pypi:repository-version" content="1.1"><title>x</title>'],
    ['without a title', '<!DOCTYPE html><html><body></body></html>'],
    ['of a server’s folder', '<title>Index of /simple/demo</title><a href="../">../</a>'],
  ])('an index page without files is found: %s', async (_description, body) => {
    handler = html(body);
    expect(await index.page(demo)).toMatchObject({ kind: 'found', page: { files: [] } });
  });
});
