import type { HttpResponse } from './http-types.ts';

const meanings: Readonly<Record<number, string>> = {
  401: 'credentials are missing or wrong',
  403: 'access is denied',
  407: 'the proxy needs credentials',
};

/** Returns what a server did, as a predicate: the status, its meaning, and the pause that the server asks for. */
export function describeStatus({ status, headers }: Pick<HttpResponse, 'status' | 'headers'>): string {
  const retryAfter = headers['retry-after']?.trim().slice(0, 40) ?? '';
  const pause = /^\d+$/.test(retryAfter) ? `${retryAfter} s` : retryAfter;
  const meaning = meanings[status] ?? (pause === '' ? undefined : `Retry-After: ${pause}`);
  return `responded with status ${status}${meaning === undefined ? '' : ` (${meaning})`}`;
}
