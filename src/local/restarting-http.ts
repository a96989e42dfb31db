import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { AwspipError } from '../errors.ts';
import type { Http, HttpRequest, HttpResponse } from '../index/http-types.ts';
import { keyedQueue } from './keyed-queue.ts';
import type { StackAccess } from './types.ts';

/** Restarts of the stack that one request survives. */
const maxRestarts = 5;

/** How a client gets the stack back. */
export type Restart = {
  /** The address that requests are made for. */
  readonly access: StackAccess;
  /** Starts the stack if it does not run, and returns its address, which may differ. */
  readonly restart: () => Promise<StackAccess>;
};

function hasLostConnection(error: unknown): boolean {
  return error instanceof AwspipError && error.code === 'connection-failed';
}

/** Returns the first and last byte that a response with the range of a request has. */
function rangeOf({ status, headers }: HttpResponse): { readonly start: number; readonly end: number } | undefined {
  const length = Number(headers['content-length'] ?? Number.NaN);
  if (headers['accept-ranges'] !== 'bytes' || !Number.isInteger(length) || length === 0) return undefined;
  if (status === 200) return { start: 0, end: length - 1 };
  const start = Number(/^bytes (\d+)-/.exec(headers['content-range'] ?? '')?.[1] ?? Number.NaN);
  return status === 206 && Number.isInteger(start) ? { start, end: start + length - 1 } : undefined;
}

/**
 * Yields a body, and continues it with further responses when its connection breaks.
 *
 * @throws the error of the connection when it breaks too often.
 */
async function* continued(
  body: Readable,
  { start, end }: { readonly start: number; readonly end: number },
  reopen: (from: number) => Promise<Readable>,
): AsyncGenerator<Uint8Array> {
  let position = start;
  let current = body;
  for (let restarts = 0; ; restarts += 1) {
    let failure: unknown = new Error('the file ended early');
    try {
      for await (const chunk of current as AsyncIterable<Uint8Array>) {
        position += chunk.length;
        yield chunk;
      }
    } catch (error) {
      failure = error;
    }
    if (position > end) return;
    if (restarts === maxRestarts) throw failure;
    current = await reopen(position);
  }
}

/**
 * Returns a client of the stack that outlives its process: when a connection fails, the stack is started again, and the
 * request is repeated or the file continued. Every call of the stack may be repeated: an execution has a name, and
 * records are written with conditions.
 */
export function restartingHttp(http: Http, { access: first, restart }: Restart): Http {
  const inOrder = keyedQueue();
  let access = first;
  let restarts = 0;
  let closed = false;
  /** Starts the stack once for all requests that failed with the same process. */
  const recover = (failedAfter: number): Promise<void> =>
    inOrder('restart', async () => {
      if (restarts !== failedAfter) return;
      access = await restart();
      restarts += 1;
    });
  const send = (url: string, init: HttpRequest): Promise<HttpResponse> => {
    const { authorization, ...headers } = init.headers ?? {};
    const current = authorization?.replace(first.secret.reveal(), access.secret.reveal());
    const target = url.startsWith(first.endpoint) ? `${access.endpoint}${url.slice(first.endpoint.length)}` : url;
    return http.request(target, { ...init, headers: { ...headers, ...(current && { authorization: current }) } });
  };

  /** Sends a request and returns its response with a body that is complete, or is continued after a failure. */
  const request = async (url: string, init: HttpRequest): Promise<HttpResponse> => {
    const response = await send(url, init);
    const range = (init.method ?? 'GET') === 'GET' ? rangeOf(response) : undefined;
    if (range === undefined)
      return { ...response, url, body: Readable.from([await buffer(response.body)], { objectMode: false }) };
    const reopen = async (from: number): Promise<Readable> => {
      const headers = { ...init.headers, range: `bytes=${from}-${range.end}` };
      const rest = await withRestarts(() => send(url, { ...init, headers }), init.signal);
      if (rest.status === 206) return rest.body;
      rest.body.destroy();
      throw new Error(`the local stack answered ${rest.status}`);
    };
    return { ...response, url, body: Readable.from(continued(response.body, range, reopen), { objectMode: false }) };
  };

  const withRestarts = async <T>(work: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> => {
    for (let tries = 0; ; tries += 1) {
      const before = restarts;
      try {
        return await work();
      } catch (error) {
        const isLost = hasLostConnection(error) || isBrokenBody(error);
        if (!isLost || closed || signal?.aborted || tries === maxRestarts) throw error;
        await recover(before);
      }
    }
  };
  return {
    request: (url, init = {}) => withRestarts(() => request(url, init), init.signal),
    close: () => {
      closed = true;
      return http.close();
    },
  };
}

/** Returns whether a body ended because its connection did. */
function isBrokenBody(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return ['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET', 'UND_ERR_BODY_TIMEOUT'].includes(code);
}
