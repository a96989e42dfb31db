import { AwspipError } from '../errors.ts';
import type { RelayFailure } from './types.ts';

/**
 * Returns a failure. Its URL has no credentials, query or fragment, because a redirect's query may contain a signature.
 */
export function relayFailure(kind: RelayFailure['kind'], url: string, cause: string, status?: number): RelayFailure {
  const { origin, pathname } = new URL(url);
  return { kind, status, cause, url: `${origin}${pathname}` };
}

/** Returns the failure for a response status of the repository; undefined when the status is not a failure. */
export function failureOfStatus(status: number, url: string): RelayFailure | undefined {
  if (status === 401 || status === 403)
    return relayFailure('denied', url, `the repository denies access (${status})`, status);
  if (status === 429) return relayFailure('throttled', url, 'the repository asks for fewer requests (429)', status);
  if (status >= 500) return relayFailure('unavailable', url, `the repository failed (${status})`, status);
  return undefined;
}

/** Returns the failure for a missing token. It keeps the error, which has the exit code and hint. */
export function failureOfToken(error: unknown, url: string): RelayFailure {
  const unavailable = error instanceof AwspipError && error.exit === 'unavailable';
  return { ...relayFailure(unavailable ? 'unavailable' : 'denied', url, `no token: ${describeError(error)}`), error };
}

/** Returns an error as one short line: its message, or the system's error code. */
export function describeError(error: unknown): string {
  const { code, message } = (error ?? {}) as { readonly code?: unknown; readonly message?: unknown };
  const description =
    typeof message === 'string' && message !== '' ? message : typeof code === 'string' ? code : String(error);
  return description.split('\n', 1)[0]?.slice(0, 300) ?? '';
}
