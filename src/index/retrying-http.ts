import { discardBody } from './body.ts';
import { ConnectionFailure } from './connection-error.ts';
import type { Http } from './http-types.ts';
import { parseRetryAfter } from './retry-after.ts';

const retryDelays = [300, 1000];
const unreachableMilliseconds = 30_000;
/** The longest pause that a server may ask for with `Retry-After`, in milliseconds. */
const maxRetryAfter = 30_000;

type RetryOptions = {
  readonly now: () => number;
  readonly sleep: (milliseconds: number) => Promise<void>;
  readonly userAgent: string;
};

/**
 * Retries a request twice after a lost connection, 429 or 5xx, and follows `Retry-After`. Skips an unreachable host for 30 seconds, so that one
 * dead index does not cost its time limit for every project.
 */
export function retryingHttp(http: Http, { now, sleep, userAgent }: RetryOptions): Http {
  const unreachableHosts = new Map<string, { until: number; error: unknown }>();
  return {
    async request(url, init = {}) {
      const origin = URL.canParse(url) ? new URL(url).origin : '';
      const unreachable = unreachableHosts.get(origin);
      if (unreachable !== undefined && unreachable.until > now()) throw unreachable.error;
      const headers = { 'user-agent': userAgent, ...init.headers };
      for (let attempt = 0; ; attempt += 1) {
        const delay = retryDelays[attempt];
        try {
          const response = await http.request(url, { ...init, headers });
          if (delay === undefined || !isTransientStatus(response.status)) return response;
          const requested = parseRetryAfter(response.headers['retry-after'], now()) ?? 0;
          // A server that asks for a longer pause would only get requests that it does not want.
          if (requested > maxRetryAfter) return response;
          await discardBody(response);
          await sleep(Math.max(delay, requested));
        } catch (error) {
          if (delay === undefined || init.signal?.aborted || !isTransientError(error)) {
            // A redirect to an unreachable host says nothing about the host of the other URLs.
            if (isUnreachable(error) && error instanceof ConnectionFailure && error.origin === origin)
              unreachableHosts.set(origin, { until: now() + unreachableMilliseconds, error });
            throw error;
          }
          await sleep(delay);
        }
      }
    },
    close: () => http.close(),
  };
}

function isTransientStatus(status: number): boolean {
  return status === 429 || (status >= 500 && status !== 501 && status !== 505);
}

/** Checks whether a connection error may pass on a retry. An unknown host name and a time limit do not. */
function isTransientError(error: unknown): boolean {
  return ['ECONNRESET', 'UND_ERR_SOCKET', 'EPIPE', 'EAI_AGAIN', 'ECONNREFUSED'].includes(causeCode(error));
}

function isUnreachable(error: unknown): boolean {
  return [
    'UND_ERR_CONNECT_TIMEOUT',
    'ENOTFOUND',
    'EAI_AGAIN',
    'ECONNREFUSED',
    'EHOSTUNREACH',
    'ENETUNREACH',
    'ETIMEDOUT',
  ].includes(causeCode(error));
}

function causeCode(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  const first = cause instanceof AggregateError ? cause.errors[0] : cause;
  return (first as NodeJS.ErrnoException | undefined)?.code ?? '';
}
