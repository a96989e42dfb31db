import { type CodeartifactClient, ListPackageVersionAssetsCommand } from '@aws-sdk/client-codeartifact';
import { parseFilename } from '../index/filename.ts';
import type { Release } from '../index/types.ts';
import { withAwsErrors } from './errors.ts';

/** A repository as the CodeArtifact API addresses it, with the client that reaches it. */
export type RepositoryLocation = {
  readonly client: CodeartifactClient;
  readonly domain: string;
  readonly domainOwner?: string | undefined;
  readonly repository: string;
};

/** The files of one release in a repository. */
type ReleaseAssets = {
  /** CodeArtifact's package version revision, which changes with the contents. */
  readonly revision: string | undefined;
  /** sha256 hex by file name, of wheels and sdists only. */
  readonly sha256: Readonly<Record<string, string>>;
};

/** A safety limit: CodeArtifact allows 350 assets per version, and a page holds up to 1,000. */
const maxPages = 10;

/**
 * Lists the files of a release in this repository, without its upstreams. `revision` selects one revision.
 *
 * @throws {AwspipError} the errors of `errors.ts`; `repository-unknown` also if the release is missing.
 */
export async function releaseAssets(
  { client, domain, domainOwner, repository }: RepositoryLocation,
  { name, version }: Release,
  revision?: string,
): Promise<ReleaseAssets> {
  const call = { action: 'ListPackageVersionAssets', domain, domainOwner, repository };
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
  let listedRevision: string | undefined;
  for (let page = 0; page < maxPages; page += 1) {
    const command = new ListPackageVersionAssetsCommand({ ...request, nextToken });
    const response = await withAwsErrors(call, async () => client.send(command));
    listedRevision = response.versionRevision ?? listedRevision;
    for (const asset of response.assets ?? []) {
      const digest = asset.hashes?.['SHA-256'];
      if (asset.name !== undefined && parseFilename(asset.name, name) !== undefined) {
        sha256[asset.name] = digest?.toLowerCase() ?? '';
      }
    }
    nextToken = response.nextToken;
    if (nextToken === undefined) break;
  }
  return { revision: listedRevision, sha256 };
}
