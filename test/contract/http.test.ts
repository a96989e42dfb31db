import { readFileSync } from 'node:fs';
import { createServer as createHttp, type IncomingMessage, type RequestListener } from 'node:http';
import { createServer as createHttps } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import path from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { readBody } from '../../src/index/body.ts';
import { openHttp } from '../../src/index/http.ts';
import type { NetworkSettings } from '../../src/index/types.ts';

const fixtures = path.join(import.meta.dirname, '../fixtures/index');
const caFile = path.join(fixtures, 'loopback.pem');
const key = readFileSync(path.join(fixtures, 'loopback.key.pem'));
const cert = readFileSync(caFile);

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

async function serve(listener: RequestListener, secure = false) {
  const requests: IncomingMessage[] = [];
  const record: RequestListener = (request, response) => {
    requests.push(request);
    listener(request, response);
  };
  const server = secure ? createHttps({ key, cert }, record) : createHttp(record);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as AddressInfo;
  return { url: `${secure ? 'https' : 'http'}://127.0.0.1:${port}`, host: `127.0.0.1:${port}`, port, requests, server };
}

function open(network: Partial<NetworkSettings> = {}) {
  const http = openHttp({ trustedHosts: [], timeoutSeconds: 5, ...network });
  cleanups.push(() => http.close());
  const get = async (url: string, headers = {}): Promise<string> => {
    const answer = await http.request(url, { headers, followRedirects: true });
    return `${answer.status} ${await readBody(answer, 1000)}`;
  };
  return { ...http, get };
}

const hello: RequestListener = (_request, response) => void response.end('hello');
const redirect =
  (location: string, status = 302): RequestListener =>
  (_request, response) =>
    void response.writeHead(status, { location }).end('moved');

describe('https', () => {
  test('is refused with a certificate nobody vouches for, and the message says so', async () => {
    const { url } = await serve(hello, true);
    const refusal = open().get(url);
    await expect(refusal).rejects.toMatchObject({ code: 'connection-failed', exit: 'unavailable' });
    await expect(refusal).rejects.toThrow(/no answer from `127\.0\.0\.1:\d+`: self-signed certificate/);
  });

  test('is accepted with the CA file, or the folder of them, that vouches for it', async () => {
    const { url } = await serve(hello, true);
    expect(await open({ caFile }).get(url)).toBe('200 hello');
    expect(await open({ caFile: fixtures }).get(url)).toBe('200 hello');
  });

  test('is accepted unchecked from a trusted host, and from no other', async () => {
    const { url, host, port } = await serve(hello, true);
    expect(await open({ trustedHosts: [host] }).get(url)).toBe('200 hello');
    expect(await open({ trustedHosts: ['127.0.0.1'] }).get(url)).toBe('200 hello');
    await expect(open({ trustedHosts: ['127.0.0.1:1'] }).get(url)).rejects.toThrow('certificate');
    await expect(open({ trustedHosts: ['127.0.0.1'] }).get(`https://localhost:${port}`)).rejects.toThrow();
  });

  test('goes through the proxy in a tunnel that hides it, checked all the same', async () => {
    const { url, host, requests } = await serve(hello, true);
    const proxy = await serve(hello);
    const tunnels: (string | undefined)[] = [];
    proxy.server.on('connect', (request, socket, head) => {
      tunnels.push(`${request.url} ${request.headers['proxy-authorization']}`);
      const { hostname, port } = new URL(`http://${request.url}`);
      const onward = connect(Number(port), hostname, () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        onward.write(head);
        onward.pipe(socket).pipe(onward);
      });
      for (const end of [onward, socket]) end.on('error', () => {});
      cleanups.unshift(() => [onward, socket].map((end) => end.destroy()));
    });
    const settings = { proxy: `http://me:pw@${proxy.host}`, caFile };
    expect(await open(settings).get(url, { authorization: 'Bearer token' })).toBe('200 hello');
    expect(tunnels).toEqual([`${host} Basic ${Buffer.from('me:pw').toString('base64')}`]);
    expect(proxy.requests).toEqual([]);
    expect(requests[0]?.headers).not.toHaveProperty('proxy-authorization');
    await expect(open({ proxy: settings.proxy }).get(url)).rejects.toThrow('certificate');
  });
});

describe('a redirect', () => {
  test('is not followed unless asked', async () => {
    const { url } = await serve(redirect('/x'));
    const answer = await open().request(url);
    expect([answer.status, answer.headers.location, answer.url]).toEqual([302, '/x', `${url}/`]);
    await readBody(answer, 100);
  });

  test('to another origin loses authorization and cookies; within one it keeps them', async () => {
    const stranger = await serve(hello);
    const own = await serve((request, response) => {
      const location = request.url === '/first' ? '/second' : `${stranger.url}/third`;
      response.writeHead(307, { location }).end();
    });
    const headers = { Authorization: 'Bearer token', Cookie: 'a=b', 'X-Other': 'stays' };
    expect(await open().get(`${own.url}/first`, headers)).toBe('200 hello');
    expect(own.requests.map((request) => request.headers.authorization)).toEqual(['Bearer token', 'Bearer token']);
    expect(stranger.requests[0]?.headers).not.toHaveProperty('authorization');
    expect(stranger.requests[0]?.headers).not.toHaveProperty('cookie');
    expect(stranger.requests[0]?.headers).toHaveProperty('x-other', 'stays');
  });

  test('that came back to the first origin does not get its authorization back', async () => {
    const own = await serve((request, response) =>
      request.url === '/first' ? redirect(`${stranger.url}/`)(request, response) : hello(request, response),
    );
    const stranger = await serve((request, response) => redirect(`${own.url}/last`)(request, response));
    expect(await open().get(`${own.url}/first`, { authorization: 'Bearer token' })).toBe('200 hello');
    expect(own.requests.map((request) => request.headers.authorization)).toEqual(['Bearer token', undefined]);
  });

  test('from https to http is refused, unless that host is trusted', async () => {
    const plain = await serve(hello);
    const { url } = await serve(redirect(plain.url), true);
    await expect(open({ caFile }).get(url)).rejects.toMatchObject({ code: 'redirect-refused', exit: 'unavailable' });
    expect(plain.requests).toEqual([]);
    expect(await open({ caFile, trustedHosts: [plain.host] }).get(url)).toBe('200 hello');
  });

  test('without end is refused after ten', async () => {
    const { url, requests } = await serve(redirect('/again'));
    await expect(open().get(url)).rejects.toThrow('more than ten redirects');
    expect(requests).toHaveLength(11);
  });

  test('to what is not http is refused', async () => {
    const { url } = await serve(redirect('file:///etc/passwd'));
    await expect(open().get(url)).rejects.toThrow('a redirect to `file:`');
  });
});

test('a password in the URL is sent as Basic authorization and stands in no error', async () => {
  const { url, port, requests, server } = await serve(hello);
  const withPassword = `http://aws:s%2Fcret@127.0.0.1:${port}/`;
  const http = open();
  const answer = await http.request(withPassword);
  await readBody(answer, 100);
  expect(answer.url).toBe(`${url}/`);
  expect(requests[0]?.headers.authorization).toBe(`Basic ${Buffer.from('aws:s/cret').toString('base64')}`);
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  const failure = await http.request(withPassword).catch((error: Error) => error);
  expect(`${failure}`).toContain('ECONNREFUSED');
  expect(JSON.stringify(failure, Object.getOwnPropertyNames(failure))).not.toMatch(/cret/);
});

test('a body that is not wanted can be destroyed without an error', async () => {
  const { url } = await serve((_request, response) => void response.write('the beginning of something long'));
  const answer = await open().request(url);
  answer.body.destroy();
  await new Promise((resolve) => setImmediate(resolve));
  expect(answer.body.destroyed).toBe(true);
});

test('an aborted request ends as aborted, not as a failure of the server', async () => {
  const { url } = await serve(() => {});
  const http = open();
  const controller = new AbortController();
  const asking = http.request(url, { signal: controller.signal });
  setTimeout(() => controller.abort(), 50);
  await expect(asking).rejects.toMatchObject({ name: 'AbortError' });
});

test('a body is read only up to its limit, and broken ones are told apart from whole ones', async () => {
  const { url } = await serve((request, response) => {
    if (request.url === '/odd') return response.writeHead(200, { 'content-encoding': 'zstd' }).end('x');
    if (request.url === '/cut') {
      response.writeHead(200, { 'content-length': 100 }).write('x');
      return setTimeout(() => response.destroy(), 20);
    }
    if (request.url === '/false') return response.writeHead(200, { 'content-encoding': 'gzip' }).end('no gzip');
    return response.end('x'.repeat(1001));
  });
  const http = open();
  await expect(http.get(`${url}/long`)).rejects.toMatchObject({ code: 'answer-too-large' });
  for (const place of ['odd', 'cut', 'false'])
    await expect(http.get(`${url}/${place}`)).rejects.toMatchObject({ code: 'answer-broken', exit: 'unavailable' });
});

test.each(['ftp://host/', 'not a url', 'file:///etc/passwd'])('%s is no address of ours', async (url) => {
  await expect(open().request(url)).rejects.toMatchObject({ code: 'url-unusable' });
});

test('no connection is left once closed', async () => {
  const { url, server } = await serve(hello);
  const http = openHttp({ trustedHosts: [], timeoutSeconds: 5 });
  await readBody(await http.request(url), 100);
  const count = () =>
    new Promise<number>((resolve) => server.getConnections((_error, connections) => resolve(connections)));
  expect(await count()).toBe(1);
  await http.close();
  await expect.poll(count).toBe(0);
});
