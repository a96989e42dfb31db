import { dynamoClient, stepFunctionsClient } from '../aws/clients.ts';
import type { Deployment } from '../aws/deployment.ts';
import { reportProgress } from '../install/report-progress.ts';
import type { InstallPorts, Report } from '../install/types.ts';
import { once } from '../once.ts';
import { type ProcessContext, requester } from '../process-context.ts';
import { askNewest } from '../vetting/ask-newest.ts';
import { awaitVetting } from '../vetting/await-vetting.ts';
import { staleRoots } from '../vetting/freshness.ts';
import { openInterruption } from '../vetting/interruption.ts';
import { releasesOfRequest } from '../vetting/releases-of-request.ts';
import { requestId } from '../vetting/request-id.ts';
import { serviceClock } from '../vetting/service-clock.ts';
import type { VettingStore } from '../vetting/store-types.ts';

type VettingPorts = Pick<InstallPorts, 'vet' | 'releasesOf' | 'staleRoots' | 'askNewest'>;

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
  return {
    async vet(content, since, quietly = false) {
      const request = { ...content, requestedBy: requester() };
      const id = requestId(request);
      const startedAt = context.now();
      const [opened, started] = await Promise.all([store(), starter()]);
      const progress = reportProgress(quietly ? () => {} : report, startedAt, context.now);
      const interruption = openInterruption();
      try {
        const vetting = awaitVetting({
          content: request,
          since,
          usedAttempt: usedAttempts.get(id),
          waitSeconds: context.waits.remaining() / 1000,
          store: opened.store,
          clockOffset: opened.clockOffset,
          starter: started,
          now: context.now,
          sleep: (milliseconds) => context.sleep(milliseconds, interruption.signal),
          random: context.random,
          onProgress: progress.update,
          onQueued: progress.queue,
        });
        const answer = await context.waits.spend(() => Promise.race([vetting, interruption.interrupted]));
        if (answer.kind === 'secure') usedAttempts.set(id, answer.record.attempt);
        return answer;
      } finally {
        progress.stop();
        interruption.close();
      }
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
