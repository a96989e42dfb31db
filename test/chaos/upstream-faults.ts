import { setTimeout as pause } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import type { Distribution } from '../helpers/distributions.ts';
import type { Fault } from './faulty-index.ts';

/** How an install ends: by itself without a message, or with an exit code and a text that names the cause. */
export type Ending = 'recovers' | { readonly exitCode: number; readonly cause: RegExp };

/** One kind of fault, of a project's page or of its file. */
export type UpstreamFault = readonly [
  description: string,
  of: 'page' | 'file',
  fault: (file: Distribution) => Fault,
  ending: Ending,
];

const html = { 'content-type': 'text/html' };
const json = { 'content-type': 'application/vnd.pypi.simple.v1+json' };

const status =
  (code: number, headers: Record<string, string> = {}, body = 'no'): Fault =>
  ({ response }) =>
    void response.writeHead(code, headers).end(body);
const body = (content: string | Buffer, headers: Record<string, string> = html): Fault =>
  status(200, headers, content as string);
const once =
  (fault: Fault): Fault =>
  (call) =>
    call.attempt === 1 ? fault(call) : call.forward();
const resetBefore: Fault = ({ incoming }) => void incoming.socket.resetAndDestroy();
const resetInHeaders: Fault = ({ incoming: { socket } }) =>
  void socket.write('HTTP/1.1 200 OK\r\ncontent-ty', () => setTimeout(() => socket.resetAndDestroy(), 20));
/** Sends a part of a body, and then lets `end` happen. */
const part =
  (length: number, end: (call: Parameters<Fault>[0]) => void, headers: Record<string, string> = html): Fault =>
  (call) => {
    call.response.writeHead(200, { ...headers, 'content-length': String(length) });
    call.response.write('x'.repeat(Math.floor(length / 2)), () => setTimeout(() => end(call), 20));
  };
const reset = ({ incoming }: Parameters<Fault>[0]) => incoming.socket.resetAndDestroy();
const finish = ({ incoming }: Parameters<Fault>[0]) => incoming.socket.end();
const silence = (): void => undefined;
const delayed =
  (milliseconds: number): Fault =>
  async ({ forward }) => {
    await pause(milliseconds);
    forward();
  };

/** Sends the bytes in two parts with a pause. */
const slowly =
  ({ bytes }: Distribution): Fault =>
  async ({ response }) => {
    response.writeHead(200, { 'content-length': bytes.length });
    for (let at = 0; at < bytes.length; at += 200) {
      response.write(bytes.subarray(at, at + 200));
      await pause(300);
    }
    response.end();
  };

const unavailable = (cause: RegExp): Ending => ({ exitCode: 69, cause });
const later = new Date(Date.now() + 1500).toUTCString();

const pages: readonly UpstreamFault[] = [
  ['401', 'page', () => status(401), unavailable(/status 401 \(credentials/)],
  ['403', 'page', () => status(403), unavailable(/status 403 \(access is denied/)],
  ['404', 'page', () => status(404), { exitCode: 12, cause: /was not found/ }],
  ['410', 'page', () => status(410), { exitCode: 12, cause: /was not found/ }],
  ['429 once, with Retry-After', 'page', () => once(status(429, { 'retry-after': '1' })), 'recovers'],
  ['429 with an hour', 'page', () => status(429, { 'retry-after': '3600' }), unavailable(/status 429 .*3600 s/)],
  ['500 once', 'page', () => once(status(500)), 'recovers'],
  ['500', 'page', () => status(500), unavailable(/status 500/)],
  ['502 with HTML', 'page', () => status(502, html, '<h1>Bad gateway</h1>'), unavailable(/status 502/)],
  ['503 once, with a date', 'page', () => once(status(503, { 'retry-after': later })), 'recovers'],
  ['503', 'page', () => status(503), unavailable(/status 503/)],
  ['a reset before the headers, once', 'page', () => once(resetBefore), 'recovers'],
  ['a reset before the headers', 'page', () => resetBefore, unavailable(/no response from/)],
  ['a reset inside the headers', 'page', () => resetInHeaders, unavailable(/no response from/)],
  ['a reset inside the body, once', 'page', () => once(part(1000, reset)), 'recovers'],
  ['a reset inside the body', 'page', () => part(1000, reset), unavailable(/could not be read/)],
  ['a truncated body', 'page', () => part(1000, finish), unavailable(/could not be read/)],
  ['a slow answer', 'page', () => delayed(2000), 'recovers'],
  ['no answer', 'page', () => silence, unavailable(/no answer within the time limit/)],
  ['half a body and silence', 'page', () => part(1000, silence), unavailable(/no data within the time limit/)],
  [
    'a login page',
    'page',
    () => body('<title>Sign in</title><form><input type="password"></form>'),
    unavailable(/not a simple-index page.*Sign in/s),
  ],
  ['text in place of JSON', 'page', () => body('hello', json), unavailable(/it is not a JSON object/)],
  [
    'another type of content',
    'page',
    () => body('%PDF', { 'content-type': 'application/pdf' }),
    unavailable(/content type is `application\/pdf`/),
  ],
  [
    'a later version of the API',
    'page',
    () => body('{"meta":{"api-version":"2.0"},"files":[]}', json),
    unavailable(/its API version is 2.0/),
  ],
  ['a page of 40 MB', 'page', () => body('x'.repeat(40_000_000)), unavailable(/sent more than \d+ bytes/)],
  [
    'a page that expands to 1 GB',
    'page',
    () => body(gzipSync(Buffer.alloc(1_000_000_000)), { ...html, 'content-encoding': 'gzip' }),
    unavailable(/sent more than \d+ bytes/),
  ],
  ['90,000 nested elements', 'page', () => body('<div>'.repeat(90_000)), unavailable(/nests more than 10000 elements/)],
  [
    'broken gzip',
    'page',
    () => body('no gzip', { ...html, 'content-encoding': 'gzip' }),
    unavailable(/could not be read/),
  ],
  [
    'an unknown encoding',
    'page',
    () => body('x', { ...html, 'content-encoding': 'lzma' }),
    unavailable(/content encoding `lzma`/),
  ],
  [
    'a loop of redirects',
    'page',
    ({ filename: _ }) =>
      ({ incoming, response }) =>
        void response.writeHead(302, { location: incoming.url }).end(),
    unavailable(/more than ten redirects/),
  ],
  [
    'a redirect to a file',
    'page',
    () => status(302, { location: 'file:///etc/passwd' }),
    unavailable(/a redirect to `file:`/),
  ],
  [
    'a redirect to a host without address',
    'page',
    () => status(302, { location: 'http://absent.invalid/' }),
    unavailable(/absent\.invalid/),
  ],
  [
    'a redirect to a closed port',
    'page',
    () => status(302, { location: 'http://127.0.0.1:9/' }),
    unavailable(/127\.0\.0\.1:9.*ECONNREFUSED/s),
  ],
  [
    'no file',
    'page',
    () => body('{"meta":{"api-version":"1.0"},"files":[]}', json),
    { exitCode: 12, cause: /has no files|no releases/ },
  ],
];

const files: readonly UpstreamFault[] = [
  ['403', 'file', () => status(403), unavailable(/status 403/)],
  ['404', 'file', () => status(404), unavailable(/status 404/)],
  ['500 once', 'file', () => once(status(500)), 'recovers'],
  ['429 once', 'file', () => once(status(429, { 'retry-after': '1' })), 'recovers'],
  ['500', 'file', () => status(500), unavailable(/status 500/)],
  ['a reset before the headers', 'file', () => resetBefore, unavailable(/no response|could not be fetched/)],
  ['a reset inside the body, once', 'file', () => once(part(1000, reset)), 'recovers'],
  [
    'a truncated body',
    'file',
    ({ bytes }) => part(bytes.length, finish),
    unavailable(/could not be fetched|digest|bytes/),
  ],
  ['half a body and silence', 'file', ({ bytes }) => part(bytes.length, silence), unavailable(/time limit/)],
  ['slow bytes', 'file', slowly, 'recovers'],
  [
    'other bytes of the same length',
    'file',
    ({ bytes }) => body(Buffer.alloc(bytes.length, 'x')),
    unavailable(/but the index lists/),
  ],
  ['fewer bytes', 'file', () => body('short'), unavailable(/but the index lists|bytes/)],
  ['a login page', 'file', () => body('<form>sign in</form>'), unavailable(/but the index lists|bytes/)],
];

/** All kinds of faults. */
export const upstreamFaults: readonly UpstreamFault[] = [...pages, ...files];
