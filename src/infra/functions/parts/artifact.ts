import { setTimeout as sleepFor } from 'node:timers/promises';
import { CodeartifactClient } from '@aws-sdk/client-codeartifact';
import { repositoryAccess } from '../../../codeartifact/access.ts';
import type { RepositoryPlace } from '../../../codeartifact/assets.ts';
import { ingestRelease } from '../../../codeartifact/ingest.ts';
import type { IndexFile, Release } from '../../../index/types.ts';
import { version } from '../../../version.ts';
import type { WorkflowPorts } from '../../../workflow/ports.ts';
import { told } from './surroundings.ts';
import { http } from './web.ts';

let client: CodeartifactClient | undefined;

/** The domain, and the client that speaks to it. */
export function artifactPlace(): Omit<RepositoryPlace, 'repository'> {
  client ??= new CodeartifactClient({});
  return { client, domain: told('DOMAIN'), domainOwner: told('DOMAIN_OWNER') };
}

export const sleep = (milliseconds: number): Promise<void> => sleepFor(milliseconds);

/** Brings releases into package-install. The token stays in this function: it is in no state, output or log. */
export function openIngest(fetch?: (release: Release, file: IndexFile) => Promise<void>): WorkflowPorts['ingest'] {
  const place = { ...artifactPlace(), repository: told('INSTALL_REPOSITORY') };
  const gate = repositoryAccess({
    ...place,
    client: async () => place.client,
    identity: [],
    cache: undefined,
    now: Date.now,
  });
  return async (release, sha256) =>
    ingestRelease({
      ...{ ...place, http, release, sha256, sleep },
      endpoint: await gate.endpoint(),
      token: async () => (await gate.token()).token,
      renewToken: async () => (await gate.renew()).token,
      userAgentVersion: version,
      now: Date.now,
      fetch: fetch === undefined ? undefined : (file) => fetch(release, file),
    });
}
