import {
  CopyPackageVersionsCommand,
  type CopyPackageVersionsCommandOutput,
  type PackageVersionError,
} from '@aws-sdk/client-codeartifact';
import { AwspipError } from '../errors.ts';
import type { Release } from '../index/types.ts';
import { type RepositoryLocation, releaseAssets } from './assets.ts';
import { withAwsErrors } from './errors.ts';
import type { Digests } from './judged.ts';
import { releaseStatus } from './release-status.ts';

export type CopyOptions = Omit<RepositoryLocation, 'repository'> & {
  /** Repository names: `package-install`, `secure-pypi`. */
  readonly from: string;
  readonly to: string;
  readonly release: Release;
  /** The revision that was judged and ingested; CodeArtifact copies no other. */
  readonly revision: string;
  readonly sleep: (milliseconds: number) => Promise<void>;
};

export type Copied = { readonly kind: 'copied' | 'already' };

const statusDelays = [100, 250, 500, 1_000, 2_000, 4_000];

/**
 * Copies one release, and makes sure it can be installed from where it went. Where an older form of it is (upstream
 * has gained files since), that is overwritten, but only if the files both have are the same, byte for byte.
 *
 * @throws {AwspipError} `changed-since-judged`, `copy-failed` (unavailable), `copy-refused` (configuration),
 * `copy-differs` and `release-withdrawn` (blocked), and those of `errors.ts`.
 */
export async function copyRelease(options: CopyOptions): Promise<Copied> {
  const present = await releaseStatus(at(options, options.to), options.release);
  if (present !== undefined) requirePublished(present.status, options);
  const first = await copy(options, false);
  const failure = first.failedVersions?.[options.release.version];
  const result = failure === undefined ? outcome(first, options) : await afterFailure(failure, options);
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
  const doing = { action: 'CopyPackageVersions', domain, domainOwner, repository: to };
  return withAwsErrors(doing, async () => client.send(command));
}

/** An identical release that is there already is in neither list of the answer. */
function outcome(answer: CopyPackageVersionsCommandOutput, { release }: CopyOptions): Copied {
  const failures = Object.entries(answer.failedVersions ?? {});
  if (failures.length > 0) throw copyFailed(release, failures[0]?.[1]);
  return { kind: Object.hasOwn(answer.successfulVersions ?? {}, release.version) ? 'copied' : 'already' };
}

async function afterFailure(failure: PackageVersionError, options: CopyOptions): Promise<Copied> {
  const { release, from, to, revision } = options;
  if (failure.errorCode !== 'ALREADY_EXISTS') throw copyFailed(release, failure);
  const source = await releaseAssets(at(options, from), release, revision);
  const destination = await releaseAssets(at(options, to), release);
  requireSameBytes(source.sha256, destination.sha256, options);
  // Upstream may have lost files: what was vetted once stays.
  if (Object.keys(source.sha256).every((filename) => Object.hasOwn(destination.sha256, filename))) {
    return { kind: 'already' };
  }
  return outcome(await copy(options, true), options);
}

function requireSameBytes(source: Digests, destination: Digests, { release, to }: CopyOptions): void {
  for (const [filename, sha256] of Object.entries(destination)) {
    if (!Object.hasOwn(source, filename) || (sha256 !== '' && source[filename] === sha256)) continue;
    const message = `${to} holds other bytes as ${filename} than ${release.name} ${release.version} has upstream`;
    throw new AwspipError('copy-differs', message, { exit: 'blocked' });
  }
}

/** What was just copied may take a moment to show. */
async function awaitPublished(options: CopyOptions): Promise<void> {
  for (const delay of [...statusDelays, undefined]) {
    const found = await releaseStatus(at(options, options.to), options.release);
    if (found !== undefined && found.status !== 'Unfinished') return requirePublished(found.status, options);
    if (delay !== undefined) await options.sleep(delay);
  }
  const { release, to } = options;
  throw new AwspipError('copy-failed', `${release.name} ${release.version} was copied but is not in ${to}`, {
    exit: 'unavailable',
  });
}

/** Archived is how a person switches a release off: copying must not switch it on again. */
function requirePublished(status: string, { domain, release, to }: CopyOptions): void {
  if (status === 'Published' || status === 'Unfinished') return;
  const { name, version } = release;
  const target = `--domain ${domain} --repository ${to} --format pypi --package ${name} --versions ${version}`;
  throw new AwspipError('release-withdrawn', `${name} ${version} is ${status} in ${to}`, {
    exit: 'blocked',
    hint: `aws codeartifact update-package-versions-status ${target} --target-status Published`,
  });
}

function copyFailed({ name, version }: Release, failure: PackageVersionError | undefined): AwspipError {
  const code = failure?.errorCode ?? 'no reason';
  const message = `CodeArtifact did not copy ${name} ${version}: ${failure?.errorMessage ?? ''} (${code})`;
  if (code === 'MISMATCHED_REVISION') return new AwspipError('changed-since-judged', message, { exit: 'unavailable' });
  if (code === 'NOT_ALLOWED') return new AwspipError('copy-refused', message, { exit: 'configuration' });
  return new AwspipError('copy-failed', message, { exit: 'unavailable' });
}

function at(options: CopyOptions, repository: string): RepositoryLocation {
  const { client, domain, domainOwner } = options;
  return { client, domain, domainOwner, repository };
}
