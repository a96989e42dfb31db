import { setTimeout as sleepFor } from 'node:timers/promises';
import { CodeartifactClient } from '@aws-sdk/client-codeartifact';
import { ingestRelease } from '../../../codeartifact/ingest-release.ts';
import type { RepositoryLocation } from '../../../codeartifact/release-assets.ts';
import { repositoryAccess } from '../../../codeartifact/repository-access.ts';
import type { IndexFile, Release } from '../../../index/types.ts';
import { version } from '../../../version.ts';
import type { WorkflowPorts } from '../../../workflow/ports.ts';
import { environmentValue } from './surroundings.ts';
import { http } from './web.ts';

let client: CodeartifactClient | undefined;

/** The domain, and the client that speaks to it. */
export function artifactRepository(): Omit<RepositoryLocation, 'repository'> {
  client ??= new CodeartifactClient({});
  return { client, domain: environmentValue('DOMAIN'), domainOwner: environmentValue('DOMAIN_OWNER') };
}

export const sleep = (milliseconds: number): Promise<void> => sleepFor(milliseconds);

/** Brings releases into package-install. The token stays in this function: it is in no state, output or log. */
export function openIngest(fetch?: (release: Release, file: IndexFile) => Promise<void>): WorkflowPorts['ingest'] {
  const repository = { ...artifactRepository(), repository: environmentValue('INSTALL_REPOSITORY') };
  const gate = repositoryAccess({
    ...repository,
    client: async () => repository.client,
    identity: [],
    cache: undefined,
    now: Date.now,
  });
  return async (release, sha256) =>
    ingestRelease({
      ...{ ...repository, http, release, sha256, sleep },
      endpoint: await gate.endpoint(),
      token: async () => (await gate.token()).token,
      renewToken: async () => (await gate.renew()).token,
      userAgentVersion: version,
      now: Date.now,
      fetch: fetch === undefined ? undefined : (file) => fetch(release, file),
    });
}
