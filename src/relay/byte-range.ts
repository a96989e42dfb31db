/** The part of a file that a request asks for. `end` is inclusive. */
export type ByteRange =
  | { readonly kind: 'whole' }
  | { readonly kind: 'part'; readonly start: number; readonly end: number }
  | { readonly kind: 'unsatisfiable' };

type RangeHeaders = { readonly range?: string | undefined; readonly 'if-range'?: string | undefined };

/**
 * Returns the part of a file that the header fields ask for (RFC 9110, 14.2). A server may ignore the field, so that
 * several ranges, other units and a field that is not valid mean the whole file, and so does an `If-Range` with another
 * tag.
 *
 * @param tag the strong entity tag of the file, with its quotes
 */
export function byteRange(headers: RangeHeaders, size: number, tag: string): ByteRange {
  const { range, 'if-range': condition } = headers;
  if (range === undefined || (condition !== undefined && condition.trim() !== tag)) return { kind: 'whole' };
  const [, first, last] = /^bytes=[ \t]*(\d{0,15})-(\d{0,15})[ \t]*$/i.exec(range) ?? [];
  if (first === undefined || last === undefined || (first === '' && last === '')) return { kind: 'whole' };
  if (first === '') {
    const length = Math.min(Number(last), size);
    return length === 0 ? { kind: 'unsatisfiable' } : { kind: 'part', start: size - length, end: size - 1 };
  }
  const start = Number(first);
  if (last !== '' && Number(last) < start) return { kind: 'whole' };
  if (start >= size) return { kind: 'unsatisfiable' };
  return { kind: 'part', start, end: last === '' ? size - 1 : Math.min(Number(last), size - 1) };
}
