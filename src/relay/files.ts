import type { ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { HttpResponse } from '../index/http-types.ts';
import { DigestMismatch, digestGate } from './digest-gate.ts';
import { discard } from './discard.ts';
import type { KnownFile } from './pages.ts';
import type { RequestLog } from './request-log.ts';
import { describeError, trouble } from './trouble.ts';
import type { RelayUpstream, UpstreamAnswer } from './upstream.ts';

type Tools = {
  readonly upstream: RelayUpstream;
  readonly requestLog: RequestLog;
  /** sha256 of files whose bytes were wrong in this run. */
  readonly mismatched: Set<string>;
  readonly missingFileDelays: readonly number[];
  readonly sleep: (milliseconds: number, signal: AbortSignal) => Promise<void>;
};

/** Immutable, since the path holds the digest: pip's cache may keep it for good. No ranges: a part has no digest. */
const fileHeaders = {
  'content-type': 'application/octet-stream',
  'cache-control': 'public, max-age=31536000, immutable',
  'accept-ranges': 'none',
};

/** Sends one file's bytes, checked; or a short refusal, with the reason in the ledger. */
export async function serveFile(
  tools: Tools,
  { file, sha256 }: KnownFile,
  response: ServerResponse,
  signal: AbortSignal,
): Promise<void> {
  if (tools.mismatched.has(sha256)) return refuse(response, 403, 'other bytes than the index lists');
  if (response.req.method === 'HEAD') {
    response.writeHead(200, { ...fileHeaders, ...(file.size === undefined ? {} : { 'content-length': file.size }) });
    response.end();
    return;
  }
  const sent = await getListed(tools, file.url, signal);
  if (sent.kind === 'trouble') {
    if (!signal.aborted) tools.requestLog.trouble(sent.trouble);
    return refuse(response, sent.trouble.status === 404 ? 404 : 403, 'see awspip');
  }
  await pass(tools, { file, sha256 }, sent.answer, response, signal);
}

/**
 * CodeArtifact lists a fresh file before it has finished importing it and answers 404 for a second or two
 * (measured by others: https://github.com/ray-project/ray/pull/65567); pip would give up at once.
 */
async function getListed(tools: Tools, url: string, signal: AbortSignal): Promise<UpstreamAnswer> {
  const headers = { accept: '*/*', 'accept-encoding': 'identity' };
  let sent = await tools.upstream.get(url, { headers, signal });
  for (const delay of tools.missingFileDelays) {
    if (sent.kind === 'trouble' || sent.answer.status !== 404) break;
    discard(sent.answer);
    await tools.sleep(delay, signal);
    sent = await tools.upstream.get(url, { headers, signal });
  }
  if (sent.kind === 'trouble' || sent.answer.status === 200) return sent;
  discard(sent.answer);
  const { status } = sent.answer;
  return {
    kind: 'trouble',
    trouble: trouble('unavailable', url, `listed, but answered ${status} when fetched`, status),
  };
}

async function pass(
  { requestLog, mismatched }: Tools,
  { file, sha256 }: KnownFile,
  answer: HttpResponse,
  response: ServerResponse,
  signal: AbortSignal,
): Promise<void> {
  const length = answer.headers['content-length'];
  response.writeHead(200, { ...fileHeaders, ...(length === undefined ? {} : { 'content-length': length }) });
  try {
    await pipeline(answer.body, digestGate(sha256), response);
    requestLog.sent(file.filename);
  } catch (error) {
    if (error instanceof DigestMismatch) {
      mismatched.add(sha256);
      requestLog.refuse(file.filename);
      requestLog.trouble(
        trouble(
          'digest-mismatch',
          file.url,
          `${file.filename} is not what the index lists: ${error.message}, not ${sha256}`,
        ),
      );
    } else if (!signal.aborted) {
      requestLog.trouble(trouble('unavailable', file.url, `${file.filename} broke off: ${describeError(error)}`));
    }
  }
}

/** A short answer in plain text, never cached. */
export function refuse(
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
