import { DescribePackageVersionCommand, ResourceNotFoundException } from '@aws-sdk/client-codeartifact';
import type { Release } from '../index/types.ts';
import type { RepositoryLocation } from './assets.ts';
import { withAwsErrors } from './errors.ts';

/** How a release stands in a repository: `Published` alone can be installed. */
export type ReleaseStatus = { readonly status: string; readonly revision: string };

/**
 * Asks for one release in this repository only, never upstream; undefined when it is not there (yet).
 *
 * @throws {AwspipError} see `errors.ts`.
 */
export async function releaseStatus(
  { client, domain, domainOwner, repository }: RepositoryLocation,
  { name, version }: Release,
): Promise<ReleaseStatus | undefined> {
  const command = new DescribePackageVersionCommand({
    domain,
    domainOwner,
    repository,
    format: 'pypi',
    package: name,
    packageVersion: version,
  });
  return withAwsErrors({ action: 'DescribePackageVersion', domain, domainOwner, repository }, async () => {
    try {
      const { packageVersion } = await client.send(command);
      return { status: packageVersion?.status ?? '', revision: packageVersion?.revision ?? '' };
    } catch (error) {
      if (isReleaseMissing(error)) return undefined;
      throw error;
    }
  });
}

/** A missing release, as opposed to a missing repository or domain, which would never come. */
function isReleaseMissing(error: unknown): boolean {
  if (!(error instanceof ResourceNotFoundException)) return false;
  return error.resourceType !== 'domain' && error.resourceType !== 'repository';
}
