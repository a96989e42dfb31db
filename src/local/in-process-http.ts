import { addAbortSignal, Readable } from 'node:stream';
import type { Http, HttpResponse } from '../index/http-types.ts';
import type { Answer } from './http.ts';
import type { InnerAccess } from './types.ts';

/**
 * Returns an HTTP client for the stack's own process. It reads the pages and files of the stack without a connection, and
 * sends every other request with `http`: those to other hosts, with a body, and whose answer is a redirect. Without
 * `answer`, it sends all of them so.
 */
export function inProcessHttp(http: Http, { endpoint, answer }: Pick<InnerAccess, 'endpoint' | 'answer'>): Http {
  if (answer === undefined) return http;
  return {
    request: async (address, init = {}) => {
      const { method = 'GET', headers = {}, body, signal } = init;
      if (method !== 'GET' || body !== undefined || !address.startsWith(`${endpoint}/`)) {
        return http.request(address, init);
      }
      signal?.throwIfAborted();
      const { pathname, searchParams } = new URL(address);
      const response = await answer({
        method,
        path: pathname,
        query: searchParams,
        headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])),
        body: async () => Buffer.alloc(0),
        stream: () => Readable.from([]),
      });
      const isRedirect = response.status >= 300 && response.status < 400;
      if (isRedirect) return http.request(address, init);
      const answered = received(response, address);
      if (signal !== undefined) addAbortSignal(signal, answered.body);
      return answered;
    },
    close: () => http.close(),
  };
}

/** Returns a response as a client receives it. */
function received({ status, headers, body = '' }: Awaited<ReturnType<Answer>>, url: string): HttpResponse {
  const isWhole = typeof body === 'string' || Buffer.isBuffer(body);
  const stream = Readable.from(isWhole ? [Buffer.from(body)] : body, { objectMode: false });
  // Without a listener, the error of a body that nobody reads would end the process. Readers still see it.
  stream.on('error', () => {});
  const length = isWhole ? { 'content-length': String(Buffer.byteLength(body)) } : {};
  return { status, headers: { ...length, ...headers }, body: stream, url };
}
