import type { Signal } from '../types.ts';
import { answerCache, type CachedAnswer } from './answer-cache.ts';
import { circuitBreaker } from './circuit-breaker.ts';
import { type RateLimit, rateLimiter } from './rate-limiter.ts';
import { type JsonResponse, type RequestFailure, requestJson } from './request-json.ts';
import type { SourceSettings } from './types.ts';

/** A request to a source. */
type SourceRequest<T> = {
  /** The cache key. */
  readonly key: string;
  /** Path and query, relative to the base URL. */
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Called before the request. If it returns a result, the request is not sent. */
  readonly tryFirst?: (() => Promise<JsonResponse | RequestFailure | undefined>) | undefined;
  /** Reads a response with status 200 or 404. */
  readonly read: (response: JsonResponse) => Reading<T>;
};

/** The value of a response, or the reason why it is unknown. The reason is a predicate that follows the source's name. */
type Reading<T> = { readonly value: T; readonly note?: string | undefined } | { readonly why: string };

type SourceOptions = {
  /** The name for people, such as `pypistats`. */
  readonly name: string;
  readonly baseUrl: string;
  readonly settings: SourceSettings;
  /** Milliseconds for which an answer is valid. */
  readonly lifetime: number;
  /** The maximum size of a response. */
  readonly maxBytes: number;
  /** The maximum number of cached answers in this process, or their total weight. */
  readonly cacheSize: number;
  readonly weigh?: ((value: unknown) => number) | undefined;
  readonly rateLimits?: readonly RateLimit[] | undefined;
};

const outagePause = 60_000;
const rateLimitReason = 'has reached its rate limit';

/**
 * Opens a source. Concurrent requests with the same key share one, answers are cached, and the source is skipped for a
 * minute after an outage.
 */
export function openSource(options: SourceOptions): <T>(request: SourceRequest<T>) => Promise<Signal<T>> {
  const { name, baseUrl, settings } = options;
  const { now } = settings;
  const { lifetime, cacheSize: size, weigh } = options;
  const cache = answerCache({ lifetime, size, weigh, now, store: settings.store });
  const breaker = circuitBreaker(now);
  const waitForTurn = rateLimiter(options.rateLimits ?? [], settings);
  const running = new Map<string, Promise<Signal<unknown>>>();
  const unknown = <T>(why: string): Signal<T> => ({ known: false, source: name, fetchedAt: iso(now()), why });

  const jsonRequest = ({ path, body, headers }: SourceRequest<unknown>) => ({
    url: `${baseUrl}${path}`,
    body,
    headers,
    maxBytes: options.maxBytes,
    timeLimit: settings.timeLimit ?? 5_000,
    settings,
  });

  async function send<T>(request: SourceRequest<T>): Promise<Signal<T>> {
    if (breaker.pauseReason() === undefined && !(await waitForTurn())) {
      return unknown('is rate-limited, and too many requests are waiting');
    }
    const pauseReason = breaker.pauseReason();
    if (pauseReason !== undefined) return unknown(pauseReason);
    const response = (await request.tryFirst?.()) ?? (await requestJson(jsonRequest(request)));
    if (response.kind === 'failed') {
      if (response.isOutage) breaker.pause(now() + outagePause, response.why);
      return unknown(response.why);
    }
    if (response.kind === 'rate-limited') {
      breaker.pause(now() + response.retryAfter, rateLimitReason);
      return unknown(rateLimitReason);
    }
    const reading = readSafely(request, response);
    if ('why' in reading) return unknown(reading.why);
    const answer = { value: reading.value, fetchedAt: now(), note: reading.note };
    await cache.put(request.key, answer);
    return known(name, answer);
  }

  async function fromCacheOrSource<T>(request: SourceRequest<T>): Promise<Signal<T>> {
    const cached = await cache.get(request.key);
    return cached === undefined ? send(request) : known(name, cached);
  }

  return <T>(request: SourceRequest<T>): Promise<Signal<T>> => {
    if (baseUrl === '') return Promise.resolve(unknown('is disabled'));
    const current = running.get(request.key);
    if (current !== undefined) return current as Promise<Signal<T>>;
    const started = fromCacheOrSource(request).finally(() => running.delete(request.key));
    running.set(request.key, started);
    return started;
  };
}

function known<T>(source: string, { value, fetchedAt, note }: CachedAnswer): Signal<T> {
  return { known: true, value: value as T, source, fetchedAt: iso(fetchedAt), note };
}

/** Reads a response. A reader that throws on a malformed response makes the signal unknown. */
function readSafely<T>(request: SourceRequest<T>, response: JsonResponse): Reading<T> {
  try {
    return request.read(response);
  } catch {
    return { why: 'returned a malformed response' };
  }
}

const iso = (time: number): string => new Date(time).toISOString();
