import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { byteRange } from './byte-range.ts';
import { digestGate } from './digest-gate.ts';
import type { KnownFile } from './fetch-page.ts';
import { isPip } from './package-hosts.ts';
import type { RequestLog } from './request-log.ts';
import { breakConnection, fileHeaders } from './serve-file.ts';

/** A small file is sent with one write: streams take more time than its bytes. */
const maxBufferedBytes = 2 * 1024 * 1024;

/** An open file of this machine. The caller closes it. */
export type LocalFile = {
  readonly handle: FileHandle;
  /** Whether the cache of vetted files keeps a file of this size, so that later runs find it. */
  readonly isKept: (bytes: number) => boolean;
};

/** Returns the header fields of a file on this machine, of which the relay also sends parts. */
function localHeaders(sha256: string): Record<string, string> {
  return { ...fileHeaders, 'accept-ranges': 'bytes', etag: `"${sha256}"` };
}

/** Answers HEAD for a file on this machine. */
export function serveLocalHead({ sha256 }: KnownFile, size: number, response: ServerResponse): void {
  response.writeHead(200, { ...localHeaders(sha256), 'content-length': size }).end();
}

/** Sends a verified file of this machine, or the part that is asked for, and closes the handle. */
export async function serveLocalFile(
  requestLog: Pick<RequestLog, 'recordServedFile'>,
  { file, sha256 }: KnownFile,
  { handle, isKept }: LocalFile,
  response: ServerResponse,
): Promise<void> {
  try {
    const { size } = await handle.stat();
    const { headers: asking } = response.req;
    // pip would copy the whole file into its own cache. uv unpacks it once, and keeps that only with this permission.
    const isTwice = isKept(size) && isPip(asking['user-agent']);
    const headers = { ...localHeaders(sha256), ...(isTwice && { 'cache-control': 'no-store' }) };
    const asked = byteRange(asking, size, `"${sha256}"`);
    if (asked.kind === 'unsatisfiable') {
      response.writeHead(416, { ...headers, 'content-range': `bytes */${size}`, 'content-length': 0 }).end();
      return;
    }
    // A client has the whole file before its sending ends. It is verified already, so it is served for certain.
    requestLog.recordServedFile(file.filename, file.url);
    if (asked.kind === 'part') {
      const { start, end } = asked;
      const part = { 'content-range': `bytes ${start}-${end}/${size}`, 'content-length': end - start + 1 };
      response.writeHead(206, { ...headers, ...part });
      await pipeline(handle.createReadStream({ start, end, autoClose: false }), response);
      return;
    }
    response.writeHead(200, { ...headers, 'content-length': size });
    if (size <= maxBufferedBytes) {
      const bytes = await handle.readFile();
      const isWhole = createHash('sha256').update(bytes).digest('hex') === sha256;
      return isWhole ? void response.end(bytes) : breakConnection(response);
    }
    await pipeline(handle.createReadStream({ start: 0, autoClose: false }), digestGate(sha256), response);
  } finally {
    await handle.close().catch(() => {});
  }
}
