import { dynamoClient, stepFunctionsClient } from '../aws/clients.ts';
import type { Deployment } from '../aws/deployment.ts';
import { AwspipError } from '../errors.ts';
import { mapConcurrently } from '../map-concurrently.ts';
import type { ProcessContext } from '../process-context.ts';
import type { Starter } from '../vetting/await-vetting.ts';
import { executionArn, isRunning } from '../vetting/is-running.ts';
import { vettingStore } from '../vetting/store.ts';
import { documentClient } from '../vetting/table.ts';
import type { RequestRecord } from '../vetting/types.ts';
import { readModeState } from './set-mode.ts';
import type { StatusView } from './types.ts';

const finalStatuses = ['SECURE', 'BLOCKED', 'HELD', 'ERROR'] as const;
const maxShown = 20;
const parallel = 8;

/**
 * Reads the requests under way and the latest verdicts. Step Functions says which executions run: a request whose
 * execution stopped without a verdict is in `stopped`.
 */
export async function readStatus(context: ProcessContext, deployment: Deployment): Promise<StatusView> {
  const store = vettingStore({
    client: documentClient(await dynamoClient(deployment.client)),
    table: deployment.table,
    now: context.now,
  });
  const [mode, [open, ...finished]] = await Promise.all([
    readModeState(store, context.now()),
    Promise.all(
      (['CHECK', ...finalStatuses] as const).map((status) => store.listByStatus(status, { limit: maxShown })),
    ),
  ]);
  const releases = finished.flatMap((listed) => listed.releases);
  return {
    mode,
    ...(await splitOpen(open?.requests ?? [], {
      isRunning: await openIsRunning(deployment),
      readRequest: async (requestId) => store.readRequest(requestId, { consistent: true }),
    })),
    failed: failedRequests(finished.at(-1)?.requests ?? [], context.now()),
    releases: releases.toSorted((a, b) => (a.updatedAt < b.updatedAt ? 1 : -1)).slice(0, maxShown),
  };
}

const failedMilliseconds = 7 * 24 * 3_600_000;

/**
 * Returns the requests that failed in the last seven days, newest first.
 *
 * @param requests those in ERROR
 * @param now epoch milliseconds
 */
export function failedRequests(requests: readonly RequestRecord[], now: number): readonly RequestRecord[] {
  return requests
    .filter(({ updatedAt }) => now - Date.parse(updatedAt) < failedMilliseconds)
    .toSorted((a, b) => (a.updatedAt < b.updatedAt ? 1 : -1));
}

/** Returns the question whether an execution runs. Without a state machine in the settings it has no answer. */
async function openIsRunning(deployment: Deployment): Promise<Starter['isRunning']> {
  let stateMachineArn: string;
  try {
    stateMachineArn = deployment.stateMachine();
  } catch (error) {
    if (error instanceof AwspipError) return async () => undefined;
    throw error;
  }
  const client = await stepFunctionsClient(deployment.client);
  return async (name) => isRunning(client, executionArn(stateMachineArn, name));
}

type OpenRequests = Pick<StatusView, 'requests' | 'stopped'>;
type RequestServices = Pick<Starter, 'isRunning'> & {
  readonly readRequest: (requestId: string) => Promise<RequestRecord | undefined>;
};

/** Divides requests without a verdict into those under way and those whose execution stopped. */
export async function splitOpen(
  open: readonly RequestRecord[],
  { isRunning, readRequest }: RequestServices,
): Promise<OpenRequests> {
  const states = await mapConcurrently([...open], parallel, async (listed) => {
    if ((await isRunning(listed.execution)) !== false) return { record: listed, state: 'running' } as const;
    // It may have written its verdict just before it ended, or another execution has claimed the request.
    const record = await readRequest(listed.requestId);
    if (record?.status !== 'CHECK') return { record: listed, state: 'ended' } as const;
    return { record, state: record.execution === listed.execution ? 'stopped' : 'running' } as const;
  });
  const inState = (wanted: string) => states.filter(({ state }) => state === wanted).map(({ record }) => record);
  return { requests: inState('running'), stopped: inState('stopped') };
}
