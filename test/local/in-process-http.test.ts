import { buffer } from 'node:stream/consumers';
import { afterEach, expect, test } from 'vitest';
import { openHttp } from '../../src/index/http.ts';
import type { Answer } from '../../src/local/http.ts';
import { inProcessHttp } from '../../src/local/in-process-http.ts';
import { listen, stackServer } from '../../src/local/server.ts';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function* file() {
  yield Buffer.from('first');
  yield Buffer.from(' last');
}

async function* broken() {
  yield Buffer.from('first');
  throw new Error('wrong digest');
}

async function* endless() {
  yield Buffer.from('first');
  await new Promise(() => {});
}

const answers: Readonly<Record<string, () => Awaited<ReturnType<Answer>>>> = {
  '/page/': () => ({ status: 200, headers: { 'content-type': 'text/html' }, body: '<p>é</p>' }),
  '/bytes': () => ({ status: 200, body: Buffer.from([1, 2]) }),
  '/file': () => ({ status: 200, headers: { 'content-length': '10' }, body: file() }),
  '/broken': () => ({ status: 200, headers: { 'content-length': '10' }, body: broken() }),
  '/endless': () => ({ status: 200, body: endless() }),
  '/empty': () => ({ status: 404 }),
  '/page': () => ({ status: 301, headers: { location: '/page/' }, body: '' }),
};

/** Serves the answers on a socket, and returns a client over it and one in the process. */
async function openClients() {
  const methods: string[] = [];
  const calls: string[] = [];
  const answer: Answer = async ({ method, path, query, headers }) => {
    methods.push(method);
    calls.push(`${path}?${query} ${headers.authorization ?? ''}`);
    return answers[path]?.() ?? { status: 500 };
  };
  const server = stackServer(answer, () => {});
  const endpoint = `http://127.0.0.1:${await listen(server, undefined)}`;
  const http = openHttp({ trustedHosts: [], timeoutSeconds: 10 });
  closing.push(
    () => http.close(),
    async () => server.close(),
  );
  const inProcess = inProcessHttp(http, {
    endpoint,
    answer: async (request) => {
      calls.push('in process');
      return answer(request);
    },
  });
  return { http, inProcess, endpoint, calls, methods };
}

test.each(['/page/', '/bytes', '/file', '/empty'])('%s is read as over a connection', async (path) => {
  const { http, inProcess, endpoint, calls } = await openClients();
  const init = { headers: { Authorization: 'Basic eA==' } };
  const [over, within] = [
    await http.request(`${endpoint}${path}?a=1`, init),
    await inProcess.request(`${endpoint}${path}?a=1`, init),
  ];
  expect(within).toMatchObject({ status: over.status, url: over.url });
  const names = ['content-type', 'content-length'];
  expect(names.map((name) => within.headers[name])).toEqual(names.map((name) => over.headers[name]));
  expect(await buffer(within.body)).toEqual(await buffer(over.body));
  expect(calls).toEqual([`${path}?a=1 Basic eA==`, 'in process', `${path}?a=1 Basic eA==`]);
});

test('a file that breaks off is an error for its reader, and none for the process if nobody reads it', async () => {
  const { inProcess, endpoint } = await openClients();
  await expect(buffer((await inProcess.request(`${endpoint}/broken`)).body)).rejects.toThrow('wrong digest');
  (await inProcess.request(`${endpoint}/broken`)).body.destroy(new Error('not needed'));
});

test('a request that is aborted ends, as over a connection', async () => {
  const { http, inProcess, endpoint } = await openClients();
  for (const client of [http, inProcess]) {
    const aborting = new AbortController();
    const { body } = await client.request(`${endpoint}/endless`, { signal: aborting.signal });
    const reading = buffer(body);
    aborting.abort();
    await expect(reading).rejects.toThrow(/abort/i);
    await expect(client.request(`${endpoint}/bytes`, { signal: aborting.signal })).rejects.toThrow(/abort/i);
  }
});

test('a redirect is followed', async () => {
  const { inProcess, endpoint } = await openClients();
  const { status, body } = await inProcess.request(`${endpoint}/page`, { followRedirects: true });
  expect([status, String(await buffer(body))]).toEqual([200, '<p>é</p>']);
});

test('a request with a body, and one to another host, use a connection', async () => {
  const { inProcess, endpoint, calls, methods } = await openClients();
  const other = await openClients();
  await inProcess.request(`${endpoint}/bytes`, { method: 'POST', body: 'x' });
  await inProcess.request(`${other.endpoint}/bytes`);
  expect([calls, methods, other.methods]).toEqual([['/bytes? '], ['POST'], ['GET']]);
});
