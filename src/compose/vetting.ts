import { constants } from 'node:os';
import { dynamoClient, stepFunctionsClient } from '../aws/clients.ts';
import type { Deployment } from '../aws/deployment.ts';
import { AwspipError } from '../errors.ts';
import type { InstallPorts, Report } from '../install/types.ts';
import type { ProcessContext } from '../process-context.ts';
import { awaitVetting } from '../vetting/await-vetting.ts';
import { staleRoots } from '../vetting/freshness.ts';
import { releasesOfRequest } from '../vetting/releases-of-request.ts';
import { requestId } from '../vetting/request-id.ts';
import { sfnStarter } from '../vetting/starter.ts';
import { vettingStore } from '../vetting/store.ts';
import type { VettingStore } from '../vetting/store-types.ts';
import { documentClient } from '../vetting/table.ts';
import { requester } from './process-context.ts';

type VettingPorts = Pick<InstallPorts, 'vet' | 'releasesOf' | 'staleRoots'>;

/** The client's half of vetting: the records, and starting or joining the workflow. */
export function openVetting(context: ProcessContext, deployment: Deployment, report: Report): VettingPorts {
  const store = once(() => openStore(context, deployment));
  /** The attempt whose SECURE was acted upon, by request: the same answer again would help nobody. */
  const usedAttempt = new Map<string, number>();
  return {
    async vet(wanted, since, quietly = false) {
      const ask = { ...wanted, requestedBy: requester() };
      const id = requestId(ask);
      const began = context.now();
      const [opened, sfn] = await Promise.all([store(), stepFunctionsClient(deployment.client)]);
      const tick = ticking(context, began, quietly ? () => {} : report);
      const stop = interruption();
      try {
        const asking = awaitVetting({
          content: ask,
          since,
          usedAttempt: usedAttempt.get(id),
          waitSeconds: context.settings.waitSeconds,
          store: opened,
          starter: sfnStarter({
            client: sfn,
            stateMachineArn: deployment.stateMachine(),
            sleep: context.sleep,
            random: context.random,
          }),
          now: context.now,
          sleep: (milliseconds) => context.sleep(milliseconds, stop.signal),
          random: context.random,
          onProgress: tick.show,
        });
        const answer = await Promise.race([asking, stop.interrupted]);
        if (answer.kind === 'secure') usedAttempt.set(id, answer.record.attempt);
        return answer;
      } finally {
        tick.stop();
        stop.close();
      }
    },
    releasesOf: async (request) => releasesOfRequest(await store(), request),
    staleRoots: async (roots, environment) => staleRoots(await store(), roots, environment, context.now()),
  };
}

async function openStore(context: ProcessContext, deployment: Deployment): Promise<VettingStore> {
  const client = documentClient(await dynamoClient(deployment.client));
  return vettingStore({ client, table: deployment.table, now: context.now });
}

/** Says how long it has been every second, not only when the record changes. */
function ticking(context: ProcessContext, began: number, report: Report) {
  let record: Parameters<Parameters<typeof awaitVetting>[0]['onProgress']>[0] | undefined;
  const say = () => report({ code: 'vetting-progress', record, seconds: (context.now() - began) / 1000 });
  say();
  const timer = setInterval(say, 1000);
  return {
    show: (seen: NonNullable<typeof record>) => {
      record = seen;
      say();
    },
    stop: () => clearInterval(timer),
  };
}

/** Ctrl-C, SIGTERM or SIGHUP while waiting: the workflow goes on without us. */
function interruption() {
  const controller = new AbortController();
  const { signal } = controller;
  const interrupted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () =>
      reject(
        new AwspipError('interrupted', 'interrupted while waiting; the vetting goes on without you', {
          exit: 'interrupted',
          exitCode: 128 + constants.signals[signal.reason as NodeJS.Signals],
          hint: 'run the same command again to join it',
        }),
      ),
    );
  });
  const stop = (name: NodeJS.Signals) => controller.abort(name);
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const name of signals) process.on(name, stop);
  return {
    interrupted,
    signal,
    close: () => {
      for (const name of signals) process.removeListener(name, stop);
    },
  };
}

function once<T>(open: () => Promise<T>): () => Promise<T> {
  let opened: Promise<T> | undefined;
  return () => {
    opened ??= open();
    return opened;
  };
}
