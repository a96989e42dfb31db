import { AwspipError } from '../../errors.ts';
import { acceptedEncodings, discardBody, readBody } from '../../index/body.ts';
import type { HttpResponse } from '../../index/http-types.ts';
import { parseRetryAfter } from '../../index/retry-after.ts';
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
  const outage = (why: string): RequestFailure => ({
    kind: 'failed',
    why: controller.signal.aborted ? `did not answer within ${timeLimit / 1_000} s` : why,
    isOutage: true,
  });
  try {
    const response = await settings.http
      .request(request.url, {
        method: request.body === undefined ? 'GET' : 'POST',
        headers: {
          'user-agent': settings.userAgent,
          accept: 'application/json',
          'accept-encoding': acceptedEncodings,
          ...(request.body === undefined ? {} : { 'content-type': 'application/json' }),
          ...request.headers,
        },
        body: request.body === undefined ? undefined : JSON.stringify(request.body),
        signal: controller.signal,
        followRedirects: true,
      })
      .catch(() => undefined);
    if (response === undefined) return outage('could not be reached');
    return await readResponse(response, request);
  } catch {
    return outage('sent a response that could not be read');
  } finally {
    clearTimeout(timer);
  }
}

async function readResponse(
  response: HttpResponse,
  { maxBytes, settings }: JsonRequest,
): Promise<JsonResponse | RequestFailure> {
  const { status } = response;
  const retryAfter = rateLimitDelay(response, settings.now());
  if (retryAfter !== undefined || ![200, 404].includes(status)) {
    await discardBody(response);
    if (retryAfter !== undefined) return { kind: 'rate-limited', retryAfter };
    return { kind: 'failed', why: `answered ${status}`, isOutage: false };
  }
  try {
    return { kind: 'response', status, json: parseJson((await readBody(response, maxBytes)).toString('utf8')) };
  } catch (error) {
    if (!(error instanceof AwspipError) || error.code !== 'response-too-large') throw error;
    return { kind: 'failed', why: `answered more than ${maxBytes} bytes`, isOutage: false };
  }
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
function rateLimitDelay({ status, headers }: HttpResponse, now: number): number | undefined {
  const isGitHubLimit =
    status === 403 && (headers['x-ratelimit-remaining'] === '0' || headers['retry-after'] !== undefined);
  if (status !== 429 && !isGitHubLimit) return undefined;
  const untilReset = Number(headers['x-ratelimit-reset'] ?? Number.NaN) * 1_000 - now;
  const delay =
    parseRetryAfter(headers['retry-after'], now) ?? (Number.isFinite(untilReset) ? untilReset : defaultDelay);
  return Math.min(Math.max(delay, 1_000), maxDelay);
}
