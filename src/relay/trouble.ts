import { AwspipError } from '../errors.ts';
import type { Trouble } from './types.ts';

/** One trouble; the URL is shown without credentials, query and fragment (a redirect's query may be a signature). */
export function trouble(kind: Trouble['kind'], url: string, cause: string, status?: number): Trouble {
  const { origin, pathname } = new URL(url);
  return { kind, status, cause, url: `${origin}${pathname}` };
}

/** What a status of the repository means; undefined for those that are an answer. */
export function statusTrouble(status: number, url: string): Trouble | undefined {
  if (status === 401 || status === 403)
    return trouble('denied', url, `the repository denies access (${status})`, status);
  if (status === 429) return trouble('throttled', url, 'the repository asks for fewer requests (429)', status);
  if (status >= 500) return trouble('unavailable', url, `the repository failed (${status})`, status);
  return undefined;
}

/** No token to be had: with the error, which knows exit code and hint. */
export function tokenTrouble(error: unknown, url: string): Trouble {
  const unavailable = error instanceof AwspipError && error.exit === 'unavailable';
  return { ...trouble(unavailable ? 'unavailable' : 'denied', url, `no token: ${describeError(error)}`), error };
}

/** An error in one short line: its message, or the system's code where there is none. */
export function describeError(error: unknown): string {
  const { code, message } = (error ?? {}) as { readonly code?: unknown; readonly message?: unknown };
  const text =
    typeof message === 'string' && message !== '' ? message : typeof code === 'string' ? code : String(error);
  return text.split('\n', 1)[0]?.slice(0, 300) ?? '';
}
