import { createServer, request } from 'node:http';
import { type AddressInfo, connect, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { OtherHosts, Relay } from '../../src/relay/types.ts';
import { type Harness, openHarness } from '../relay/harness.ts';

let harness: Harness;
const servers: { close(): unknown }[] = [];
const portOf = (server: Server) => (server.address() as AddressInfo).port;

async function listen<T extends Server>(server: T): Promise<T> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  servers.push(server);
  return server;
}

beforeAll(async () => {
  harness = await openHarness();
});
afterAll(async () => {
  await harness.close();
  for (const server of servers) server.close();
});

/** Answers what it received when the client has ended its direction, so that a half-closed connection is needed. */
const echoAtEnd = () =>
  createTcpServer({ allowHalfOpen: true }, (socket) => {
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk;
    });
    socket.on('end', () => socket.end(`got ${text}`));
    socket.on('error', () => {});
  });

const openRelay = (otherHosts: Partial<OtherHosts> = {}) =>
  harness.relay({ otherHosts: { indexes: [], proxyFor: () => undefined, ...otherHosts } });

function authorization(proxyUrl: string): string {
  const { username, password } = new URL(proxyUrl);
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

/** Sends CONNECT and a text, ends its direction, and returns all that it received. */
async function tunnel(proxyUrl: string, target: string, text: string, header = ''): Promise<string> {
  const socket = connect(Number(new URL(proxyUrl).port), '127.0.0.1');
  let received = '';
  socket.write(
    `CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\nProxy-Authorization: ${authorization(proxyUrl)}\r\n${header}\r\n`,
  );
  socket.on('data', (chunk) => {
    if (received === '' && `${chunk}`.includes('200')) socket.end(text);
    received += chunk;
  });
  await new Promise((resolve) => socket.on('close', resolve).on('error', resolve));
  return received;
}

async function plain(
  relay: Relay,
  url: string,
  options: { agent?: string; method?: string; body?: string; chunks?: readonly string[] } = {},
) {
  const { agent = 'curl/8', method = 'GET', body, chunks } = options;
  return new Promise<{ status: number | undefined; body: string }>((resolve, reject) => {
    const sent = request(
      {
        host: '127.0.0.1',
        port: new URL(relay.programProxyUrl).port,
        path: url,
        method,
        headers: {
          'proxy-authorization': authorization(relay.programProxyUrl),
          'user-agent': agent,
          ...(chunks && { 'transfer-encoding': 'chunked' }),
        },
      },
      (response) => {
        let text = '';
        response.on('data', (chunk) => {
          text += chunk;
        });
        response.on('end', () => resolve({ status: response.statusCode, body: text }));
      },
    );
    sent.on('error', reject);
    for (const chunk of chunks ?? []) sent.write(chunk);
    sent.end(body);
  });
}

test('a program reaches another host, and each direction ends by itself', async () => {
  const echo = await listen(echoAtEnd());
  const relay = await openRelay();
  const received = await tunnel(relay.programProxyUrl, `127.0.0.1:${portOf(echo)}`, 'x'.repeat(300_000));
  expect(received).toMatch(/^HTTP\/1\.1 200 .*\r\n\r\ngot x{300000}$/s);
  expect(relay.observed().blockedHosts).toEqual([]);
});

test('an installer reaches no other host, and neither does a program without `otherHosts`', async () => {
  const echo = await listen(echoAtEnd());
  const target = `127.0.0.1:${portOf(echo)}`;
  const relay = await openRelay();
  expect(await tunnel(relay.proxyUrl, target, '')).toMatch(/^HTTP\/1\.1 403 /);
  expect(await tunnel(relay.programProxyUrl, target, '', 'User-Agent: pip/24.0\r\n')).toMatch(/^HTTP\/1\.1 403 /);
  const closed = await harness.relay();
  expect(await tunnel(closed.programProxyUrl, target, '')).toMatch(/^HTTP\/1\.1 403 /);
  expect([relay.observed().blockedHosts, closed.observed().blockedHosts]).toEqual([[target], [target]]);
});

test('a package host is blocked and recorded, also as a configured index', async () => {
  const echo = await listen(echoAtEnd());
  const index = `127.0.0.1:${portOf(echo)}`;
  const relay = await openRelay({ indexes: [index] });
  for (const target of ['pypi.org:443', index]) {
    expect(await tunnel(relay.programProxyUrl, target, '')).toMatch(/^HTTP\/1\.1 403 /);
  }
  expect(relay.observed().blockedHosts).toEqual(['pypi.org:443', index]);
});

test("a tunnel goes through the user's proxy with its credentials", async () => {
  const echo = await listen(echoAtEnd());
  const seen: string[] = [];
  const proxy = await listen(createServer());
  proxy.on('connect', (asked: { url?: string; headers: Record<string, string> }, client: Socket) => {
    seen.push(`${asked.url} ${asked.headers['proxy-authorization']}`);
    const target = connect({ port: portOf(echo), host: '127.0.0.1', allowHalfOpen: true }, () => {
      client.write('HTTP/1.1 200 OK\r\n\r\n');
      client.pipe(target).pipe(client);
    });
  });
  const relay = await openRelay({ proxyFor: () => new URL(`http://u%40:p@127.0.0.1:${portOf(proxy)}`) });
  expect(await tunnel(relay.programProxyUrl, 'other.example:443', 'hello')).toMatch(/got hello$/);
  expect(seen).toEqual([`other.example:443 Basic ${Buffer.from('u@:p').toString('base64')}`]);
});

test('a host that refuses the connection is 502, an unreadable one 400', async () => {
  const gone = await listen(createTcpServer());
  const port = portOf(gone);
  await new Promise((resolve) => gone.close(resolve));
  const relay = await openRelay();
  expect(await tunnel(relay.programProxyUrl, `127.0.0.1:${port}`, '')).toMatch(/^HTTP\/1\.1 502 /);
  expect(await tunnel(relay.programProxyUrl, '127.0.0.1:99999', '')).toMatch(/^HTTP\/1\.1 400 /);
});

test('plain http is sent on with its body, except that of an installer', async () => {
  const server = await listen(
    createServer(async (asked, response) => {
      let text = '';
      for await (const chunk of asked) text += chunk;
      response.writeHead(418).end(`${asked.method} ${asked.url} ${text} ${asked.headers['proxy-authorization']}`);
    }),
  );
  const url = `http://127.0.0.1:${portOf(server)}/path?q=1`;
  const relay = await openRelay();
  const sent = await plain(relay, url, { method: 'PUT', body: 'content' });
  expect(sent).toEqual({ status: 418, body: 'PUT /path?q=1 content undefined' });
  const chunked = await plain(relay, url, { method: 'DELETE', chunks: ['one ', 'two'] });
  expect(chunked.body).toBe('DELETE /path?q=1 one two undefined');
  expect((await plain(relay, url, { method: 'POST' })).body).toBe('POST /path?q=1  undefined');
  for (const agent of ['pip/24.0', 'uv/0.9', 'setuptools/65 Python-urllib/3.11']) {
    expect(await plain(relay, url, { agent })).toMatchObject({ status: 403 });
  }
  expect(relay.observed().blockedHosts).toEqual([new URL(url).host]);
});

test('the end of the relay ends open tunnels', async () => {
  const held = await listen(createTcpServer((socket) => void socket.on('error', () => {})));
  const relay = await openRelay();
  const { port } = new URL(relay.programProxyUrl);
  const socket = connect(Number(port), '127.0.0.1');
  socket.on('error', () => {});
  const target = `127.0.0.1:${portOf(held)}`;
  socket.write(
    `CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\nProxy-Authorization: ${authorization(relay.programProxyUrl)}\r\n\r\n`,
  );
  await new Promise((resolve) => socket.once('data', resolve));
  const closed = new Promise((resolve) => socket.once('close', resolve));
  await relay.close();
  await closed;
  expect(socket.destroyed).toBe(true);
});
