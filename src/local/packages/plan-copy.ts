import type { StoredPackage, StoredVersion } from './types.ts';
import { findVersion } from './versions.ts';

/** The parameters of CopyPackageVersions for one package. */
export type CopyRequest = {
  /** Maps each version to the revision that the source must have, or null for any revision. */
  readonly versions: ReadonlyMap<string, string | null>;
  readonly allowOverwrite: boolean;
};

/** The reason why CodeArtifact did not copy or change a version. */
export type VersionFault = { readonly errorCode: string; readonly errorMessage: string };

/** The outcome of a copy request. */
export type CopyPlan = {
  /** Versions to write to the destination. */
  readonly copied: ReadonlyMap<string, StoredVersion>;
  readonly failed: ReadonlyMap<string, VersionFault>;
};

const fault = (errorCode: string, errorMessage: string): VersionFault => ({ errorCode, errorMessage });

type Step = { readonly kind: 'copy'; readonly version: StoredVersion } | { readonly kind: 'same' } | VersionFault;

function stepFor(
  source: StoredPackage | undefined,
  destination: StoredPackage | undefined,
  version: string,
  revision: string | null,
  allowOverwrite: boolean,
): Step {
  const from = findVersion(source, version);
  if (!from) return fault('NOT_FOUND', `version ${version} is not in the source repository`);
  if (revision !== null && revision !== from.revision) {
    return fault('MISMATCHED_REVISION', `the source repository has revision ${from.revision}`);
  }
  if (from.status === 'Archived' || from.status === 'Disposed')
    return fault('MISMATCHED_STATUS', `version ${version} is ${from.status}`);
  const existing = findVersion(destination, version);
  if (!existing) return { kind: 'copy', version: from };
  if (existing.status !== 'Disposed' && existing.revision === from.revision) return { kind: 'same' };
  if (allowOverwrite) return { kind: 'copy', version: { ...from, version: existing.version } };
  return fault('ALREADY_EXISTS', `version ${version} exists in the destination repository with other contents`);
}

/**
 * Plans a copy, which copies all versions or none: if one fails, the others are SKIPPED. A version that the destination
 * has with the same files is in neither map.
 *
 * @see https://docs.aws.amazon.com/codeartifact/latest/ug/copy-package.html
 */
export function planCopy(
  source: StoredPackage | undefined,
  destination: StoredPackage | undefined,
  { versions, allowOverwrite }: CopyRequest,
): CopyPlan {
  const copied = new Map<string, StoredVersion>();
  const failed = new Map<string, VersionFault>();
  for (const [version, revision] of versions) {
    const step = stepFor(source, destination, version, revision, allowOverwrite);
    if ('errorCode' in step) failed.set(version, step);
    else if (step.kind === 'copy') copied.set(version, step.version);
  }
  if (failed.size === 0) return { copied, failed };
  for (const version of versions.keys()) {
    if (!failed.has(version)) failed.set(version, fault('SKIPPED', 'another version of this request failed'));
  }
  return { copied: new Map(), failed };
}
