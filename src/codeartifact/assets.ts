import { type CodeartifactClient, ListPackageVersionAssetsCommand } from '@aws-sdk/client-codeartifact';
import { parseFilename } from '../index/filename.ts';
import type { Release } from '../index/types.ts';
import { withAwsErrors } from './errors.ts';

/** A repository as the API names it, and the way to it. */
export type RepositoryLocation = {
  readonly client: CodeartifactClient;
  readonly domain: string;
  readonly domainOwner?: string | undefined;
  readonly repository: string;
};

/** What a repository holds of one release. */
export type ReleaseAssets = {
  /** CodeArtifact's package version revision: another one for other contents. */
  readonly revision: string | undefined;
  /** sha256 hex by file name; only files that pip could take. */
  readonly sha256: Readonly<Record<string, string>>;
};

/** CodeArtifact's limit is 350 assets to a version; a page holds up to 1,000. */
const maxPages = 10;

/**
 * Lists a release's files, of one revision if it is given. Looks into this repository only, never upstream.
 *
 * @throws {AwspipError} see `errors.ts`; `repository-unknown` also when the release is not there.
 */
export async function releaseAssets(
  { client, domain, domainOwner, repository }: RepositoryLocation,
  { name, version }: Release,
  revision?: string,
): Promise<ReleaseAssets> {
  const doing = { action: 'ListPackageVersionAssets', domain, domainOwner, repository };
  const sha256: Record<string, string> = {};
  const request = {
    domain,
    domainOwner,
    repository,
    format: 'pypi',
    package: name,
    packageVersion: version,
    packageVersionRevision: revision,
    maxResults: 1000,
  } as const;
  let nextToken: string | undefined;
  let found: string | undefined;
  for (let page = 0; page < maxPages; page += 1) {
    const command = new ListPackageVersionAssetsCommand({ ...request, nextToken });
    const answer = await withAwsErrors(doing, async () => client.send(command));
    found = answer.versionRevision ?? found;
    for (const asset of answer.assets ?? []) {
      const digest = asset.hashes?.['SHA-256'];
      if (asset.name !== undefined && parseFilename(asset.name, name) !== undefined) {
        sha256[asset.name] = digest?.toLowerCase() ?? '';
      }
    }
    nextToken = answer.nextToken;
    if (nextToken === undefined) break;
  }
  return { revision: found, sha256 };
}
