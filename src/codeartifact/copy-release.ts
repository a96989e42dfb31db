import {
  CopyPackageVersionsCommand,
  type CopyPackageVersionsCommandOutput,
  type PackageVersionError,
} from '@aws-sdk/client-codeartifact';
import { AwspipError } from '../errors.ts';
import { laterHint } from '../index/connection-error.ts';
import type { Release } from '../index/types.ts';
import { withAwsErrors } from './errors.ts';
import { type Digests, judgedAgainHint } from './judged-files.ts';
import { type RepositoryLocation, releaseAssets } from './release-assets.ts';
import { releaseStatus } from './release-status.ts';

type CopyOptions = Omit<RepositoryLocation, 'repository'> & {
  /** The names of the repositories: `package-install` and `secure-pypi`. */
  readonly from: string;
  readonly to: string;
  readonly release: Release;
  /** The revision that was judged and ingested. CodeArtifact rejects the copy if it has changed. */
  readonly revision: string;
  readonly sleep: (milliseconds: number) => Promise<void>;
  /** Waits until the quota of CodeArtifact allows another copy. */
  readonly turn?: (() => Promise<void>) | undefined;
};

type CopyResult = { readonly kind: 'copied' | 'unchanged' };

/** Milliseconds between checks of the destination, where a copied release appears after a short delay. */
const statusDelays = [100, 250, 500, 1_000, 2_000, 4_000];

/**
 * Copies one release and waits until it is published in the destination. If the destination has the release with fewer
 * files, the copy overwrites it, provided that the files in both have the same digests.
 *
 * @throws {AwspipError} `changed-since-judged`, `copy-failed` (unavailable), `copy-refused` (configuration),
 *   `copy-differs` and `release-withdrawn` (blocked), and the errors of `errors.ts`.
 */
export async function copyRelease(options: CopyOptions): Promise<CopyResult> {
  const [present] = await Promise.all([
    releaseStatus(repositoryLocation(options, options.to), options.release),
    options.turn?.(),
  ]);
  if (present !== undefined) requirePublished(present.status, options);
  const response = await copy(options, false);
  const failure = response.failedVersions?.[options.release.version];
  const result = failure === undefined ? resultOf(response, options) : await resolveFailure(failure, options);
  await awaitPublished(options);
  return result;
}

async function copy(options: CopyOptions, allowOverwrite: boolean): Promise<CopyPackageVersionsCommandOutput> {
  const { client, domain, domainOwner, release, revision, from, to } = options;
  const command = new CopyPackageVersionsCommand({
    domain,
    domainOwner,
    sourceRepository: from,
    destinationRepository: to,
    format: 'pypi',
    package: release.name,
    versionRevisions: { [release.version]: revision },
    allowOverwrite,
  });
  const call = { action: 'CopyPackageVersions', domain, domainOwner, repository: to };
  return withAwsErrors(call, async () => client.send(command));
}

/** Returns the result of a copy. CodeArtifact lists an identical release in neither list of its response. */
function resultOf(response: CopyPackageVersionsCommandOutput, { release }: CopyOptions): CopyResult {
  const failures = Object.entries(response.failedVersions ?? {});
  if (failures.length > 0) throw copyFailed(release, failures[0]?.[1]);
  return { kind: Object.hasOwn(response.successfulVersions ?? {}, release.version) ? 'copied' : 'unchanged' };
}

async function resolveFailure(failure: PackageVersionError, options: CopyOptions): Promise<CopyResult> {
  const { release, from, to, revision } = options;
  if (failure.errorCode !== 'ALREADY_EXISTS') throw copyFailed(release, failure);
  const source = await releaseAssets(repositoryLocation(options, from), release, revision);
  const destination = await releaseAssets(repositoryLocation(options, to), release);
  requireSameDigests(source.sha256, destination.sha256, options);
  // A vetted file stays in the destination even if upstream has deleted it since.
  if (Object.keys(source.sha256).every((filename) => Object.hasOwn(destination.sha256, filename))) {
    return { kind: 'unchanged' };
  }
  await options.turn?.();
  return resultOf(await copy(options, true), options);
}

function requireSameDigests(source: Digests, destination: Digests, { release, to }: CopyOptions): void {
  for (const [filename, sha256] of Object.entries(destination)) {
    if (!Object.hasOwn(source, filename) || (sha256 !== '' && source[filename] === sha256)) continue;
    const message = `${filename} of ${release.name} ${release.version} in ${to} has another sha256 than upstream`;
    throw new AwspipError('copy-differs', message, { exit: 'blocked' });
  }
}

/** Waits until the copied release appears in the destination, for at most the sum of `statusDelays`. */
async function awaitPublished(options: CopyOptions): Promise<void> {
  for (const delay of [...statusDelays, undefined]) {
    const found = await releaseStatus(repositoryLocation(options, options.to), options.release);
    if (found !== undefined && found.status !== 'Unfinished') return requirePublished(found.status, options);
    if (delay !== undefined) await options.sleep(delay);
  }
  const { release, to } = options;
  throw new AwspipError('copy-failed', `${release.name} ${release.version} was copied but does not appear in ${to}`, {
    exit: 'unavailable',
    hint: laterHint,
  });
}

/** Throws unless the release is published. A person archives a release to withdraw it, and a copy must not undo that. */
function requirePublished(status: string, { domain, release, to }: CopyOptions): void {
  if (status === 'Published' || status === 'Unfinished') return;
  const { name, version } = release;
  const target = `--domain ${domain} --repository ${to} --format pypi --package ${name} --versions ${version}`;
  throw new AwspipError('release-withdrawn', `${name} ${version} is ${status} in ${to}`, {
    exit: 'blocked',
    hint: `to publish it again, run \`aws codeartifact update-package-versions-status ${target} --target-status Published\``,
  });
}

function copyFailed({ name, version }: Release, failure: PackageVersionError | undefined): AwspipError {
  const code = failure?.errorCode ?? 'no error code';
  const message = `CodeArtifact did not copy ${name} ${version}: ${failure?.errorMessage ?? ''} (${code})`;
  if (code === 'MISMATCHED_REVISION')
    return new AwspipError('changed-since-judged', message, { exit: 'unavailable', hint: judgedAgainHint });
  if (code === 'NOT_ALLOWED') return new AwspipError('copy-refused', message, { exit: 'configuration' });
  return new AwspipError('copy-failed', message, { exit: 'unavailable', hint: laterHint });
}

function repositoryLocation(options: CopyOptions, repository: string): RepositoryLocation {
  const { client, domain, domainOwner } = options;
  return { client, domain, domainOwner, repository };
}
