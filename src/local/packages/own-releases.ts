import type { ProjectName } from '../../index/types.ts';
import { stackNames } from '../names.ts';
import type { PackageStore } from './package-store.ts';
import type { StoredPackage, StoredVersion } from './types.ts';
import { findVersion, withVersion } from './versions.ts';

/** Checks whether a release was uploaded, and not copied from the public index. Its origin type is INTERNAL. */
export function isUploaded({ origin }: StoredVersion): boolean {
  return origin === 'INTERNAL';
}

/**
 * Checks whether a project has an uploaded release. Nothing of such a project comes from the public index, as with the
 * origin controls that CodeArtifact sets when a package is first published.
 */
export async function isOwnProject(packages: PackageStore, name: ProjectName): Promise<boolean> {
  return (await packages.read(stackNames.secure, name))?.versions.some(isUploaded) ?? false;
}

const uploadsOf = (stored: StoredPackage): StoredPackage => ({
  ...stored,
  versions: stored.versions.filter(isUploaded),
});

/**
 * Returns a store that keeps a second copy of uploaded releases in `copies`. Unlike vetted releases, they can't be
 * fetched again after a repair moved a damaged file aside.
 */
export function withCopies(packages: PackageStore, copies: PackageStore): PackageStore {
  return {
    ...packages,
    change: (repository, name, decide) =>
      packages.change(repository, name, async (stored) => {
        const decision = await decide(stored);
        const changed = decision.stored;
        if (
          repository === stackNames.secure &&
          changed &&
          (stored.versions.some(isUploaded) || changed.versions.some(isUploaded))
        ) {
          await copies.change(repository, name, async () => ({ stored: uploadsOf(changed), result: undefined }));
        }
        return decision;
      }),
  };
}

/** Writes the uploaded releases that a repair removed from `packages`. */
export async function restoreUploads(packages: PackageStore, copies: PackageStore): Promise<void> {
  for (const name of await copies.list(stackNames.secure)) {
    const copy = await copies.read(stackNames.secure, name).catch(() => undefined);
    if (!copy) continue;
    await packages
      .change(stackNames.secure, name, async (stored) => {
        const lost = copy.versions.filter(({ version }) => !findVersion(stored, version));
        return {
          ...(lost.length > 0 ? { stored: lost.reduce(withVersion, { ...copy, ...stored }) } : {}),
          result: undefined,
        };
      })
      // A damaged package is reported when it is read.
      .catch(() => undefined);
  }
}
