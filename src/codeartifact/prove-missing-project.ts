import { codeArtifactClient } from '../aws/clients.ts';
import type { Deployment } from '../aws/deployment.ts';
import { AwspipError } from '../errors.ts';
import type { Http } from '../index/http-types.ts';
import type { ProjectName } from '../index/types.ts';
import { version } from '../version.ts';
import { type MissingProof, proveMissing } from './prove-missing.ts';
import type { RepositoryAccess } from './repository-access.ts';

type Repository = {
  readonly deployment: Deployment;
  readonly access: RepositoryAccess;
  /** The same repository with a token that awspip fetches; undefined unless `CODEARTIFACT_AUTH_TOKEN` is set. */
  readonly ownAccess: RepositoryAccess | undefined;
  readonly http: Http;
};

/**
 * Requests a project from the repository with a new token, to find out why the previous response was 404.
 *
 * @throws {AwspipError} `token-denied` (77) if the token in `CODEARTIFACT_AUTH_TOKEN` has expired, and the errors of
 *   `proveMissing`.
 */
export async function proveMissingProject(
  name: ProjectName,
  { deployment, access, ownAccess, http }: Repository,
): Promise<MissingProof> {
  const { domain, domainOwner, repository, profile } = deployment;
  const proof = await proveMissing({
    ...{ name, http, version, domain, domainOwner, repository, profile },
    endpoint: await access.endpoint(),
    freshToken: async () => (await (ownAccess ?? access).renew()).token,
    client: () => codeArtifactClient(deployment.client),
  }).catch((error: unknown) => {
    // Without AWS credentials no new token can be fetched, so the 404 is taken as it is.
    if (ownAccess !== undefined && error instanceof AwspipError && error.exit === 'denied') return 'missing' as const;
    throw error;
  });
  if (proof === 'token-expired' && ownAccess !== undefined) {
    throw new AwspipError('token-denied', '`CODEARTIFACT_AUTH_TOKEN` has expired', {
      exit: 'denied',
      hint: 'unset `CODEARTIFACT_AUTH_TOKEN` to let awspip fetch a token, or set it to a new one',
    });
  }
  return proof;
}
