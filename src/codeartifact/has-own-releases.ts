import { ListPackageVersionsCommand } from '@aws-sdk/client-codeartifact';
import type { ProjectName } from '../index/types.ts';
import { withAwsErrors } from './errors.ts';
import type { RepositoryLocation } from './release-assets.ts';
import { isReleaseMissing } from './release-status.ts';

/**
 * Checks whether a repository has a release of a project that was published to it, and not copied from elsewhere.
 *
 * @throws {AwspipError} the errors of `errors.ts`.
 */
export async function hasOwnReleases(
  { client, domain, domainOwner, repository }: RepositoryLocation,
  name: ProjectName,
): Promise<boolean> {
  const command = new ListPackageVersionsCommand({
    ...{ domain, domainOwner, repository, package: name },
    ...{ format: 'pypi', originType: 'INTERNAL', maxResults: 1 },
  });
  return withAwsErrors({ action: 'ListPackageVersions', domain, domainOwner, repository }, async () => {
    try {
      return ((await client.send(command)).versions ?? []).length > 0;
    } catch (error) {
      if (isReleaseMissing(error)) return false;
      throw error;
    }
  });
}
