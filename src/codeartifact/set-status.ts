import { UpdatePackageVersionsStatusCommand } from '@aws-sdk/client-codeartifact';
import type { ProjectName } from '../index/types.ts';
import { withAwsErrors } from './errors.ts';
import type { RepositoryLocation } from './release-assets.ts';

/** The versions whose status was changed, and why others could not be archived. */
export type StatusChange = {
  readonly changed: readonly string[];
  readonly failed: Readonly<Record<string, string>>;
};

/** https://docs.aws.amazon.com/codeartifact/latest/APIReference/API_UpdatePackageVersionsStatus.html */
const maxVersions = 100;

/**
 * Archives releases of a project, or publishes archived ones again and leaves the others. Nothing is deleted. A version
 * that is archived already counts as changed.
 *
 * @throws {AwspipError} the errors of `errors.ts`.
 */
export async function setStatus(
  { client, domain, domainOwner, repository }: RepositoryLocation,
  name: ProjectName,
  versions: readonly string[],
  targetStatus: 'Archived' | 'Published',
): Promise<StatusChange> {
  const changed: string[] = [];
  const failed: Record<string, string> = {};
  for (let start = 0; start < versions.length; start += maxVersions) {
    const part = versions.slice(start, start + maxVersions);
    const command = new UpdatePackageVersionsStatusCommand({
      ...{ domain, domainOwner, repository, format: 'pypi', package: name, versions: part, targetStatus },
      ...(targetStatus === 'Published' && { expectedStatus: 'Archived' }),
    });
    const answer = await withAwsErrors({ action: 'UpdatePackageVersionsStatus', domain, domainOwner, repository }, () =>
      client.send(command),
    );
    for (const version of part) {
      const failure = answer.failedVersions?.[version];
      const isArchived = targetStatus === 'Archived' && failure?.errorCode === 'MISMATCHED_STATUS';
      if (failure === undefined || isArchived) changed.push(version);
      else if (targetStatus === 'Archived') failed[version] = `${failure.errorCode}: ${failure.errorMessage}`;
    }
  }
  return { changed, failed };
}
