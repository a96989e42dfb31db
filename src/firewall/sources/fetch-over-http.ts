import { Readable } from 'node:stream';
import type { Http } from '../../index/http-types.ts';
import type { Fetch } from './types.ts';

/** The sources' web, over the machine's own proxy and certificates. */
export function fetchOver(http: Http): Fetch {
  return async (url, { method, headers, body, signal }) => {
    const answer = await http.request(url, { method, headers, body, signal, followRedirects: true });
    const web = Readable.toWeb(answer.body) as ReadableStream<Uint8Array>;
    const bodiless = [101, 204, 205, 304].includes(answer.status);
    if (bodiless) answer.body.resume();
    return new Response(bodiless ? null : web, { status: answer.status, headers: answer.headers });
  };
}
