import { codeArtifactClient } from '../aws/clients.ts';
import type { Deployment } from '../aws/deployment.ts';
import type { ProcessContext } from '../process-context.ts';
import { Secret } from '../secret.ts';
import { keepsTokens } from './keeps-tokens.ts';
import { type RepositoryAccess, repositoryAccess } from './repository-access.ts';
import { tokenCache } from './token-cache.ts';

type Context = Pick<ProcessContext, 'settings' | 'environment' | 'now' | 'stateDirectory'>;

/** Opens the vetted repository of a deployment, with the token from `CODEARTIFACT_AUTH_TOKEN` if it is set. */
export function openAccess(context: Context, deployment: Deployment): RepositoryAccess {
  return open(context, deployment, configuredToken(context, deployment));
}

/**
 * Opens the same repository with a token that awspip fetches. Returns undefined if `CODEARTIFACT_AUTH_TOKEN` is not set,
 * because `openAccess` then does the same.
 */
export function openOwnAccess(context: Context, deployment: Deployment): RepositoryAccess | undefined {
  return configuredToken(context, deployment) && open(context, deployment, undefined);
}

function open(
  { settings, environment, now, stateDirectory }: Context,
  deployment: Deployment,
  token: Secret | undefined,
): RepositoryAccess {
  const { domain, domainOwner, repository, identity, profile, acceptsConfiguredAccess } = deployment;
  return repositoryAccess({
    client: () => codeArtifactClient(deployment.client),
    domain,
    domainOwner,
    repository,
    identity,
    profile,
    cache: settings.tokenCache === 'off' ? undefined : tokenCache({ directory: `${stateDirectory}/tokens`, now }),
    keepsTokens: keepsTokens(settings, environment),
    configuredToken: token,
    configuredEndpoint: acceptsConfiguredAccess ? settings.endpoint : undefined,
    now,
  });
}

function configuredToken({ settings }: Context, { acceptsConfiguredAccess }: Deployment): Secret | undefined {
  const { authorizationToken } = settings;
  return authorizationToken === undefined || !acceptsConfiguredAccess ? undefined : new Secret(authorizationToken);
}
