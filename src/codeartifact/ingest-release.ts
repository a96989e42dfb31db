import { AwspipError } from '../errors.ts';
import type { IndexFile, Release } from '../index/types.ts';
import { type Digests, requireJudged } from './judged-files.ts';
import { type RepositoryLocation, releaseAssets } from './release-assets.ts';
import { releaseStatus } from './release-status.ts';
import { openRepositoryFiles, type RepositoryEndpoint } from './repository-files.ts';

export type IngestOptions = RepositoryLocation &
  RepositoryEndpoint & {
    readonly release: Release;
    /** The judged files. */
    readonly sha256: Digests;
    /** The maximum wait for CodeArtifact's import; its user guide says "around 3 minutes". */
    readonly waitSeconds?: number | undefined;
    /** Downloads the file elsewhere, so that CodeArtifact imports the release. By default it is downloaded here. */
    readonly fetch?: ((file: IndexFile) => Promise<void>) | undefined;
  };

/** The revision to copy and its files. */
type IngestedRelease = { readonly revision: string; readonly sha256: Digests };

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
  const { release } = options;
  const repository = openRepositoryFiles(options);
  const listed = await repository.list(release);
  const digests = Object.fromEntries(listed.map((file) => [file.filename, file.hashes.sha256?.toLowerCase() ?? '']));
  requireJudged(digests, options.sha256, release);

  const imported = await importedFiles(options);
  const missing = listed.filter((file) => !Object.hasOwn(imported, file.filename));
  const smallest = missing.toSorted((a, b) => (a.size ?? Infinity) - (b.size ?? Infinity))[0];
  if (smallest !== undefined) await (options.fetch ?? repository.download)(smallest);
  return awaitPublished(options, digests);
}

async function importedFiles(options: IngestOptions): Promise<Digests> {
  const status = await releaseStatus(options, options.release);
  return status === undefined ? {} : (await releaseAssets(options, options.release)).sha256;
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

function importSlow({ name, version }: Release, seconds: number): AwspipError {
  const message = `CodeArtifact has not finished importing ${name} ${version} after ${seconds} seconds`;
  return new AwspipError('import-slow', message, {
    exit: 'unavailable',
    hint: 'run the same command again in a few minutes; the import goes on',
  });
}
