import type { SourceSettings } from './types.ts';

/** An answer that came: its status and its JSON (undefined when it is none). */
export type Answer = { readonly kind: 'answered'; readonly status: number; readonly json: unknown };

/** No answer. `rest`: the source should be left alone for a while. `restFor`: milliseconds it asks for. */
export type NoAnswer =
  | { readonly kind: 'failed'; readonly why: string; readonly rest: boolean }
  | { readonly kind: 'limited'; readonly restFor: number };

type WebRequest = {
  readonly url: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Most bytes read. */
  readonly cap: number;
  /** Milliseconds, body included. */
  readonly limit: number;
  readonly settings: SourceSettings;
};

/** One request with a time limit and a cap; every way it can go wrong is a value. */
export async function askWeb(request: WebRequest): Promise<Answer | NoAnswer> {
  const { settings, limit } = request;
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), limit);
  try {
    const response = await settings.fetch(request.url, {
      method: request.body === undefined ? 'GET' : 'POST',
      headers: {
        'user-agent': settings.userAgent,
        accept: 'application/json',
        ...(request.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...request.headers,
      },
      ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
      signal: controller.signal,
    });
    return await readResponse(response, request);
  } catch {
    if (controller.signal.aborted)
      return { kind: 'failed', why: `did not answer within ${limit / 1_000} s`, rest: true };
    return { kind: 'failed', why: 'could not be reached', rest: true };
  } finally {
    clearTimeout(timer);
  }
}

async function readResponse(response: Response, { cap, settings }: WebRequest): Promise<Answer | NoAnswer> {
  const { status } = response;
  const restFor = rateLimit(response, settings.now());
  if (restFor !== undefined || status >= 500 || ![200, 404].includes(status)) {
    await response.body?.cancel();
    if (restFor !== undefined) return { kind: 'limited', restFor };
    return { kind: 'failed', why: `answered ${status}`, rest: false };
  }
  const text = await readCapped(response, cap);
  if (text === undefined) return { kind: 'failed', why: `answered more than ${cap} bytes`, rest: false };
  return { kind: 'answered', status, json: parseJson(text) };
}

async function readCapped(response: Response, cap: number): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength;
    // Leaving the loop cancels the stream.
    if (size > cap) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const maxRest = 600_000;

/** How long to wait when an answer says we asked too often: 429, or GitHub's 403 with nothing remaining. */
function rateLimit({ status, headers }: Response, now: number): number | undefined {
  const spent = status === 403 && (headers.get('x-ratelimit-remaining') === '0' || headers.has('retry-after'));
  if (status !== 429 && !spent) return undefined;
  const reset = Number(headers.get('x-ratelimit-reset') ?? Number.NaN) * 1_000 - now;
  const after = Number(headers.get('retry-after') ?? Number.NaN) * 1_000;
  const wish = Number.isFinite(after) ? after : Number.isFinite(reset) ? reset : 60_000;
  return Math.min(Math.max(wish, 1_000), maxRest);
}
