/**
 * Returns the milliseconds of a `Retry-After` header: seconds or an HTTP date (RFC 9110, 10.2.3). Undefined if the
 * header is absent or malformed. A date in the past is 0.
 *
 * @param now epoch milliseconds, for dates
 */
export function parseRetryAfter(header: string | undefined, now: number): number | undefined {
  const text = header?.trim() ?? '';
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  // `Date.parse` also accepts other forms, such as `12` for a month. Every form of an HTTP date begins with a weekday.
  const date = /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? /.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isFinite(date) ? Math.max(0, date - now) : undefined;
}
