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
import { type Digests, filesOf, requireJudged } from './judged-files.ts';
import { type RepositoryLocation, releaseAssets } from './release-assets.ts';
import { releaseStatus } from './release-status.ts';

export type IngestOptions = RepositoryLocation & {
  readonly http: Http;
  /** The endpoint of the same repository (package-install), which ends in `/` and does not include `simple/`. */
  readonly endpoint: string;
  readonly token: () => Promise<Secret>;
  readonly renewToken: () => Promise<Secret>;
  /** The version of awspip for the `User-Agent`, by which the pattern of the 404 event excludes awspip's requests. */
  readonly userAgentVersion: string;
  readonly release: Release;
  /** The judged files. */
  readonly sha256: Digests;
  /** Returns epoch milliseconds. */
  readonly now: () => number;
  readonly sleep: (milliseconds: number) => Promise<void>;
  /** The maximum wait for CodeArtifact's import; its user guide says "around 3 minutes". */
  readonly waitSeconds?: number | undefined;
  /** Downloads the file elsewhere, so that CodeArtifact imports the release. By default it is downloaded here. */
  readonly fetch?: ((file: IndexFile) => Promise<void>) | undefined;
};

/** The revision to copy and its files. */
type IngestedRelease = { readonly revision: string; readonly sha256: Digests };

const retryDelays = [500, 1_000, 2_000, 4_000];
const patience = 60_000;
const missingFileDelays = [250, 500, 1_000, 1_500, 1_750];
const maxPause = 5_000;
/**
 * Milliseconds without a new file after which an incomplete release counts as complete. CodeArtifact limits the files
 * per version, so some files may never be imported.
 */
const settledAfter = 30_000;

/**
 * Makes CodeArtifact import one release from PyPI and waits until it is published. A download of the smallest file makes
 * CodeArtifact import all files of the release. The download is neither stored nor executed.
 *
 * @throws {AwspipError} `release-not-visible`, `import-slow`, `changed-since-judged`, `digest-mismatch`,
 *   `repository-failed` (unavailable), `release-withdrawn` (blocked), and the errors of `errors.ts`.
 */
export async function ingestRelease(options: IngestOptions): Promise<IngestedRelease> {
  const { release, sleep } = options;
  const version = options.userAgentVersion;
  const upstream = openRelayUpstream({
    ...options,
    version,
    retryDelays,
    maxRetryMilliseconds: patience,
    sleep: async (time) => sleep(time),
  });
  const listed = await listFiles(options, upstream);
  const digests = Object.fromEntries(listed.map((file) => [file.filename, file.hashes.sha256?.toLowerCase() ?? '']));
  requireJudged(digests, options.sha256, release);

  const imported = await importedFiles(options);
  const missing = listed.filter((file) => !Object.hasOwn(imported, file.filename));
  const smallest = missing.toSorted((a, b) => (a.size ?? Infinity) - (b.size ?? Infinity))[0];
  if (smallest !== undefined) await (options.fetch ?? ((file) => download(options, upstream, file)))(smallest);
  return awaitPublished(options, digests);
}

async function listFiles({ endpoint, release }: IngestOptions, upstream: RelayUpstream): Promise<readonly IndexFile[]> {
  const url = new URL(`simple/${release.name}/`, endpoint).href;
  const answer = await get(upstream, url, {
    accept: 'application/vnd.pypi.simple.v1+json, text/html; q=0.1',
    'accept-encoding': acceptedEncodings,
  });
  const body = await readBody({ ...answer, url }, maxPageBytes);
  if (answer.status === 404) throw notVisible(release);
  if (answer.status !== 200) throw failed(url, `${answer.status}`);
  const contentType = answer.headers['content-type'] ?? '';
  const files = filesOf(await parseSimplePage({ body, contentType, url: answer.url, name: release.name }), release);
  if (files.length === 0) throw notVisible(release);
  return files;
}

async function importedFiles(options: IngestOptions): Promise<Digests> {
  const status = await releaseStatus(options, options.release);
  return status === undefined ? {} : (await releaseAssets(options, options.release)).sha256;
}

/**
 * Downloads a file and checks its digest. CodeArtifact may answer 404 for a listed file while it imports the file. A
 * download that breaks off is resumed.
 */
async function download({ sleep }: IngestOptions, upstream: RelayUpstream, file: IndexFile): Promise<void> {
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
    );
    const listed = file.hashes.sha256?.toLowerCase();
    if (sha256 === listed) return;
    throw digestMismatch(
      `the sha256 of ${filename} from \`${new URL(url).host}\` is ${sha256}, but the index lists ${listed}`,
    );
  }
}

async function digestOf(stream: AsyncIterable<Buffer>): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of stream) hash.update(chunk);
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

/** Waits for a published revision with all listed files. Throws if it contains a file that was not judged. */
async function awaitPublished(options: IngestOptions, listed: Digests): Promise<IngestedRelease> {
  const { release, now, sleep, waitSeconds = 240 } = options;
  const until = now() + waitSeconds * 1000;
  let pause = 250;
  let last: { readonly revision: string; readonly since: number } | undefined;
  while (true) {
    const found = await releaseStatus(options, release);
    requireAvailable(found?.status, release);
    if (found?.status === 'Published') {
      const { sha256 } = await releaseAssets(options, release, found.revision);
      requireJudged(sha256, options.sha256, release);
      if (last?.revision !== found.revision) last = { revision: found.revision, since: now() };
      const complete = Object.keys(listed).every((filename) => Object.hasOwn(sha256, filename));
      const settled = Object.keys(sha256).length > 0 && now() - last.since >= settledAfter;
      if (complete || settled) return { revision: found.revision, sha256 };
    }
    if (now() + pause > until) throw importSlow(release, waitSeconds);
    await sleep(pause);
    pause = Math.min(pause * 1.6, maxPause);
  }
}

function requireAvailable(status: string | undefined, { name, version }: Release): void {
  if (status === undefined || status === 'Published' || status === 'Unfinished') return;
  throw new AwspipError('release-withdrawn', `${name} ${version} is ${status} in CodeArtifact, not Published`, {
    exit: 'blocked',
  });
}

function notVisible({ name, version }: Release): AwspipError {
  const message = `CodeArtifact does not list ${name} ${version}; a new release may appear with a delay of 30 minutes`;
  return new AwspipError('release-not-visible', message, {
    exit: 'unavailable',
    hint: 'run the same command again in 30 minutes',
  });
}

function importSlow({ name, version }: Release, seconds: number): AwspipError {
  const message = `CodeArtifact has not finished importing ${name} ${version} after ${seconds} seconds`;
  return new AwspipError('import-slow', message, {
    exit: 'unavailable',
    hint: 'run the same command again in a few minutes; the import goes on',
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
