import { createServer, type RequestListener, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { afterEach, describe, expect, test } from 'vitest';
import { openHttp } from '../../src/index/http.ts';
import { normaliseName } from '../../src/index/names.ts';
import { openUpstreamIndex } from '../../src/index/upstream-index.ts';
import { stackServer } from '../../src/local/server.ts';

const demo = normaliseName('demo');
const pace = { limit: { windowMilliseconds: 150, minBytesPerSecond: 1_000 }, now: () => performance.now() };
const network = { trustedHosts: [], timeoutSeconds: 5 };

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function listen(server: Server): Promise<string> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Sends a byte every 20 milliseconds until the client leaves. */
function trickle(target: ServerResponse | Socket, text: string | Buffer = 'x'): void {
  const timer = setInterval(() => target.write(text), 20);
  target.on('close', () => clearInterval(timer));
}

const trickling: RequestListener = (_request, response) => {
  response.writeHead(200, { 'content-type': 'text/html', 'content-length': 1_000_000 });
  trickle(response);
};

function openIndex(...indexUrls: string[]) {
  const index = openUpstreamIndex(
    { ...network, indexUrls, findLinks: [] },
    { cacheSeconds: 0, sleep: async () => {}, pace },
  );
  cleanups.push(() => index.close());
  return index;
}

describe('a server that sends two bytes at a time', () => {
  test('makes a page unreachable, which says why', async () => {
    const origin = await listen(createServer(trickling));
    expect(await openIndex(`${origin}/simple/`).page(demo)).toMatchObject({
      kind: 'unreachable',
      cause: expect.stringContaining('the server sent less than 1000 bytes a second'),
    });
  });

  test('does not hide the page of another index', async () => {
    const slow = await listen(createServer(trickling));
    const page = '<a href="demo-1.0-py3-none-any.whl#sha256=00">demo-1.0-py3-none-any.whl</a>';
    const fast = await listen(
      createServer((_request, response) => response.writeHead(200, { 'content-type': 'text/html' }).end(page)),
    );
    expect(await openIndex(`${slow}/simple/`, `${fast}/simple/`).page(demo)).toMatchObject({
      kind: 'found',
      complete: false,
      page: { files: [{ filename: 'demo-1.0-py3-none-any.whl' }] },
    });
  });

  test('fails a download as unavailable after three connections', async () => {
    let connections = 0;
    const origin = await listen(
      createServer((request, response) => {
        connections += 1;
        trickling(request, response);
      }),
    );
    const file = { filename: 'demo-1.0.tar.gz', url: `${origin}/demo-1.0.tar.gz`, hashes: {}, yanked: false } as const;
    const { stream } = await openIndex(`${origin}/simple/`).open(file);
    await expect(buffer(stream)).rejects.toMatchObject({
      code: 'file-unavailable',
      exit: 'unavailable',
      message: expect.stringContaining('the server sent less than 1000 bytes a second'),
      hint: expect.stringContaining('run the same command again'),
    });
    expect(connections).toBe(3);
  });
});

test('informational responses without end are not waited for', async () => {
  const origin = await listen(
    createTcpServer((socket) => {
      socket.on('error', () => {});
      socket.once('data', () => trickle(socket as Socket, 'HTTP/1.1 103 Early Hints\r\n\r\n'));
    }),
  );
  const http = openHttp(network, undefined, pace);
  cleanups.push(() => http.close());
  await expect(http.request(origin)).rejects.toMatchObject({
    code: 'connection-failed',
    message: expect.stringContaining('no final response within 0.15 s'),
  });
});

test('headers that arrive byte by byte are not waited for longer than the time limit', async () => {
  const origin = await listen(
    createTcpServer((socket) => {
      socket.on('error', () => {});
      socket.once('data', () => {
        socket.write('HTTP/1.1 200 OK\r\nx-slow: ');
        trickle(socket as Socket);
      });
    }),
  );
  const http = openHttp({ ...network, timeoutSeconds: 0.3 });
  cleanups.push(() => http.close());
  await expect(http.request(origin)).rejects.toMatchObject({ code: 'connection-failed', exit: 'unavailable' });
});

test('a reader that pauses is not taken for a slow server', async () => {
  const bytes = Buffer.alloc(2_000_000);
  const origin = await listen(createServer((_request, response) => response.end(bytes)));
  const http = openHttp(network, undefined, pace);
  cleanups.push(() => http.close());
  const { body } = await http.request(origin);
  await new Promise((resolve) => setTimeout(resolve, 400));
  let size = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) size += chunk.length;
  expect(size).toBe(bytes.length);
});

test('the local stack closes a connection whose request does not arrive', async () => {
  const limits = { headersTimeout: 100, requestTimeout: 100, connectionsCheckingInterval: 50 };
  const origin = await listen(
    stackServer(
      async () => ({ status: 200 }),
      () => {},
      limits,
    ),
  );
  const socket = connect(Number(new URL(origin).port), '127.0.0.1');
  socket.write('GET / HTTP/1.1\r\nx-slow: ');
  trickle(socket);
  socket.on('error', () => {});
  const answer = await new Promise<string>((resolve) => {
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk;
    });
    socket.on('close', () => resolve(text));
  });
  expect(answer).toContain('408 Request Timeout');
});
