import { createHash } from 'node:crypto';
import { mkdtemp, open, rm } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { projectOfFilename } from '../index/filename.ts';
import type { KnownFile } from './fetch-page.ts';
import { relayFailure } from './relay-failure.ts';
import { breakConnection, downloadFile, type FileTools, rejectRequest } from './serve-file.ts';
import type { RelayFailure } from './types.ts';
import { offeredDigest, type WheelMetadata } from './wheel-metadata.ts';

type Tools = FileTools & { readonly metadata: WheelMetadata };

/** The path contains the digest of the wheel, whose METADATA never changes. */
const metadataHeaders = {
  'content-type': 'application/octet-stream',
  'cache-control': 'public, max-age=31536000, immutable',
};

/** Sends the METADATA of a wheel with the digest that its page offers. Without it, the connection breaks. */
export async function serveMetadata(
  tools: Tools,
  known: KnownFile,
  response: ServerResponse,
  signal: AbortSignal,
): Promise<void> {
  const offered = offeredDigest(known.file);
  if (offered === undefined) return rejectRequest(response, 404, 'no metadata of this file');
  const text = await readMetadata(tools, known, offered, signal);
  if (Buffer.isBuffer(text)) {
    response.writeHead(200, { ...metadataHeaders, 'content-length': text.length });
    response.end(response.req.method === 'HEAD' ? undefined : text);
    return;
  }
  breakConnection(response);
  if (!signal.aborted) tools.requestLog.recordFailure(text);
}

/**
 * Reads the METADATA that a page offers. pip and uv fail without it, so the wheel itself takes the place of a record
 * that can't be read any more.
 */
async function readMetadata(
  tools: Tools,
  known: KnownFile,
  offered: string,
  signal: AbortSignal,
): Promise<Buffer | RelayFailure> {
  const { filename, url } = known.file;
  const name = projectOfFilename(filename);
  const recorded = name === undefined ? undefined : await tools.metadata.text(name, offered);
  if (recorded !== undefined && digestOf(recorded) === offered) return recorded;
  const folder = await mkdtemp(path.join(tmpdir(), 'awspip-metadata-'));
  try {
    const wheel = path.join(folder, 'wheel');
    const failure = await downloadTo(wheel, tools, known, signal);
    if (failure !== undefined) return failure;
    const text = await tools.metadata.inWheel(filename, wheel);
    if (text !== undefined && digestOf(text) === offered) return text;
    return relayFailure('unavailable', url, `the record of ${filename} has the digest of another METADATA`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function downloadTo(
  wheel: string,
  tools: Tools,
  known: KnownFile,
  signal: AbortSignal,
): Promise<RelayFailure | undefined> {
  const handle = await open(wheel, 'wx', 0o600);
  try {
    return await downloadFile(tools, known, signal, { write: (chunk) => handle.writeFile(chunk) });
  } finally {
    await handle.close();
  }
}

function digestOf(text: Buffer): string {
  return createHash('sha256').update(text).digest('hex');
}
