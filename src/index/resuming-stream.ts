import { Readable } from 'node:stream';
import { reasonOf } from './connection-error.ts';
import type { HttpResponse } from './http-types.ts';
import { progressLimit } from './minimum-progress.ts';

/** The bytes of one response, as part of a file. */
export type FilePart = {
  readonly stream: Readable;
  /** Offset in the file of the first byte. 0 if the server ignored the requested range. */
  readonly start: number;
  /** Offset after the last byte, if it is known. */
  readonly end?: number | undefined;
};

export type ResumeOptions = {
  /** Requests the bytes from `start` on. An error of it ends the download. */
  readonly open: (start: number) => Promise<FilePart>;
  readonly sleep: (milliseconds: number) => Promise<unknown>;
  /** Returns the error of a download that broke off for good. */
  readonly failed: (reason: string, cause: unknown) => Error;
  /** Returns milliseconds of a clock that never goes back. */
  readonly now?: () => number;
};

/** Milliseconds before a download that broke off without progress goes on. */
const delays = [300, 1000];
/** Limit for a server that breaks off after every few bytes. */
const maxParts = 50;

/**
 * Returns the bytes of a download, which goes on where it broke off (RFC 9110, 14). If the server has no ranges and
 * starts again, the bytes that were already read are skipped. So only a check of the file's digest shows that all parts
 * belong to the same file.
 *
 * It fails after three attempts in succession that bring no new bytes, or bring them more slowly than `progressLimit`.
 */
export function resumingStream(first: FilePart, options: ResumeOptions): Readable {
  const state = { part: first, destroyed: false };
  const chunks = readParts(state, options);
  const stream = new Readable({
    read() {
      chunks.next().then(
        ({ done, value }) => stream.push(done === true ? null : value),
        (error: Error) => stream.destroy(error),
      );
    },
    destroy(error, callback) {
      state.destroyed = true;
      state.part.stream.destroy();
      callback(error);
    },
  });
  // Without a listener, the error of a stream without a reader would end the process.
  stream.on('error', () => {});
  return stream;
}

async function* readParts(
  state: { part: FilePart; destroyed: boolean },
  { open, sleep, failed, now = () => performance.now() }: ResumeOptions,
): AsyncGenerator<Buffer> {
  let position = state.part.start;
  let withoutProgress = 0;
  let since = now();
  for (let parts = 1; ; parts += 1) {
    const { stream, start, end } = state.part;
    let offset = start;
    let fetched = 0;
    /** Milliseconds that this part was waited for. The time in which the reader uses the bytes does not count. */
    let waited = 0;
    let cause: unknown;
    try {
      for await (const chunk of stream as AsyncIterable<Buffer>) {
        const fresh = chunk.subarray(Math.min(chunk.length, Math.max(0, position - offset)));
        offset += chunk.length;
        if (fresh.length === 0) continue;
        position += fresh.length;
        fetched += fresh.length;
        waited += now() - since;
        yield fresh;
        since = now();
      }
      if (end === undefined || offset >= end) return;
    } catch (error) {
      cause = error;
    }
    if (state.destroyed) return;
    waited += now() - since;
    if (fetched > 0 && fetched * 1_000 >= progressLimit.minBytesPerSecond * waited) withoutProgress = 0;
    const delay = delays[withoutProgress];
    withoutProgress += 1;
    if (delay === undefined || parts === maxParts) throw failed(describe(position, end, cause), cause);
    await sleep(delay);
    since = now();
    state.part = await open(position);
    // The reader may have left during the request.
    if (state.destroyed) state.part.stream.destroy();
  }
}

function describe(position: number, end: number | undefined, cause: unknown): string {
  const of = end === undefined ? '' : ` of ${end}`;
  const reason = cause === undefined ? 'the connection was closed' : reasonOf(cause);
  return `the download broke off after ${position}${of} bytes: ${reason}`;
}

/** Returns the request headers for the bytes from `start` to `end` (inclusive), or to the end of the file. */
export function rangeHeaders(
  start: number,
  { end, etag }: { readonly end?: number | undefined; readonly etag?: string | undefined } = {},
): Record<string, string> {
  // A weak validator must not be sent (RFC 9110, 13.1.5).
  const isStrong = etag?.startsWith('"') === true;
  return { range: `bytes=${start}-${end ?? ''}`, ...(isStrong && { 'if-range': etag }) };
}

/**
 * Returns a response as a part of the file. Undefined for a status other than 200 and 206, and for another range than
 * the requested one.
 *
 * @param requested `start` and `end` (inclusive) of the requested range, and the size of the file in its index. The
 *   server's own figures take precedence.
 */
export function filePart(
  { status, headers, body }: HttpResponse,
  requested: { readonly start: number; readonly end?: number | undefined; readonly size?: number | undefined },
): FilePart | undefined {
  const { start, end = Number.POSITIVE_INFINITY } = requested;
  if (status === 200) return { stream: body, start: 0, end: parseLength(headers['content-length']) ?? requested.size };
  const range = status === 206 ? parseContentRange(headers['content-range']) : undefined;
  if (range?.start !== start) return undefined;
  // A server may send less than was requested. The rest is then requested too.
  const size = range.size ?? requested.size ?? range.end + 1;
  return { stream: body, start, end: Math.min(end + 1, size) };
}

/** Reads `content-range`, such as `bytes 0-99/1234` (RFC 9110, 14.4). */
export function parseContentRange(
  header: string | undefined,
): { readonly start: number; readonly end: number; readonly size: number | undefined } | undefined {
  const [, start, end, size] = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15}|\*)$/.exec(header ?? '') ?? [];
  return start === undefined ? undefined : { start: Number(start), end: Number(end), size: parseLength(size) };
}

/** Reads a number of bytes. */
export function parseLength(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
