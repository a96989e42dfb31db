import { Readable } from 'node:stream';
import type { Http } from '../../index/http-types.ts';
import type { Fetch } from './types.ts';

/** Returns a fetch function that uses the machine's proxy and certificates. */
export function fetchOverHttp(http: Http): Fetch {
  return async (url, { method, headers, body, signal }) => {
    const response = await http.request(url, { method, headers, body, signal, followRedirects: true });
    const web = Readable.toWeb(response.body) as ReadableStream<Uint8Array>;
    // The Response constructor rejects a body for these statuses.
    const hasNoBody = [101, 204, 205, 304].includes(response.status);
    if (hasNoBody) response.body.resume();
    return new Response(hasNoBody ? null : web, { status: response.status, headers: response.headers });
  };
}
