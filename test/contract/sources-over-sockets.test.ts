import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openSources } from '../../src/firewall/sources/sources.ts';
import type { Sources } from '../../src/firewall/sources/types.ts';
import type { Signal } from '../../src/firewall/types.ts';
import { openHttp } from '../../src/index/http.ts';
import type { Http } from '../../src/index/http-types.ts';
import { normaliseName } from '../../src/index/names.ts';

type Fault = (request: IncomingMessage, response: ServerResponse) => void;

const megabyte = Buffer.alloc(1_048_576, 'x');
const status =
  (code: number, headers: Record<string, string> = {}, body = '{"message":"no"}'): Fault =>
  (_request, response) =>
    void response.writeHead(code, { 'content-type': 'application/json', ...headers }).end(body);

/** Sends bytes until the client closes the connection. */
function sendWithoutEnd(response: ServerResponse): void {
  const more = (): void => {
    while (!response.destroyed && response.write(megabyte));
    if (!response.destroyed) response.once('drain', more);
  };
  more();
}

type FaultCase = {
  readonly fault: Fault;
  readonly why: RegExp;
  /** Milliseconds that a source may take: few for those that never end. */
  readonly timeLimit?: number;
};

const faults: Readonly<Record<string, FaultCase>> = {
  '403 with a body': { fault: status(403, {}, 'x'.repeat(5_000)), why: /answered 403/ },
  '403 with no requests remaining': {
    fault: status(403, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1' }),
    why: /has reached its rate limit/,
  },
  '403 with a body of any length': {
    fault: (_request, response) => sendWithoutEnd(response.writeHead(403)),
    why: /answered 403/,
  },
  '429 with Retry-After': { fault: status(429, { 'retry-after': '30' }), why: /has reached its rate limit/ },
  '429 with a date': {
    fault: status(429, { 'retry-after': 'Mon, 23 Nov 2026 00:01:00 GMT' }),
    why: /has reached its rate limit/,
  },
  '500': { fault: status(500), why: /answered 500/ },
  '502': { fault: status(502, { 'content-type': 'text/html' }, '<html>bad gateway</html>'), why: /answered 502/ },
  '503 with a slow body': {
    fault: (_request, response) => void response.writeHead(503, { 'content-length': '100' }).write('x'),
    why: /answered 503/,
    timeLimit: 1_000,
  },
  '204': { fault: (_request, response) => void response.writeHead(204).end(), why: /answered 204/ },
  'HTML with 200': {
    fault: status(200, { 'content-type': 'text/html' }, '<html>sign in</html>'),
    why: /returned no|malformed/,
  },
  'JSON of another service with 200': { fault: status(200), why: /returned no/ },
  'an unknown content encoding': {
    fault: status(200, { 'content-encoding': 'zstd' }),
    why: /could not be read/,
  },
  'a body without an end': {
    fault: (_request, response) => sendWithoutEnd(response.writeHead(200)),
    why: /answered more than \d+ bytes/,
  },
  'a slow body': {
    fault: (_request, response) => void response.writeHead(200).write('{'),
    why: /did not answer within/,
    timeLimit: 300,
  },
  'no answer': { fault: () => {}, why: /did not answer within/, timeLimit: 300 },
  'a reset in mid-body': {
    fault: (request, response) => {
      response.writeHead(200, { 'content-length': '1000' });
      response.write('{"info":', () => request.socket.resetAndDestroy());
    },
    why: /could not be read/,
  },
  'a reset before the answer': {
    fault: (request) => void request.socket.resetAndDestroy(),
    why: /could not be reached/,
  },
  'redirects without an end': {
    fault: (request, response) => void response.writeHead(302, { location: request.url ?? '/' }).end('moved'),
    why: /could not be reached/,
  },
};

const name = normaliseName('request2');
const signals: Readonly<Record<string, (sources: Sources) => Promise<Signal<unknown>> | undefined>> = {
  'PyPI’s project': (sources) => sources.project(name),
  'pypistats’ downloads': (sources) => sources.downloads(name),
  'the stars of GitHub and deps.dev': (sources) => sources.stars('owner/name'),
  'GitHub’s archived mark': (sources) => sources.archived?.('owner/name'),
  'OSV’s malware': (sources) => sources.malware(name, '1.0'),
  'OSV’s vulnerabilities': (sources) => sources.vulnerabilities?.(name, '1.0'),
  'a batch of OSV': async (sources) => {
    const [first] = await Promise.all(['1.0', '1.1', '1.2'].map((version) => sources.malware(name, version)));
    return first as Signal<unknown>;
  },
  'PyPI’s attestations': (sources) => sources.attested?.(name, '1.0', 'request2-1.0-py3-none-any.whl'),
};

const server = createServer((request, response) => {
  request.resume();
  fault(request, response);
});
let fault: Fault;
let origin: string;
let http: Http;
const strayErrors: unknown[] = [];
const recordStray = (error: unknown): void => void strayErrors.push(error);

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => new Promise((resolve) => server.close(resolve)));
beforeEach(() => {
  strayErrors.length = 0;
  process.on('uncaughtException', recordStray).on('unhandledRejection', recordStray);
  http = openHttp({ trustedHosts: [], timeoutSeconds: 15 });
});
afterEach(async () => {
  await http.close();
  server.closeAllConnections();
  process.off('uncaughtException', recordStray).off('unhandledRejection', recordStray);
});

function open(base: string, timeLimit = 30_000): Sources {
  return openSources({
    http,
    addresses: { pypi: base, pypistats: base, github: base, depsDev: base, osv: base },
    now: () => Date.parse('2026-11-23T00:00:00Z'),
    userAgent: 'awspip/test',
    timeLimit,
  });
}

describe.each(Object.entries(signals))('%s', (_name, ask) => {
  test.each(Object.entries(faults))('is unknown after %s', async (_description, { fault: current, why, timeLimit }) => {
    fault = current;
    expect(await ask(open(origin, timeLimit))).toMatchObject({ known: false, why: expect.stringMatching(why) });
    // The errors of a stream that nobody reads arrive in a later turn of the event loop.
    for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    expect(strayErrors).toEqual([]);
  });

  test('is unknown after a refused connection', async () => {
    const closed = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => closed.once('listening', resolve));
    const { port } = closed.address() as AddressInfo;
    await new Promise((resolve) => closed.close(resolve));
    expect(await ask(open(`http://127.0.0.1:${port}`))).toMatchObject({
      known: false,
      why: expect.stringContaining('could not be reached'),
    });
  });
});
