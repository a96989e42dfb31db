import { codeArtifactClient } from '../aws/clients.ts';
import type { Deployment } from '../aws/deployment.ts';
import { AwspipError } from '../errors.ts';
import type { Http } from '../index/http-types.ts';
import type { ProjectName } from '../index/types.ts';
import { version } from '../version.ts';
import type { RepositoryAccess } from './access.ts';
import { proveMissing } from './missing-proof.ts';

type Repository = {
  readonly deployment: Deployment;
  readonly access: RepositoryAccess;
  /** The same repository with a token that awspip fetches; undefined unless a token was given. */
  readonly ownAccess: RepositoryAccess | undefined;
  readonly http: Http;
};

/**
 * Asks the repository for a project with a fresh token.
 *
 * @throws AwspipError `token-denied` if the token in `CODEARTIFACT_AUTH_TOKEN` was stale, and what asking throws
 */
export async function proveMissingProject(
  name: ProjectName,
  { deployment, access, ownAccess, http }: Repository,
): Promise<'missing' | 'token-was-stale'> {
  const { domain, domainOwner, repository, profile } = deployment;
  const proof = await proveMissing({
    ...{ name, http, version, domain, domainOwner, repository, profile },
    endpoint: await access.endpoint(),
    freshToken: async () => (await (ownAccess ?? access).renew()).token,
    client: () => codeArtifactClient(deployment.client),
  }).catch((error: unknown) => {
    // The given token may be the only credential. Then nothing can be proven, and the 404 stands.
    if (ownAccess !== undefined && error instanceof AwspipError && error.exit === 'denied') return 'missing' as const;
    throw error;
  });
  if (proof === 'token-was-stale' && ownAccess !== undefined) {
    throw new AwspipError('token-denied', '`CODEARTIFACT_AUTH_TOKEN` has expired', {
      exit: 'denied',
      hint: 'unset `CODEARTIFACT_AUTH_TOKEN` to let awspip fetch a token, or set it to a new one',
    });
  }
  return proof;
}
