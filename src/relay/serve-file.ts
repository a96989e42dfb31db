import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { HttpResponse } from '../index/http-types.ts';
import { filePart, parseContentRange, parseLength, rangeHeaders, resumingStream } from '../index/resuming-stream.ts';
import type { IndexFile } from '../index/types.ts';
import { networkHint } from '../network-hint.ts';
import { DigestMismatch, digestGate } from './digest-gate.ts';
import { discard } from './discard.ts';
import type { KnownFile } from './fetch-page.ts';
import type { CacheWriter } from './file-cache/types.ts';
import { isPip } from './package-hosts.ts';
import { describeError, relayFailure } from './relay-failure.ts';
import type { RelayUpstream, UpstreamResult } from './relay-upstream.ts';
import type { RequestLog } from './request-log.ts';
import type { RelayFailure } from './types.ts';

/** What serving files needs. */
export type FileTools = {
  readonly upstream: RelayUpstream;
  readonly requestLog: RequestLog;
  /** Listed sha256 digests whose files could not be fetched in this run. */
  readonly failedFiles: Set<string>;
  readonly missingFileDelays: readonly number[];
  readonly sleep: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  /** Begins to keep a file for later runs. Absent: it is only sent. */
  readonly receive?: (sha256: string) => CacheWriter | undefined;
  /** Checks whether the cache of vetted files keeps a file of this size, in bytes. Absent: there is none. */
  readonly keeps?: (bytes: number) => boolean;
};

/** An installer may cache a file for good, because its path contains its digest. */
const forGood = 'public, max-age=31536000, immutable';

/**
 * Returns the header fields of a file. Ranges are not offered, because a part of a file has no digest. pip would copy the
 * whole file into its own cache, so it must not if the cache of vetted files keeps it. uv unpacks it once, and keeps that
 * only with permission.
 */
export function fileHeaders({ headers }: IncomingMessage, isKept: boolean) {
  return {
    'content-type': 'application/octet-stream',
    'cache-control': isKept && isPip(headers['user-agent']) ? 'no-store' : forGood,
    'accept-ranges': 'none',
  };
}

/**
 * Sends a file and checks its digest. If that fails, it breaks the connection and logs the reason: some installers take
 * the body of any response for the file, and write its digest into a lock file.
 */
export async function serveFile(
  tools: FileTools,
  { file, sha256 }: KnownFile,
  response: ServerResponse,
  signal: AbortSignal,
): Promise<void> {
  // The repository was asked several times already. pip repeats a request whose connection broke.
  if (tools.failedFiles.has(sha256)) return breakConnection(response);
  if (response.req.method === 'HEAD') {
    response.writeHead(200, {
      ...fileHeaders(response.req, false),
      ...(file.size === undefined ? {} : { 'content-length': file.size }),
    });
    response.end();
    return;
  }
  const kept = tools.receive?.(sha256);
  const failure = await downloadFile(tools, { file, sha256 }, signal, {
    begin: (length) => {
      const isKept = length !== undefined && tools.keeps?.(Number(length)) === true;
      const headers = fileHeaders(response.req, isKept);
      response.writeHead(200, { ...headers, ...(length === undefined ? {} : { 'content-length': length }) });
    },
    write: async (chunk) => {
      // First, because a client that has all bytes may close the connection, and that ends the request.
      await kept?.write(chunk);
      if (!response.write(chunk)) await once(response, 'drain', { signal });
    },
  }).catch(async (error: unknown) => {
    await kept?.discard();
    throw error;
  });
  if (failure === undefined) {
    tools.requestLog.recordServedFile(file.filename, file.url);
    response.end();
    await kept?.keep();
    return;
  }
  await kept?.discard();
  breakConnection(response);
  // pip closed the connection, so the failure affects no request.
  if (signal.aborted) return;
  tools.failedFiles.add(sha256);
  tools.requestLog.recordFailure(failure);
  if (failure.kind === 'digest-mismatch') tools.requestLog.recordRejectedFile(file.filename);
}

/**
 * Breaks the connection, so that no client takes what it received for the whole file. A reset is an error for every
 * client, while some take the ordinary end of a connection for the end of the file.
 */
export function breakConnection(response: ServerResponse): void {
  response.socket?.resetAndDestroy();
  response.destroy();
}

/**
 * Requests a listed file, and retries while it answers 404. CodeArtifact lists a new file before its import ends and
 * answers 404 for a second or two (https://github.com/ray-project/ray/pull/65567). pip does not retry a 404.
 */
async function fetchListedFile(
  tools: FileTools,
  { filename, url }: IndexFile,
  signal: AbortSignal,
): Promise<UpstreamResult> {
  let result = await tools.upstream.get(url, { headers: fileRequestHeaders, signal });
  for (const delay of tools.missingFileDelays) {
    if (result.kind === 'failure' || result.response.status !== 404) break;
    discard(result.response);
    await tools.sleep(delay, signal);
    result = await tools.upstream.get(url, { headers: fileRequestHeaders, signal });
  }
  if (result.kind === 'failure') return { kind: 'failure', failure: ofFile(result.failure, filename) };
  if (result.response.status === 200) return result;
  discard(result.response);
  const { status } = result.response;
  const cause = `${filename} is listed, but \`${new URL(url).host}\` answered ${status} to its download`;
  return { kind: 'failure', failure: relayFailure('unavailable', url, cause, { status }) };
}

const fileRequestHeaders = { accept: '*/*', 'accept-encoding': 'identity' };

/** Adds the name of the file to the cause of a failure. */
function ofFile(failure: RelayFailure, filename: string): RelayFailure {
  return failure.cause.includes(filename)
    ? failure
    : { ...failure, cause: `cannot download ${filename}: ${failure.cause}` };
}

/** Ends a download with a failure that has its cause already. */
class DownloadFailure extends Error {
  readonly failure: RelayFailure;

  constructor(failure: RelayFailure) {
    super(failure.cause);
    this.failure = failure;
  }
}

/** Receives the bytes of a file. The last ones come only if the digest matches. */
type FileTarget = {
  /** Called before the first bytes, with the length that the repository gives. */
  begin?(length: string | undefined): void;
  write(chunk: Buffer): Promise<unknown>;
};

/** Downloads a listed file and checks its digest. Returns the failure, if the file could not be read completely. */
export async function downloadFile(
  tools: FileTools,
  known: KnownFile,
  signal: AbortSignal,
  target: FileTarget,
): Promise<RelayFailure | undefined> {
  const result = await fetchListedFile(tools, known.file, signal);
  if (result.kind === 'failure') return result.failure;
  return readFile(tools, known, result.response, signal, target);
}

async function readFile(
  { upstream, sleep }: FileTools,
  { file, sha256 }: KnownFile,
  first: HttpResponse,
  signal: AbortSignal,
  target: FileTarget,
): Promise<RelayFailure | undefined> {
  const { filename, url, size } = file;
  const { host } = new URL(url);
  const length = first.headers['content-length'];
  const { etag } = first.headers;
  target.begin?.(length);
  const stream = resumingStream(filePart(first, { start: 0, size }) ?? { stream: first.body, start: 0 }, {
    open: async (start) => {
      const headers = { ...fileRequestHeaders, ...rangeHeaders(start, { etag }) };
      const result = await upstream.get(url, { headers, signal });
      if (result.kind === 'failure') throw new DownloadFailure(ofFile(result.failure, filename));
      const part = filePart(result.response, { start, size });
      const total = parseContentRange(result.response.headers['content-range'])?.size;
      // The installer knows the first size already, and would take as many bytes for the whole file.
      const hasOtherSize = total !== undefined && length !== undefined && total !== parseLength(length);
      if (part !== undefined && !hasOtherSize) return part;
      discard(result.response);
      const answer = hasOtherSize
        ? `it gave two sizes, ${length} and ${total} bytes`
        : `it answered ${result.response.status} to the request for the rest`;
      const cause = `cannot download ${filename} from \`${host}\`: ${answer}`;
      throw new DownloadFailure(relayFailure('unavailable', url, cause, { status: result.response.status }));
    },
    sleep: (milliseconds) => sleep(milliseconds, signal),
    failed: (reason, cause) =>
      new DownloadFailure(
        relayFailure('unavailable', url, `cannot download ${filename} from \`${host}\`: ${reason}`, {
          hint: networkHint(cause),
        }),
      ),
  });
  try {
    await pipeline(stream, digestGate(sha256), async (checked: AsyncIterable<Buffer>) => {
      for await (const chunk of checked) await target.write(chunk);
    });
    return undefined;
  } catch (error) {
    if (error instanceof DownloadFailure) return error.failure;
    if (error instanceof DigestMismatch) {
      const cause = `${filename} from \`${host}\` does not match the index: ${error.message}, not ${sha256}`;
      return relayFailure('digest-mismatch', url, cause);
    }
    return relayFailure('unavailable', url, `cannot download ${filename} from \`${host}\`: ${describeError(error)}`);
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
