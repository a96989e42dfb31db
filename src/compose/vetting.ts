import { constants } from 'node:os';
import { AwspipError } from '../errors.ts';
import type { InstallPorts, Report } from '../install/types.ts';
import { askForVetting } from '../vetting/await-vetting.ts';
import { staleRoots } from '../vetting/freshness.ts';
import { releasesOfRequest } from '../vetting/outcome.ts';
import { requestId } from '../vetting/request-id.ts';
import { sfnStarter } from '../vetting/starter.ts';
import { type VettingStore, vettingStore } from '../vetting/store.ts';
import { documentClient } from '../vetting/table.ts';
import { dynamoClient, stepFunctionsClient } from '../aws/clients.ts';
import { type Edge, whoAsks } from './process-context.ts';
import type { Place } from './deployment.ts';

type VettingPorts = Pick<InstallPorts, 'vet' | 'releasesOf' | 'staleRoots'>;

/** The client's half of vetting: the records, and starting or joining the workflow. */
export function openVetting(edge: Edge, place: Place, report: Report): VettingPorts {
  const store = once(() => openStore(edge, place));
  /** The attempt whose SECURE was acted upon, by request: the same answer again would help nobody. */
  const heeded = new Map<string, number>();
  return {
    async vet(wanted, since, quietly = false) {
      const ask = { ...wanted, requestedBy: whoAsks() };
      const id = requestId(ask);
      const began = edge.now();
      const [opened, sfn] = await Promise.all([store(), stepFunctionsClient(place.client)]);
      const tick = ticking(edge, began, quietly ? () => {} : report);
      const stop = interruption();
      try {
        const asking = askForVetting({
          ask,
          since,
          heeded: heeded.get(id),
          waitSeconds: edge.settings.waitSeconds,
          store: opened,
          starter: sfnStarter({
            client: sfn,
            stateMachineArn: place.stateMachine(),
            sleep: edge.sleep,
            random: edge.random,
          }),
          now: edge.now,
          sleep: (milliseconds) => edge.sleep(milliseconds, stop.signal),
          random: edge.random,
          onProgress: tick.show,
        });
        const answer = await Promise.race([asking, stop.interrupted]);
        if (answer.kind === 'secure') heeded.set(id, answer.record.attempt);
        return answer;
      } finally {
        tick.stop();
        stop.close();
      }
    },
    releasesOf: async (request) => releasesOfRequest(await store(), request),
    staleRoots: async (roots, environment) => staleRoots(await store(), roots, environment, edge.now()),
  };
}

async function openStore(edge: Edge, place: Place): Promise<VettingStore> {
  const client = documentClient(await dynamoClient(place.client));
  return vettingStore({ client, table: place.table, now: edge.now });
}

/** Says how long it has been every second, not only when the record changes. */
function ticking(edge: Edge, began: number, report: Report) {
  let record: Parameters<Parameters<typeof askForVetting>[0]['onProgress']>[0] | undefined;
  const say = () => report({ code: 'vetting-progress', record, seconds: (edge.now() - began) / 1000 });
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
