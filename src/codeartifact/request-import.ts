import { AwspipError } from '../errors.ts';
import type { IndexFile, Release } from '../index/types.ts';
import { type Digests, requireJudged } from './judged-files.ts';
import { type RepositoryLocation, releaseAssets } from './release-assets.ts';
import { releaseStatus } from './release-status.ts';
import { openRepositoryFiles, type RepositoryEndpoint, type RepositoryFiles } from './repository-files.ts';

export type ImportOptions = RepositoryLocation &
  RepositoryEndpoint & {
    readonly release: Release;
    /** The judged files. */
    readonly sha256: Digests;
    /** Downloads the file elsewhere, so that CodeArtifact imports the release. By default it is downloaded here. */
    readonly fetch?: ((file: IndexFile, download: RepositoryFiles['download']) => Promise<void>) | undefined;
    /** The file to download if it is missing, in place of the smallest one. */
    readonly preferred?: string | undefined;
  };

/** A published revision of a release and its files. */
export type ImportedRelease = { readonly revision: string; readonly sha256: Digests };

/**
 * Makes CodeArtifact import one release from PyPI, which takes minutes, and doesn't wait for it. A download of one
 * missing file, by default the smallest, makes CodeArtifact import all files of the release. Nothing of it is executed.
 *
 * @throws {AwspipError} `release-not-visible`, `changed-since-judged`, `digest-mismatch`, `repository-failed`
 *   (unavailable), and the errors of `errors.ts`.
 */
export async function requestImport(options: ImportOptions): Promise<void> {
  const { release } = options;
  const repository = openRepositoryFiles(options);
  const [listed, present] = await Promise.all([repository.list(release), presentFiles(options)]);
  const digests = listed.map(({ filename, hashes }) => [filename, hashes.sha256?.toLowerCase() ?? ''] as const);
  requireJudged(Object.fromEntries(digests), options.sha256, release);
  const missing = listed.filter((file) => !Object.hasOwn(present, file.filename));
  const smallest = missing.toSorted((a, b) => (a.size ?? Infinity) - (b.size ?? Infinity))[0];
  const file = missing.find(({ filename }) => filename === options.preferred) ?? smallest;
  if (file === undefined) return;
  await (options.fetch === undefined ? repository.download(file) : options.fetch(file, repository.download));
}

/** Returns the files of a release that a repository has, by their digests. */
export async function presentFiles(options: RepositoryLocation & { readonly release: Release }): Promise<Digests> {
  const status = await releaseStatus(options, options.release);
  return status === undefined ? {} : (await releaseAssets(options, options.release)).sha256;
}

/**
 * Returns the published revision of a release and its files; undefined while CodeArtifact has none.
 *
 * @throws {AwspipError} `release-withdrawn` (blocked), and the errors of `errors.ts`.
 */
export async function importedRelease(
  location: RepositoryLocation,
  release: Release,
): Promise<ImportedRelease | undefined> {
  const found = await releaseStatus(location, release);
  if (found === undefined || found.status === 'Unfinished') return undefined;
  if (found.status !== 'Published') {
    const { name, version } = release;
    const message = `${name} ${version} is ${found.status} in CodeArtifact, not Published`;
    throw new AwspipError('release-withdrawn', message, { exit: 'blocked' });
  }
  const { sha256 } = await releaseAssets(location, release, found.revision);
  return { revision: found.revision, sha256 };
}
