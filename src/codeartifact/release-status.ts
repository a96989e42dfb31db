import { DescribePackageVersionCommand, ResourceNotFoundException } from '@aws-sdk/client-codeartifact';
import type { Release } from '../index/types.ts';
import { withAwsErrors } from './errors.ts';
import type { RepositoryLocation } from './release-assets.ts';

/** The package version status of a release in a repository. Only `Published` releases can be installed. */
export type ReleaseStatus = { readonly status: string; readonly revision: string };

/**
 * Returns the status of one release in this repository, without its upstreams; undefined if the release is missing.
 *
 * @throws {AwspipError} the errors of `errors.ts`.
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

/** Distinguishes a missing release or package from a missing repository or domain, for which waiting is useless. */
export function isReleaseMissing(error: unknown): boolean {
  if (!(error instanceof ResourceNotFoundException)) return false;
  return error.resourceType !== 'domain' && error.resourceType !== 'repository';
}
