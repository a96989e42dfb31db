import { version } from '../version.ts';
import type { RepositoryAccess } from './repository-access.ts';
import type { RepositoryEndpoint } from './repository-files.ts';

/** Returns the PyPI endpoint of a repository. The token stays in this function: no state, output or log contains it. */
export async function repositoryEndpoint(
  { endpoint, token, renew }: RepositoryAccess,
  ports: Pick<RepositoryEndpoint, 'http' | 'now' | 'sleep'>,
): Promise<RepositoryEndpoint> {
  return {
    ...ports,
    endpoint: await endpoint(),
    token: async () => (await token()).token,
    renewToken: async () => (await renew()).token,
    userAgentVersion: version,
  };
}
