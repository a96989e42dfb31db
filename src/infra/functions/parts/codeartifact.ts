import { setTimeout as sleepFor } from 'node:timers/promises';
import { CodeartifactClient } from '@aws-sdk/client-codeartifact';
import { silentLogger } from '../../../aws/silent-logger.ts';
import type { RepositoryLocation } from '../../../codeartifact/release-assets.ts';
import { type RepositoryAccess, repositoryAccess } from '../../../codeartifact/repository-access.ts';
import { repositoryEndpoint } from '../../../codeartifact/repository-endpoint.ts';
import type { RepositoryEndpoint } from '../../../codeartifact/repository-files.ts';
import { requestImport } from '../../../codeartifact/request-import.ts';
import type { IndexFile, Release } from '../../../index/types.ts';
import { once } from '../../../once.ts';
import type { WorkflowPorts } from '../../../workflow/ports.ts';
import { environmentValue } from './environment-value.ts';
import { http } from './web.ts';

let client: CodeartifactClient | undefined;

/** Returns the domain and its client. */
export function artifactRepository(): Omit<RepositoryLocation, 'repository'> {
  client ??= new CodeartifactClient({ logger: silentLogger });
  return { client, domain: environmentValue('DOMAIN'), domainOwner: environmentValue('DOMAIN_OWNER') };
}

export const sleep = (milliseconds: number): Promise<void> => sleepFor(milliseconds);

/** Opens the access to the repository that an environment variable names. */
export function openAccess(variable: 'INSTALL_REPOSITORY' | 'SECURE_REPOSITORY'): RepositoryAccess {
  const { client: codeArtifact, ...domain } = artifactRepository();
  const common = { client: async () => codeArtifact, identity: [], cache: undefined, now: Date.now };
  return repositoryAccess({ ...domain, ...common, repository: environmentValue(variable) });
}

const installAccess = once(async () => openAccess('INSTALL_REPOSITORY'));

/** Returns the endpoint of package-install. */
export async function installEndpoint(): Promise<RepositoryEndpoint> {
  return repositoryEndpoint(await installAccess(), { http, sleep, now: Date.now });
}

/** Returns the imports into package-install. `fetch` downloads a file elsewhere. */
export function openImports(
  fetch?: (release: Release, file: IndexFile) => Promise<void>,
): WorkflowPorts['requestImport'] {
  const repository = environmentValue('INSTALL_REPOSITORY');
  return async (release, sha256) =>
    requestImport({
      ...{ ...artifactRepository(), repository, release, sha256 },
      ...(await installEndpoint()),
      fetch: fetch === undefined ? undefined : (file) => fetch(release, file),
    });
}
