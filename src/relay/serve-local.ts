import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { byteRange } from './byte-range.ts';
import { digestGate } from './digest-gate.ts';
import type { KnownFile } from './fetch-page.ts';
import { breakConnection, type FileTools, fileHeaders } from './serve-file.ts';

/** A small file is sent with one write: streams take more time than its bytes. */
const maxBufferedBytes = 2 * 1024 * 1024;

/** Returns the header fields of a file on this machine, of which the relay also sends parts. */
function localHeaders({ req }: ServerResponse, sha256: string, isKept: boolean): Record<string, string> {
  return { ...fileHeaders(req, isKept), 'accept-ranges': 'bytes', etag: `"${sha256}"` };
}

/** Answers HEAD for a file on this machine. */
export function serveLocalHead({ sha256 }: KnownFile, size: number, response: ServerResponse): void {
  response.writeHead(200, { ...localHeaders(response, sha256, false), 'content-length': size }).end();
}

/** Sends a verified file of this machine, or the part that is asked for, and closes the handle. */
export async function serveLocalFile(
  { requestLog, keeps }: Pick<FileTools, 'requestLog' | 'keeps'>,
  { file, sha256 }: KnownFile,
  local: Buffer | FileHandle,
  response: ServerResponse,
): Promise<void> {
  try {
    const size = Buffer.isBuffer(local) ? local.length : (await local.stat()).size;
    const headers = localHeaders(response, sha256, keeps?.(size) === true);
    const asked = byteRange(response.req.headers, size, `"${sha256}"`);
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
      if (Buffer.isBuffer(local)) response.end(local.subarray(start, end + 1));
      else await pipeline(local.createReadStream({ start, end, autoClose: false }), response);
      return;
    }
    response.writeHead(200, { ...headers, 'content-length': size });
    if (Buffer.isBuffer(local)) response.end(local);
    else await sendWhole(local, size, sha256, response);
  } finally {
    if (!Buffer.isBuffer(local)) await local.close().catch(() => {});
  }
}

/** Another program may have changed the file since it was verified, so it is verified again. */
async function sendWhole(handle: FileHandle, size: number, sha256: string, response: ServerResponse): Promise<void> {
  if (size > maxBufferedBytes) {
    return pipeline(handle.createReadStream({ start: 0, autoClose: false }), digestGate(sha256), response);
  }
  const bytes = await handle.readFile();
  const isWhole = createHash('sha256').update(bytes).digest('hex') === sha256;
  if (isWhole) response.end(bytes);
  else breakConnection(response);
}
