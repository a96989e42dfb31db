import { createHash } from 'node:crypto';
import { AwspipError } from '../errors.ts';
import { acceptedEncodings, readBody } from '../index/body.ts';
import type { Http, HttpResponse } from '../index/http-types.ts';
import { maxPageBytes, parseSimplePage } from '../index/simple-page.ts';
import type { IndexFile, Release } from '../index/types.ts';
import { openRelayUpstream, type RelayUpstream } from '../relay/relay-upstream.ts';
import type { Secret } from '../secret.ts';
import { type RepositoryLocation, releaseAssets } from './assets.ts';
import { type Digests, filesOf, requireJudged } from './judged.ts';
import { releaseStatus } from './release-status.ts';

export type IngestOptions = RepositoryLocation & {
  readonly http: Http;
  /** Endpoint of the same repository (package-install): ends in `/`, without `simple/`. */
  readonly endpoint: string;
  readonly token: () => Promise<Secret>;
  readonly renewToken: () => Promise<Secret>;
  /** Of awspip, for the `User-Agent`: the 404 event's pattern leaves out what awspip asks. */
  readonly userAgentVersion: string;
  readonly release: Release;
  /** What was judged: file name → sha256 hex. */
  readonly sha256: Digests;
  readonly now: () => number;
  readonly sleep: (milliseconds: number) => Promise<void>;
  /** How long CodeArtifact may take to show the release; its guide says "around 3 minutes". */
  readonly waitSeconds?: number | undefined;
  /** Has someone else get the file, so that it is imported; by default it is read here. Throws if that failed. */
  readonly fetch?: ((file: IndexFile) => Promise<void>) | undefined;
};

export type Ingested = { readonly revision: string; readonly sha256: Digests };

const retryDelays = [500, 1_000, 2_000, 4_000];
const patience = 60_000;
const missingFileDelays = [250, 500, 1_000, 1_500, 1_750];
const maxPause = 5_000;
/** A release whose files stopped growing before all came is taken as it is: CodeArtifact limits files to a version. */
const settledAfter = 30_000;

/**
 * Brings one release from PyPI into the repository and waits until CodeArtifact has it. Nothing of it is run or even
 * kept: getting the smallest file makes CodeArtifact import all of them. Gives the revision to copy and what is in it.
 *
 * @throws {AwspipError} `release-not-visible`, `import-slow`, `changed-since-judged`, `digest-mismatch`,
 * `repository-failed` (unavailable), `release-withdrawn` (blocked), and those of `errors.ts`.
 */
export async function ingestRelease(options: IngestOptions): Promise<Ingested> {
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

  const held = await heldFiles(options);
  const wanting = listed.filter((file) => !Object.hasOwn(held, file.filename));
  const smallest = wanting.toSorted((a, b) => (a.size ?? Infinity) - (b.size ?? Infinity))[0];
  if (smallest !== undefined) await (options.fetch ?? ((file) => drain(options, upstream, file)))(smallest);
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
  const files = filesOf(parseSimplePage({ body, contentType, url: answer.url, name: release.name }), release);
  if (files.length === 0) throw notVisible(release);
  return files;
}

async function heldFiles(options: IngestOptions): Promise<Digests> {
  const held = await releaseStatus(options, options.release);
  return held === undefined ? {} : (await releaseAssets(options, options.release)).sha256;
}

/** Reads a file to its end; a listed file may answer 404 for a moment while it is imported. */
async function drain({ sleep }: IngestOptions, upstream: RelayUpstream, file: IndexFile): Promise<void> {
  const headers = { accept: '*/*', 'accept-encoding': 'identity' };
  for (const delay of [...missingFileDelays, undefined]) {
    const answer = await get(upstream, file.url, headers);
    const sha256 = await digestOf(answer);
    if (answer.status === 200 && sha256 === file.hashes.sha256?.toLowerCase()) return;
    if (answer.status === 200) {
      throw new AwspipError('digest-mismatch', `${file.filename} is not what the index lists: sha256 is ${sha256}`, {
        exit: 'unavailable',
      });
    }
    if (answer.status !== 404 || delay === undefined) throw failed(file.url, `${answer.status}`);
    await sleep(delay);
  }
}

async function digestOf({ body, url }: HttpResponse): Promise<string> {
  const hash = createHash('sha256');
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) hash.update(chunk);
  } catch (error) {
    throw failed(url, error instanceof Error ? error.message : 'the connection was lost', error);
  }
  return hash.digest('hex');
}

async function get(upstream: RelayUpstream, url: string, headers: Record<string, string>): Promise<HttpResponse> {
  const sent = await upstream.get(url, { headers, signal: new AbortController().signal });
  if (sent.kind === 'response') return sent.response;
  const { kind, cause, error } = sent.failure;
  if (error instanceof AwspipError) throw error;
  if (kind !== 'denied') throw failed(url, cause, error);
  throw new AwspipError('repository-denied', `${new URL(url).pathname}: ${cause}`, { exit: 'denied', cause: error });
}

/** Waits for a published revision that holds the listed files, and for nothing else than those judged. */
async function awaitPublished(options: IngestOptions, listed: Digests): Promise<Ingested> {
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
    if (now() + pause > until) throw slow(release, waitSeconds);
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
  const message = `CodeArtifact does not list ${name} ${version}; new releases may show up half an hour late`;
  return new AwspipError('release-not-visible', message, { exit: 'unavailable' });
}

function slow({ name, version }: Release, seconds: number): AwspipError {
  const message = `CodeArtifact has not finished importing ${name} ${version} after ${seconds} seconds`;
  return new AwspipError('import-slow', message, { exit: 'unavailable' });
}

function failed(url: string, why: string, cause?: unknown): AwspipError {
  return new AwspipError('repository-failed', `${new URL(url).pathname} could not be had: ${why}`, {
    exit: 'unavailable',
    cause,
  });
}
