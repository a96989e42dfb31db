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

function openClient(network: Partial<NetworkSettings> = {}) {
  const http = openHttp({ trustedHosts: [], timeoutSeconds: 5, ...network });
  cleanups.push(() => http.close());
  const get = async (url: string, headers = {}): Promise<string> => {
    const response = await http.request(url, { headers, followRedirects: true });
    return `${response.status} ${await readBody(response, 1000)}`;
  };
  return { ...http, get };
}

const respondHello: RequestListener = (_request, response) => void response.end('hello');
const redirect =
  (location: string, status = 302): RequestListener =>
  (_request, response) =>
    void response.writeHead(status, { location }).end('moved');

describe('https', () => {
  test('with an untrusted certificate fails, and the message says so', async () => {
    const { url } = await serve(respondHello, true);
    const failedRequest = openClient().get(url);
    await expect(failedRequest).rejects.toMatchObject({ code: 'connection-failed', exit: 'unavailable' });
    await expect(failedRequest).rejects.toThrow(/no response from `127\.0\.0\.1:\d+`: self-signed certificate/);
  });

  test('is accepted with a CA file or a folder of CA files', async () => {
    const { url } = await serve(respondHello, true);
    expect(await openClient({ caFile }).get(url)).toBe('200 hello');
    expect(await openClient({ caFile: fixtures }).get(url)).toBe('200 hello');
  });

  test('is accepted without a certificate check only from a trusted host', async () => {
    const { url, host, port } = await serve(respondHello, true);
    expect(await openClient({ trustedHosts: [host] }).get(url)).toBe('200 hello');
    expect(await openClient({ trustedHosts: ['127.0.0.1'] }).get(url)).toBe('200 hello');
    await expect(openClient({ trustedHosts: ['127.0.0.1:1'] }).get(url)).rejects.toThrow('certificate');
    await expect(openClient({ trustedHosts: ['127.0.0.1'] }).get(`https://localhost:${port}`)).rejects.toThrow();
  });

  test('goes through a proxy tunnel with the certificate still checked', async () => {
    const { url, host, requests } = await serve(respondHello, true);
    const proxy = await serve(respondHello);
    const tunnels: (string | undefined)[] = [];
    proxy.server.on('connect', (request, socket, head) => {
      tunnels.push(`${request.url} ${request.headers['proxy-authorization']}`);
      const { hostname, port } = new URL(`http://${request.url}`);
      const target = connect(Number(port), hostname, () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        target.write(head);
        target.pipe(socket).pipe(target);
      });
      for (const socketEnd of [target, socket]) socketEnd.on('error', () => {});
      cleanups.unshift(() => [target, socket].map((socketEnd) => socketEnd.destroy()));
    });
    const settings = { proxy: `http://me:pw@${proxy.host}`, caFile };
    expect(await openClient(settings).get(url, { authorization: 'Bearer token' })).toBe('200 hello');
    expect(tunnels).toEqual([`${host} Basic ${Buffer.from('me:pw').toString('base64')}`]);
    expect(proxy.requests).toEqual([]);
    expect(requests[0]?.headers).not.toHaveProperty('proxy-authorization');
    await expect(openClient({ proxy: settings.proxy }).get(url)).rejects.toThrow('certificate');
  });
});

describe('a redirect', () => {
  test('is not followed by default', async () => {
    const { url } = await serve(redirect('/x'));
    const response = await openClient().request(url);
    expect([response.status, response.headers.location, response.url]).toEqual([302, '/x', `${url}/`]);
    await readBody(response, 100);
  });

  test('drops authorization and cookies only when it changes the origin', async () => {
    const otherOrigin = await serve(respondHello);
    const firstOrigin = await serve((request, response) => {
      const location = request.url === '/first' ? '/second' : `${otherOrigin.url}/third`;
      response.writeHead(307, { location }).end();
    });
    const headers = { Authorization: 'Bearer token', Cookie: 'a=b', 'X-Other': 'stays' };
    expect(await openClient().get(`${firstOrigin.url}/first`, headers)).toBe('200 hello');
    expect(firstOrigin.requests.map((request) => request.headers.authorization)).toEqual([
      'Bearer token',
      'Bearer token',
    ]);
    expect(otherOrigin.requests[0]?.headers).not.toHaveProperty('authorization');
    expect(otherOrigin.requests[0]?.headers).not.toHaveProperty('cookie');
    expect(otherOrigin.requests[0]?.headers).toHaveProperty('x-other', 'stays');
  });

  test('back to the first origin does not restore the authorization', async () => {
    const firstOrigin = await serve((request, response) =>
      request.url === '/first' ? redirect(`${otherOrigin.url}/`)(request, response) : respondHello(request, response),
    );
    const otherOrigin = await serve((request, response) => redirect(`${firstOrigin.url}/last`)(request, response));
    expect(await openClient().get(`${firstOrigin.url}/first`, { authorization: 'Bearer token' })).toBe('200 hello');
    expect(firstOrigin.requests.map((request) => request.headers.authorization)).toEqual(['Bearer token', undefined]);
  });

  test('from https to http is rejected unless the host is trusted', async () => {
    const plainServer = await serve(respondHello);
    const { url } = await serve(redirect(plainServer.url), true);
    await expect(openClient({ caFile }).get(url)).rejects.toMatchObject({
      code: 'redirect-rejected',
      exit: 'unavailable',
    });
    expect(plainServer.requests).toEqual([]);
    expect(await openClient({ caFile, trustedHosts: [plainServer.host] }).get(url)).toBe('200 hello');
  });

  test('loop is rejected after ten redirects', async () => {
    const { url, requests } = await serve(redirect('/again'));
    await expect(openClient().get(url)).rejects.toThrow('more than ten redirects');
    expect(requests).toHaveLength(11);
  });

  test('to another scheme is rejected', async () => {
    const { url } = await serve(redirect('file:///etc/passwd'));
    await expect(openClient().get(url)).rejects.toThrow('a redirect to `file:`');
  });
});

test('a password in the URL is sent as Basic authorization and appears in no error', async () => {
  const { url, port, requests, server } = await serve(respondHello);
  const withPassword = `http://aws:s%2Fcret@127.0.0.1:${port}/`;
  const http = openClient();
  const response = await http.request(withPassword);
  await readBody(response, 100);
  expect(response.url).toBe(`${url}/`);
  expect(requests[0]?.headers.authorization).toBe(`Basic ${Buffer.from('aws:s/cret').toString('base64')}`);
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  const failure = await http.request(withPassword).catch((error: Error) => error);
  expect(`${failure}`).toContain('ECONNREFUSED');
  expect(JSON.stringify(failure, Object.getOwnPropertyNames(failure))).not.toMatch(/cret/);
});

test('an unread body can be destroyed without an error', async () => {
  const { url } = await serve((_request, response) => void response.write('the beginning of something long'));
  const response = await openClient().request(url);
  response.body.destroy();
  await new Promise((resolve) => setImmediate(resolve));
  expect(response.body.destroyed).toBe(true);
});

test('an aborted request fails as aborted, not as a server failure', async () => {
  const { url } = await serve(() => {});
  const http = openClient();
  const controller = new AbortController();
  const pendingRequest = http.request(url, { signal: controller.signal });
  setTimeout(() => controller.abort(), 50);
  await expect(pendingRequest).rejects.toMatchObject({ name: 'AbortError' });
});

test('a body is read up to its limit, and an incomplete or undecodable one fails', async () => {
  const { url } = await serve((request, response) => {
    if (request.url === '/odd') return response.writeHead(200, { 'content-encoding': 'zstd' }).end('x');
    if (request.url === '/cut') {
      response.writeHead(200, { 'content-length': 100 }).write('x');
      return setTimeout(() => response.destroy(), 20);
    }
    if (request.url === '/false') return response.writeHead(200, { 'content-encoding': 'gzip' }).end('no gzip');
    return response.end('x'.repeat(1001));
  });
  const http = openClient();
  await expect(http.get(`${url}/long`)).rejects.toMatchObject({ code: 'response-too-large' });
  for (const name of ['odd', 'cut', 'false'])
    await expect(http.get(`${url}/${name}`)).rejects.toMatchObject({
      code: 'response-unreadable',
      exit: 'unavailable',
    });
});

test.each(['ftp://host/', 'not a url', 'file:///etc/passwd'])('%s is rejected as a URL', async (url) => {
  await expect(openClient().request(url)).rejects.toMatchObject({ code: 'url-unusable' });
});

test('close() closes every connection', async () => {
  const { url, server } = await serve(respondHello);
  const http = openHttp({ trustedHosts: [], timeoutSeconds: 5 });
  await readBody(await http.request(url), 100);
  const count = () =>
    new Promise<number>((resolve) => server.getConnections((_error, connections) => resolve(connections)));
  expect(await count()).toBe(1);
  await http.close();
  await expect.poll(count).toBe(0);
});
