import { dynamoClient, stepFunctionsClient } from '../aws/clients.ts';
import type { Deployment } from '../aws/deployment.ts';
import { awaitWithProgress } from '../install/await-with-progress.ts';
import type { Begin } from '../install/early-vetting.ts';
import type { InstallPorts, Report } from '../install/types.ts';
import { once } from '../once.ts';
import { type ProcessContext, requester } from '../process-context.ts';
import { askNewest } from '../vetting/ask-newest.ts';
import { beginVetting } from '../vetting/await-vetting.ts';
import { staleRoots } from '../vetting/freshness.ts';
import { releasesOfRequest } from '../vetting/releases-of-request.ts';
import { requestId } from '../vetting/request-id.ts';
import { serviceClock } from '../vetting/service-clock.ts';
import type { VettingStore } from '../vetting/store-types.ts';

type VettingPorts = Pick<InstallPorts, 'vet' | 'releasesOf' | 'staleRoots' | 'askNewest'> & { readonly begin: Begin };

/** Opens the client side of vetting: the records, and a way to start or join the workflow. */
export function openVetting(context: ProcessContext, deployment: Deployment, report: Report): VettingPorts {
  const store = once(() => openStore(context, deployment));
  /** The attempt of each request that was vetted and used already. The same attempt would not help again. */
  const usedAttempts = new Map<string, number>();
  const starter = async () => {
    const { sfnStarter } = await import('../vetting/starter.ts');
    const client = await stepFunctionsClient(deployment.client);
    return sfnStarter({ ...context, client, stateMachineArn: deployment.stateMachine() });
  };
  const { freshness } = context.settings;
  const requestOf = async (content: Parameters<InstallPorts['vet']>[0], since: number) => {
    const request = { ...content, requestedBy: requester() };
    const [opened, started] = await Promise.all([store(), starter()]);
    return { content: request, since, usedAttempt: usedAttempts.get(requestId(request)), ...opened, starter: started };
  };
  return {
    begin: async (content, since) => beginVetting(await requestOf(content, since)),
    async vet(content, since, quietly = false) {
      const answer = await awaitWithProgress(await requestOf(content, since), context, quietly ? () => {} : report);
      if (answer.kind === 'secure') usedAttempts.set(answer.record.requestId, answer.record.attempt);
      return answer;
    },
    ...(freshness !== 'off' && {
      async askNewest(content) {
        const { store: records, clockOffset } = await store();
        // Most installs ask for nothing, and need no client of Step Functions.
        return askNewest({ ...content, requestedBy: requester() }, freshness, {
          ...{ store: records, now: () => context.now() + clockOffset() },
          starter: { start: async (...run) => (await starter()).start(...run) },
        });
      },
    }),
    releasesOf: async (request) => releasesOfRequest((await store()).store, request),
    staleRoots: async (roots, environment) => {
      const { store: read, clockOffset } = await store();
      return staleRoots(read, roots, environment, () => context.now() + clockOffset());
    },
  };
}

type OpenedStore = { readonly store: VettingStore; readonly clockOffset: () => number };

/** Opens the records. The SDK is loaded only here, while pip starts. */
export async function openStore(context: ProcessContext, deployment: Deployment): Promise<OpenedStore> {
  const { openVettingStore } = await import('../vetting/store.ts');
  const client = await dynamoClient(deployment.client);
  const clockOffset = serviceClock(client, context.now);
  return { store: openVettingStore(client, deployment.table, context.now), clockOffset };
}
