import type { ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { HttpResponse } from '../index/http-types.ts';
import { DigestMismatch, digestGate } from './digest-gate.ts';
import { discard } from './discard.ts';
import type { KnownFile } from './fetch-page.ts';
import { describeError, relayFailure } from './relay-failure.ts';
import type { RelayUpstream, UpstreamResult } from './relay-upstream.ts';
import type { RequestLog } from './request-log.ts';

type Tools = {
  readonly upstream: RelayUpstream;
  readonly requestLog: RequestLog;
  /** Listed sha256 digests whose files had other bytes in this run. */
  readonly mismatchedDigests: Set<string>;
  readonly missingFileDelays: readonly number[];
  readonly sleep: (milliseconds: number, signal: AbortSignal) => Promise<void>;
};

/**
 * pip may cache a file for good, because its path contains its digest. Ranges are not offered, because a part of a file
 * has no digest.
 */
const fileHeaders = {
  'content-type': 'application/octet-stream',
  'cache-control': 'public, max-age=31536000, immutable',
  'accept-ranges': 'none',
};

/** Sends a file and checks its digest. If that fails, sends a short rejection and logs the reason. */
export async function serveFile(
  tools: Tools,
  { file, sha256 }: KnownFile,
  response: ServerResponse,
  signal: AbortSignal,
): Promise<void> {
  if (tools.mismatchedDigests.has(sha256))
    return rejectRequest(response, 403, 'the file does not match the digest in the index');
  if (response.req.method === 'HEAD') {
    response.writeHead(200, { ...fileHeaders, ...(file.size === undefined ? {} : { 'content-length': file.size }) });
    response.end();
    return;
  }
  const result = await fetchListedFile(tools, file.url, signal);
  if (result.kind === 'failure') {
    if (!signal.aborted) tools.requestLog.recordFailure(result.failure);
    return rejectRequest(
      response,
      result.failure.status === 404 ? 404 : 403,
      'the repository failed; see the awspip output',
    );
  }
  await sendFile(tools, { file, sha256 }, result.response, response, signal);
}

/**
 * Requests a listed file, and retries while it answers 404. CodeArtifact lists a new file before its import ends and
 * answers 404 for a second or two (https://github.com/ray-project/ray/pull/65567). pip does not retry a 404.
 */
async function fetchListedFile(tools: Tools, url: string, signal: AbortSignal): Promise<UpstreamResult> {
  const headers = { accept: '*/*', 'accept-encoding': 'identity' };
  let result = await tools.upstream.get(url, { headers, signal });
  for (const delay of tools.missingFileDelays) {
    if (result.kind === 'failure' || result.response.status !== 404) break;
    discard(result.response);
    await tools.sleep(delay, signal);
    result = await tools.upstream.get(url, { headers, signal });
  }
  if (result.kind === 'failure' || result.response.status === 200) return result;
  discard(result.response);
  const { status } = result.response;
  return {
    kind: 'failure',
    failure: relayFailure('unavailable', url, `the file is listed, but its download answered ${status}`, status),
  };
}

async function sendFile(
  { requestLog, mismatchedDigests }: Tools,
  { file, sha256 }: KnownFile,
  upstreamResponse: HttpResponse,
  response: ServerResponse,
  signal: AbortSignal,
): Promise<void> {
  const length = upstreamResponse.headers['content-length'];
  response.writeHead(200, { ...fileHeaders, ...(length === undefined ? {} : { 'content-length': length }) });
  try {
    await pipeline(upstreamResponse.body, digestGate(sha256), response);
    requestLog.recordServedFile(file.filename);
  } catch (error) {
    if (error instanceof DigestMismatch) {
      mismatchedDigests.add(sha256);
      requestLog.recordRejectedFile(file.filename);
      requestLog.recordFailure(
        relayFailure(
          'digest-mismatch',
          file.url,
          `${file.filename} does not match the index: ${error.message}, not ${sha256}`,
        ),
      );
    } else if (!signal.aborted) {
      requestLog.recordFailure(
        relayFailure(
          'unavailable',
          file.url,
          `the download of ${file.filename} was interrupted: ${describeError(error)}`,
        ),
      );
    }
  }
}

/** Sends a short plain-text response, which is never cached. */
export function rejectRequest(
  response: ServerResponse,
  status: number,
  reason: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  const body = `${reason}\n`;
  response.writeHead(status, {
    ...headers,
    'content-type': 'text/plain; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
  });
  response.end(response.req.method === 'HEAD' ? undefined : body);
}
