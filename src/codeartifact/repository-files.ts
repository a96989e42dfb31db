import { createHash } from 'node:crypto';
import { AwspipError } from '../errors.ts';
import { acceptedEncodings, discardBody, readBody } from '../index/body.ts';
import { laterHint } from '../index/connection-error.ts';
import type { Http, HttpResponse } from '../index/http-types.ts';
import { type FilePart, filePart, rangeHeaders, resumingStream } from '../index/resuming-stream.ts';
import { maxPageBytes, parseSimplePage } from '../index/simple-page.ts';
import type { IndexFile, Release } from '../index/types.ts';
import { networkHint } from '../network-hint.ts';
import { openRelayUpstream, type RelayUpstream } from '../relay/relay-upstream.ts';
import type { Secret } from '../secret.ts';
import { fileCheck } from './judged-files.ts';

/** The PyPI endpoint of a repository, and what a request to it needs. */
export type RepositoryEndpoint = {
  readonly http: Http;
  /** The endpoint of the repository, which ends in `/` and does not include `simple/`. */
  readonly endpoint: string;
  readonly token: () => Promise<Secret>;
  readonly renewToken: () => Promise<Secret>;
  /** The version of awspip for the `User-Agent`, by which the pattern of the 404 event excludes awspip's requests. */
  readonly userAgentVersion: string;
  /** Returns epoch milliseconds. */
  readonly now: () => number;
  readonly sleep: (milliseconds: number) => Promise<void>;
};

/** The pages and files of a repository. Their methods throw the errors of `ingestRelease`. */
export type RepositoryFiles = {
  /** Returns the files that the repository lists for a release, at least one. */
  list(release: Release): Promise<readonly IndexFile[]>;
  /** Downloads a file, passes its bytes to `write` in order, and checks its digest against the listed one. */
  download(file: IndexFile, write?: (chunk: Buffer) => Promise<unknown> | undefined): Promise<void>;
};

const retryDelays = [500, 1_000, 2_000, 4_000];
const patience = 60_000;
const missingFileDelays = [250, 500, 1_000, 1_500, 1_750];

/** Opens the pages and files of a repository. */
export function openRepositoryFiles(options: RepositoryEndpoint): RepositoryFiles {
  const { sleep, userAgentVersion: version } = options;
  const upstream = openRelayUpstream({
    ...options,
    version,
    retryDelays,
    maxRetryMilliseconds: patience,
    sleep: async (time) => sleep(time),
  });
  return {
    list: (release) => listFiles(options.endpoint, upstream, release),
    download: (file, write) => download(file, upstream, { sleep, write }),
  };
}

async function listFiles(endpoint: string, upstream: RelayUpstream, release: Release): Promise<readonly IndexFile[]> {
  const url = new URL(`simple/${release.name}/`, endpoint).href;
  const answer = await get(upstream, url, {
    accept: 'application/vnd.pypi.simple.v1+json, text/html; q=0.1',
    'accept-encoding': acceptedEncodings,
  });
  const body = await readBody({ ...answer, url }, maxPageBytes);
  if (answer.status === 404) throw notVisible(release);
  if (answer.status !== 200) throw failed(url, `${answer.status}`);
  const contentType = answer.headers['content-type'] ?? '';
  const isWanted = fileCheck(release);
  const { files } = await parseSimplePage({ body, contentType, url: answer.url, name: release.name, isWanted });
  if (files.length === 0) throw notVisible(release);
  return files;
}

/**
 * Downloads a file and checks its digest. CodeArtifact may answer 404 for a listed file while it imports the file. A
 * download that breaks off is resumed.
 */
async function download(
  file: IndexFile,
  upstream: RelayUpstream,
  { sleep, write }: Pick<RepositoryEndpoint, 'sleep'> & { readonly write: Parameters<RepositoryFiles['download']>[1] },
): Promise<void> {
  const { filename, url, size } = file;
  const headers = { accept: '*/*', 'accept-encoding': 'identity' };
  const rest = async (start: number, etag: string | undefined): Promise<FilePart> => {
    const answer = await get(upstream, url, { ...headers, ...rangeHeaders(start, { etag }) });
    const part = filePart(answer, { start, size });
    if (part !== undefined) return part;
    await discardBody(answer);
    throw failed(url, `the repository answered ${answer.status} to the request for the rest`);
  };
  for (const delay of [...missingFileDelays, undefined]) {
    const answer = await get(upstream, url, headers);
    const part = answer.status === 200 ? filePart(answer, { start: 0, size }) : undefined;
    if (part === undefined) {
      await discardBody(answer);
      if (answer.status !== 404 || delay === undefined) throw failed(url, `the repository answered ${answer.status}`);
      await sleep(delay);
      continue;
    }
    const sha256 = await digestOf(
      resumingStream(part, {
        open: (start) => rest(start, answer.headers.etag),
        sleep,
        failed: (reason, cause) => failed(url, reason, cause),
      }),
      write,
    );
    const listed = file.hashes.sha256?.toLowerCase();
    if (sha256 === listed) return;
    throw digestMismatch(
      `the sha256 of ${filename} from \`${new URL(url).host}\` is ${sha256}, but the index lists ${listed}`,
    );
  }
}

async function digestOf(
  stream: AsyncIterable<Buffer>,
  write: Parameters<RepositoryFiles['download']>[1],
): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of stream) {
    hash.update(chunk);
    await write?.(chunk);
  }
  return hash.digest('hex');
}

function digestMismatch(message: string): AwspipError {
  return new AwspipError('digest-mismatch', message, {
    exit: 'unavailable',
    hint: 'report this to the administrators of the index; nothing was vetted',
  });
}

async function get(upstream: RelayUpstream, url: string, headers: Record<string, string>): Promise<HttpResponse> {
  const sent = await upstream.get(url, { headers, signal: new AbortController().signal });
  if (sent.kind === 'response') return sent.response;
  const { kind, cause, error, hint } = sent.failure;
  if (error instanceof AwspipError) throw error;
  if (kind === 'digest-mismatch') throw digestMismatch(cause);
  if (kind !== 'denied') throw failed(url, cause, error, hint);
  throw new AwspipError('repository-denied', `${describeUrl(url)}: ${cause}`, { exit: 'denied', cause: error });
}

function notVisible({ name, version }: Release): AwspipError {
  const message = `CodeArtifact does not list ${name} ${version}; a new release may appear with a delay of 30 minutes`;
  return new AwspipError('release-not-visible', message, {
    exit: 'unavailable',
    hint: 'run the same command again in 30 minutes',
  });
}

function failed(url: string, reason: string, cause?: unknown, hint?: string): AwspipError {
  return new AwspipError('repository-failed', `cannot download ${describeUrl(url)}: ${reason}`, {
    exit: 'unavailable',
    hint: hint ?? networkHint(cause) ?? laterHint,
    cause,
  });
}

/** Returns file and host of a URL: `/pypi/…/x.whl from host`. */
function describeUrl(url: string): string {
  const { pathname, host } = new URL(url);
  return `${pathname} from \`${host}\``;
}
