import type { ProjectName } from '../../index/types.ts';
import { stackNames } from '../names.ts';
import { type CopyPlan, planCopy, type VersionFault } from '../packages/copy.ts';
import type { PackageStore } from '../packages/store.ts';
import type { StoredPackage, StoredVersion, VersionStatus } from '../packages/types.ts';
import { findVersion, withVersion } from '../packages/versions.ts';
import { invalid, type Parameters, packageOf, repositoryOf, revisionsOf, versionsOf } from './parameters.ts';

type Success = { readonly revision: string; readonly status: string };

function outcome(
  successful: ReadonlyMap<string, Success>,
  failed: ReadonlyMap<string, VersionFault>,
): Readonly<Record<string, unknown>> {
  const pick = ({ revision, status }: Success): Success => ({ revision, status });
  return {
    successfulVersions: Object.fromEntries([...successful].map(([version, one]) => [version, pick(one)])),
    failedVersions: Object.fromEntries(failed),
  };
}

/** What the source offers: what is stored there, and upstream of it when asked for. */
async function sourceOf(
  packages: PackageStore,
  repository: string,
  name: ProjectName,
  withUpstream: boolean,
): Promise<StoredPackage | undefined> {
  const stored = await packages.read(repository, name);
  if (!withUpstream || repository !== stackNames.install) return stored;
  const above = await packages.read(stackNames.store, name);
  const missing = above?.versions.filter((one) => !findVersion(stored, one.version)) ?? [];
  return missing.reduce(withVersion, stored ?? { name, versions: [] });
}

/** CopyPackageVersions. The answer is 200 also when versions failed. */
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
  const wish = {
    versions: revisions ?? new Map((versions ?? []).map((version) => [version, null])),
    allowOverwrite: parameters.body.allowOverwrite === true,
  };
  const source = await sourceOf(packages, from, name, parameters.body.includeFromUpstream === true);
  const plan = await packages.change(
    to,
    name,
    async (stored): Promise<{ stored?: StoredPackage; answer: CopyPlan }> => {
      const answer = planCopy(source, stored, wish);
      if (answer.copied.size === 0) return { answer };
      const fresh = [...answer.copied.values()].map((one) => ({
        ...one,
        status: 'Published' as const,
        publishedTime: now,
      }));
      return { stored: fresh.reduce(withVersion, stored), answer };
    },
  );
  return outcome(plan.copied, plan.failed);
}

type Change = (version: StoredVersion) => StoredVersion | undefined;

/** Changes several versions of one package, each on its own; a change to undefined removes it. */
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
    let after = stored;
    for (const wanted of versions) {
      const version = findVersion(after, wanted);
      const trouble = troubleWith(version, revisions?.get(wanted), expectedStatus);
      if (!version || trouble) {
        failed.set(wanted, trouble ?? { errorCode: 'NOT_FOUND', errorMessage: 'no such version' });
        continue;
      }
      const changed = change(version);
      after = changed
        ? withVersion(after, changed)
        : { ...after, versions: after.versions.filter((one) => one !== version) };
      successful.set(wanted, report(changed ?? version));
    }
    return { stored: after, answer: outcome(successful, failed) };
  });
}

function troubleWith(
  version: StoredVersion | undefined,
  revision: string | undefined,
  status: unknown,
): VersionFault | undefined {
  if (!version) return { errorCode: 'NOT_FOUND', errorMessage: 'no such version in this repository' };
  if (revision !== undefined && revision !== version.revision) {
    return { errorCode: 'MISMATCHED_REVISION', errorMessage: `its revision is ${version.revision}` };
  }
  if (status !== undefined && status !== null && status !== version.status) {
    return { errorCode: 'MISMATCHED_STATUS', errorMessage: `its status is ${version.status}` };
  }
  return undefined;
}

const settable: readonly unknown[] = ['Published', 'Unlisted', 'Archived'] satisfies VersionStatus[];
const isSettable = (status: unknown): status is VersionStatus => settable.includes(status);

/** UpdatePackageVersionsStatus: Published, Unlisted or Archived. */
export async function updatePackageVersionsStatus(parameters: Parameters, packages: PackageStore): Promise<unknown> {
  const { targetStatus } = parameters.body;
  if (!isSettable(targetStatus)) throw invalid('`targetStatus` is Published, Unlisted or Archived');
  return changeVersions(
    parameters,
    packages,
    (version) => ({ ...version, status: targetStatus }),
    (version) => version,
  );
}

/** DeletePackageVersions. */
export async function deletePackageVersions(parameters: Parameters, packages: PackageStore): Promise<unknown> {
  return changeVersions(
    parameters,
    packages,
    () => undefined,
    ({ revision }) => ({ revision, status: 'Deleted' }),
  );
}
