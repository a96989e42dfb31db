import { setTimeout as sleepFor } from 'node:timers/promises';
import { CodeartifactClient } from '@aws-sdk/client-codeartifact';
import { ingestRelease } from '../../../codeartifact/ingest-release.ts';
import type { RepositoryLocation } from '../../../codeartifact/release-assets.ts';
import { repositoryAccess } from '../../../codeartifact/repository-access.ts';
import type { IndexFile, Release } from '../../../index/types.ts';
import { version } from '../../../version.ts';
import type { WorkflowPorts } from '../../../workflow/ports.ts';
import { environmentValue } from './environment-value.ts';
import { http } from './web.ts';

let client: CodeartifactClient | undefined;

/** Returns the domain and its client. */
export function artifactRepository(): Omit<RepositoryLocation, 'repository'> {
  client ??= new CodeartifactClient({});
  return { client, domain: environmentValue('DOMAIN'), domainOwner: environmentValue('DOMAIN_OWNER') };
}

export const sleep = (milliseconds: number): Promise<void> => sleepFor(milliseconds);

/** Returns the ingest into package-install. The token stays in this function: no state, output or log contains it. */
export function openIngest(fetch?: (release: Release, file: IndexFile) => Promise<void>): WorkflowPorts['ingest'] {
  const repository = { ...artifactRepository(), repository: environmentValue('INSTALL_REPOSITORY') };
  const access = repositoryAccess({
    ...repository,
    client: async () => repository.client,
    identity: [],
    cache: undefined,
    now: Date.now,
  });
  return async (release, sha256) =>
    ingestRelease({
      ...{ ...repository, http, release, sha256, sleep },
      endpoint: await access.endpoint(),
      token: async () => (await access.token()).token,
      renewToken: async () => (await access.renew()).token,
      userAgentVersion: version,
      now: Date.now,
      fetch: fetch === undefined ? undefined : (file) => fetch(release, file),
    });
}
