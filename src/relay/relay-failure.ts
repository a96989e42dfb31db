import { AwspipError } from '../errors.ts';
import { withoutCredentials } from '../index/http.ts';
import type { HttpResponse } from '../index/http-types.ts';
import { networkHint, proxyStatusHint } from '../network-hint.ts';
import type { RelayFailure } from './types.ts';

/**
 * Returns a failure. Its URL has no credentials, query or fragment, because a redirect's query may contain a signature.
 */
export function relayFailure(
  kind: RelayFailure['kind'],
  url: string,
  cause: string,
  { status, hint }: Pick<RelayFailure, 'status' | 'hint'> = {},
): RelayFailure {
  return { kind, status, cause, url: withoutCredentials(url), ...(hint !== undefined && { hint }) };
}

/**
 * The error type of a response whose file has other bytes than its index lists. The local stack sends it; CodeArtifact
 * has no such answer.
 */
export const digestMismatchType = 'DigestMismatch';

/**
 * Returns the failure for a response of the repository; undefined when its status is not a failure.
 *
 * @param reason the repository's own words
 */
export function failureOfResponse(
  { status, headers }: Pick<HttpResponse, 'status' | 'headers'>,
  url: string,
  reason?: string,
): RelayFailure | undefined {
  const { host } = new URL(url);
  const because = reason === undefined ? '' : `: ${reason}`;
  if (status === 401 || status === 403)
    return relayFailure('denied', url, `the repository denies access (${status})${because}`, { status });
  if (status === 407)
    return relayFailure('unavailable', url, `the proxy to \`${host}\` needs credentials (407)`, {
      status,
      hint: proxyStatusHint(status),
    });
  if (status === 429)
    return relayFailure('throttled', url, `the repository asks for fewer requests (429)${pauseOf(headers)}`, {
      status,
    });
  if (status >= 500 && headers['x-amzn-errortype'] === digestMismatchType && reason !== undefined)
    return relayFailure('digest-mismatch', url, reason, { status });
  if (status >= 500) {
    const { cause, hint } = splitAdvice(because);
    return relayFailure('unavailable', url, `the repository at \`${host}\` failed (${status})${cause}`, {
      status,
      hint,
    });
  }
  return undefined;
}

/** Splits the repository's words into what happened and the command that they advise, if any. */
function splitAdvice(words: string): { readonly cause: string; readonly hint?: string | undefined } {
  const [, cause = words, hint] = /^(.*); (run `[^`]+`.*)$/.exec(words) ?? [];
  return { cause, hint };
}

/** Returns the failure for a request without a response. */
export function failureOfConnection(error: unknown, url: string): RelayFailure {
  const hint = error instanceof AwspipError ? error.hint : networkHint(error);
  return relayFailure('unavailable', url, describeError(error), { hint });
}

function pauseOf(headers: HttpResponse['headers']): string {
  const retryAfter = headers['retry-after']?.trim().slice(0, 40);
  return retryAfter === undefined ? '' : `, after ${/^\d+$/.test(retryAfter) ? `${retryAfter} s` : retryAfter}`;
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
