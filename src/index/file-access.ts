import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { AwspipError } from '../errors.ts';
import { networkHint } from '../network-hint.ts';
import { acceptedEncodings, discardBody, readBody } from './body.ts';
import { ConnectionFailure, laterHint } from './connection-error.ts';
import { describeStatus } from './describe-status.ts';
import { withoutCredentials } from './http.ts';
import type { Http, HttpResponse } from './http-types.ts';
import {
  type FilePart,
  filePart,
  parseContentRange,
  parseLength,
  rangeHeaders,
  resumingStream,
} from './resuming-stream.ts';
import type { IndexFile, OpenedFile } from './types.ts';

/** How the files of an upstream index are reached. */
export type FileAccess = {
  readonly http: Http;
  /** A URL with the user and password for each origin. */
  readonly credentials: ReadonlyMap<string, URL>;
  /** Whether any source is a folder. If none is, no `file:` URL is opened. */
  readonly hasFolders: boolean;
  readonly sleep: (milliseconds: number) => Promise<void>;
};

export type ByteRange = { readonly start: number; readonly end: number };

/**
 * Opens a distribution file, or a range of it. A download that breaks off is resumed.
 *
 * @throws {AwspipError} `file-unavailable` (unavailable).
 */
export async function openFile(file: IndexFile, range: ByteRange | undefined, access: FileAccess): Promise<OpenedFile> {
  if (file.url.startsWith('file:')) return openLocalFile(file, range, access);
  const url = withCredentials(file.url, access.credentials);
  const request = (headers: Record<string, string>): Promise<HttpResponse> =>
    access.http
      .request(url, { headers: { 'accept-encoding': 'identity', ...headers }, followRedirects: true })
      .catch((cause: unknown) => {
        throw cause instanceof ConnectionFailure ? unavailable(file, cause.message, cause) : cause;
      });
  const response = await request(range === undefined ? {} : rangeHeaders(range.start, range));
  const isPartial = range !== undefined && response.status === 206;
  const { etag } = response.headers;
  const end = isPartial ? range.end : undefined;
  const first = await partOf(file, response, range ?? { start: 0 });
  const stream = resumingStream(first, {
    open: async (start) => partOf(file, await request(rangeHeaders(start, { end, etag })), { start, end }),
    sleep: access.sleep,
    failed: (reason, cause) => unavailable(file, reason, cause),
  });
  const size = isPartial
    ? parseContentRange(response.headers['content-range'])?.size
    : parseLength(response.headers['content-length']);
  return { stream, size, partial: isPartial };
}

async function partOf(
  file: IndexFile,
  response: HttpResponse,
  requested: { readonly start: number; readonly end?: number | undefined },
): Promise<FilePart> {
  const part = filePart(response, { ...requested, size: file.size });
  if (part !== undefined) return part;
  await discardBody(response);
  throw unavailable(
    file,
    response.status === 206 ? 'the server sent another range' : `the server ${describeStatus(response)}`,
  );
}

async function openLocalFile(
  file: IndexFile,
  range: ByteRange | undefined,
  { hasFolders }: FileAccess,
): Promise<OpenedFile> {
  if (!hasFolders) throw unavailable(file, 'no index in a folder is configured');
  const localPath = fileURLToPath(file.url);
  const stats = await stat(localPath).catch((cause) => {
    throw unavailable(file, cause instanceof Error ? cause.message : String(cause), cause);
  });
  if (!stats.isFile()) throw unavailable(file, 'it is not a file');
  const stream = createReadStream(localPath, range === undefined ? {} : { start: range.start, end: range.end });
  return { stream, size: stats.size, partial: range !== undefined };
}

function withCredentials(text: string, credentials: ReadonlyMap<string, URL>): string {
  const url = new URL(text);
  const withUser = credentials.get(url.origin);
  if (withUser === undefined || url.username !== '') return text;
  url.username = withUser.username;
  url.password = withUser.password;
  return url.href;
}

const maxMetadataBytes = 8 * 1024 * 1024;

/**
 * Reads the metadata file next to a wheel (PEP 658, 714). Undefined when it is missing or does not match its digest.
 */
export async function readMetadata(file: IndexFile, access: FileAccess): Promise<string | undefined> {
  if (file.coreMetadata === undefined || file.coreMetadata === false) return undefined;
  const bytes = await fetchMetadata(file, access).catch(() => undefined);
  if (bytes === undefined) return undefined;
  const expected = typeof file.coreMetadata === 'object' ? file.coreMetadata.sha256 : undefined;
  if (expected !== undefined && createHash('sha256').update(bytes).digest('hex') !== expected) return undefined;
  return bytes.toString('utf8');
}

async function fetchMetadata(file: IndexFile, access: FileAccess): Promise<Buffer | undefined> {
  const url = new URL(withCredentials(file.url, access.credentials));
  url.pathname = `${url.pathname}.metadata`;
  if (url.protocol === 'file:') {
    if (!access.hasFolders || (await stat(url)).size > maxMetadataBytes) return undefined;
    return readFile(url);
  }
  const headers = { 'accept-encoding': acceptedEncodings };
  const response = await access.http.request(url.href, { headers, followRedirects: true });
  if (response.status === 200) return readBody(response, maxMetadataBytes);
  await discardBody(response);
  return undefined;
}

function unavailable({ filename, url }: IndexFile, reason: string, cause?: unknown): AwspipError {
  return new AwspipError(
    'file-unavailable',
    `\`${filename}\` could not be fetched from \`${withoutCredentials(url)}\`: ${reason}`,
    { exit: 'unavailable', hint: cause instanceof AwspipError ? cause.hint : (networkHint(cause) ?? laterHint), cause },
  );
}
