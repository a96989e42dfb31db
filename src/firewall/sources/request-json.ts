import type { SourceSettings } from './types.ts';

/** A response with status 200 or 404. `json` is undefined if the body is not JSON. */
export type JsonResponse = { readonly kind: 'response'; readonly status: number; readonly json: unknown };

/** Why a request has no usable response. */
export type RequestFailure =
  /** `isOutage`: the source did not answer, so further requests should pause. */
  | { readonly kind: 'failed'; readonly why: string; readonly isOutage: boolean }
  /** `retryAfter`: milliseconds until the rate limit of the source ends. */
  | { readonly kind: 'rate-limited'; readonly retryAfter: number };

type JsonRequest = {
  readonly url: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** The maximum size of the body. */
  readonly maxBytes: number;
  /** Milliseconds for the whole response. */
  readonly timeLimit: number;
  readonly settings: SourceSettings;
};

/** Sends a request, with a body as POST. Never throws: every failure is a value. */
export async function requestJson(request: JsonRequest): Promise<JsonResponse | RequestFailure> {
  const { settings, timeLimit } = request;
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), timeLimit);
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
    const why = controller.signal.aborted ? `did not answer within ${timeLimit / 1_000} s` : 'could not be reached';
    return { kind: 'failed', why, isOutage: true };
  } finally {
    clearTimeout(timer);
  }
}

async function readResponse(
  response: Response,
  { maxBytes, settings }: JsonRequest,
): Promise<JsonResponse | RequestFailure> {
  const { status } = response;
  const retryAfter = rateLimitDelay(response, settings.now());
  if (retryAfter !== undefined || ![200, 404].includes(status)) {
    await response.body?.cancel();
    if (retryAfter !== undefined) return { kind: 'rate-limited', retryAfter };
    return { kind: 'failed', why: `answered ${status}`, isOutage: false };
  }
  const text = await readBounded(response, maxBytes);
  if (text === undefined) return { kind: 'failed', why: `answered more than ${maxBytes} bytes`, isOutage: false };
  return { kind: 'response', status, json: parseJson(text) };
}

async function readBounded(response: Response, maxBytes: number): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength;
    // Leaving the loop cancels the stream.
    if (size > maxBytes) return undefined;
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

const defaultDelay = 60_000;
const maxDelay = 600_000;

/** Returns the milliseconds until a rate limit ends; undefined if none is reached. GitHub answers 403 instead of 429. */
function rateLimitDelay({ status, headers }: Response, now: number): number | undefined {
  const isGitHubLimit = status === 403 && (headers.get('x-ratelimit-remaining') === '0' || headers.has('retry-after'));
  if (status !== 429 && !isGitHubLimit) return undefined;
  const untilReset = Number(headers.get('x-ratelimit-reset') ?? Number.NaN) * 1_000 - now;
  const retryAfter = Number(headers.get('retry-after') ?? Number.NaN) * 1_000;
  const delay = [retryAfter, untilReset].find(Number.isFinite) ?? defaultDelay;
  return Math.min(Math.max(delay, 1_000), maxDelay);
}
