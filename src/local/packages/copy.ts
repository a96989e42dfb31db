import type { StoredPackage, StoredVersion } from './types.ts';
import { findVersion } from './versions.ts';

/** What CopyPackageVersions is asked for one package. */
export type CopyWish = {
  /** Version → the revision the source must have, or null for whatever it has. */
  readonly versions: ReadonlyMap<string, string | null>;
  readonly allowOverwrite: boolean;
};

export type VersionFault = { readonly errorCode: string; readonly errorMessage: string };

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
  if (from.status === 'Archived') return fault('MISMATCHED_STATUS', `version ${version} is ${from.status}`);
  const there = findVersion(destination, version);
  if (!there) return { kind: 'copy', version: from };
  if (there.revision === from.revision) return { kind: 'same' };
  if (allowOverwrite) return { kind: 'copy', version: { ...from, version: there.version } };
  return fault('ALREADY_EXISTS', `version ${version} exists in the destination repository with other contents`);
}

/**
 * What a copy does. All or nothing: one failure makes the others SKIPPED. A version that is already there, file for
 * file, is in neither map.
 *
 * @see https://docs.aws.amazon.com/codeartifact/latest/ug/copy-package.html
 */
export function planCopy(
  source: StoredPackage | undefined,
  destination: StoredPackage | undefined,
  { versions, allowOverwrite }: CopyWish,
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
