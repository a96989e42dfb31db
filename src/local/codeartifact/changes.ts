import type { ProjectName } from '../../index/types.ts';
import { stackNames } from '../names.ts';
import type { PackageStore } from '../packages/package-store.ts';
import { type CopyPlan, planCopy, type VersionFault } from '../packages/plan-copy.ts';
import type { StoredPackage, StoredVersion, VersionStatus } from '../packages/types.ts';
import { findVersion, withVersion } from '../packages/versions.ts';
import { invalid, type Parameters, packageOf, repositoryOf, revisionsOf, versionsOf } from './parameters.ts';

type Success = { readonly revision: string; readonly status: string };

function outcome(
  successful: ReadonlyMap<string, Success>,
  failed: ReadonlyMap<string, VersionFault>,
): Readonly<Record<string, unknown>> {
  const memberOf = ({ revision, status }: Success): Success => ({ revision, status });
  return {
    successfulVersions: Object.fromEntries([...successful].map(([version, success]) => [version, memberOf(success)])),
    failedVersions: Object.fromEntries(failed),
  };
}

/** Reads the package to copy from: the versions in the source, and those in its upstream when requested. */
async function readSource(
  packages: PackageStore,
  repository: string,
  name: ProjectName,
  withUpstream: boolean,
): Promise<StoredPackage | undefined> {
  const stored = await packages.read(repository, name);
  if (!withUpstream || repository !== stackNames.install) return stored;
  const upstream = await packages.read(stackNames.store, name);
  const missing = upstream?.versions.filter(({ version }) => !findVersion(stored, version)) ?? [];
  return missing.reduce(withVersion, stored ?? { name, versions: [] });
}

/** Answers CopyPackageVersions. The status is 200 even if versions failed. */
export async function copyPackageVersions(
  parameters: Parameters,
  packages: PackageStore,
  now: number,
): Promise<unknown> {
  const from = repositoryOf(parameters, 'source-repository');
  const to = repositoryOf(parameters, 'destination-repository');
  const name = packageOf(parameters);
  if (from === to) throw invalid('source and destination are the same repository');
  const [versions, revisions] = [versionsOf(parameters), revisionsOf(parameters)];
  if ((versions === undefined) === (revisions === undefined)) {
    throw invalid('exactly one of `versions` and `versionRevisions` must be given');
  }
  const request = {
    versions: revisions ?? new Map((versions ?? []).map((version) => [version, null])),
    allowOverwrite: parameters.body.allowOverwrite === true,
  };
  const source = await readSource(packages, from, name, parameters.body.includeFromUpstream === true);
  const plan = await packages.change(
    to,
    name,
    async (stored): Promise<{ stored?: StoredPackage; result: CopyPlan }> => {
      const result = planCopy(source, stored, request);
      if (result.copied.size === 0) return { result };
      const copies = [...result.copied.values()].map((version) => ({
        ...version,
        status: 'Published' as const,
        publishedTime: now,
      }));
      return { stored: copies.reduce(withVersion, stored), result };
    },
  );
  return outcome(plan.copied, plan.failed);
}

type Change = (version: StoredVersion) => StoredVersion | VersionFault | undefined;

/** Changes each listed version of one package independently. A change that returns undefined removes the version. */
async function changeVersions(
  parameters: Parameters,
  packages: PackageStore,
  change: Change,
  report: (version: StoredVersion) => Success,
): Promise<unknown> {
  const repository = repositoryOf(parameters);
  const name = packageOf(parameters);
  const versions = versionsOf(parameters);
  if (!versions) throw invalid('`versions` is missing');
  const revisions = revisionsOf(parameters);
  const { expectedStatus } = parameters.body;
  return packages.change(repository, name, async (stored) => {
    const successful = new Map<string, Success>();
    const failed = new Map<string, VersionFault>();
    let changedPackage = stored;
    for (const requested of versions) {
      const version = expectVersion(findVersion(changedPackage, requested), revisions?.get(requested), expectedStatus);
      if ('errorCode' in version) {
        failed.set(requested, version);
        continue;
      }
      const changed = change(version);
      if (changed && 'errorCode' in changed) {
        failed.set(requested, changed);
        continue;
      }
      changedPackage = changed
        ? withVersion(changedPackage, changed)
        : { ...changedPackage, versions: changedPackage.versions.filter((other) => other !== version) };
      successful.set(requested, report(changed ?? version));
    }
    return { stored: changedPackage, result: outcome(successful, failed) };
  });
}

/** Returns the version if it has the revision and status that the caller expects, and a fault otherwise. */
function expectVersion(
  version: StoredVersion | undefined,
  revision: string | undefined,
  status: unknown,
): StoredVersion | VersionFault {
  if (!version) return { errorCode: 'NOT_FOUND', errorMessage: 'the version is not in this repository' };
  if (revision !== undefined && revision !== version.revision) {
    return { errorCode: 'MISMATCHED_REVISION', errorMessage: `the revision is ${version.revision}` };
  }
  if (status !== undefined && status !== null && status !== version.status) {
    return wrongStatus(version);
  }
  return version;
}

function wrongStatus({ status }: StoredVersion): VersionFault {
  return { errorCode: 'MISMATCHED_STATUS', errorMessage: `the status is ${status}` };
}

const settable: readonly unknown[] = ['Published', 'Unlisted', 'Archived'] satisfies VersionStatus[];
const isSettable = (status: unknown): status is VersionStatus => settable.includes(status);

/** Answers UpdatePackageVersionsStatus. The target status is Published, Unlisted or Archived. */
export async function updatePackageVersionsStatus(parameters: Parameters, packages: PackageStore): Promise<unknown> {
  const { targetStatus } = parameters.body;
  if (!isSettable(targetStatus)) throw invalid('`targetStatus` must be Published, Unlisted or Archived');
  return changeVersions(
    parameters,
    packages,
    (version) => (version.status === 'Disposed' ? wrongStatus(version) : { ...version, status: targetStatus }),
    (version) => version,
  );
}

/** Answers DisposePackageVersions, which deletes the files of versions and keeps their names. */
export async function disposePackageVersions(parameters: Parameters, packages: PackageStore): Promise<unknown> {
  return changeVersions(
    parameters,
    packages,
    (version) => ({ ...version, status: 'Disposed', assets: [] }),
    (version) => version,
  );
}

/** Answers DeletePackageVersions. */
export async function deletePackageVersions(parameters: Parameters, packages: PackageStore): Promise<unknown> {
  return changeVersions(
    parameters,
    packages,
    () => undefined,
    ({ revision }) => ({ revision, status: 'Deleted' }),
  );
}
