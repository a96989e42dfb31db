import { dynamoClient } from '../aws/clients.ts';
import type { Deployment } from '../aws/deployment.ts';
import type { ProcessContext } from '../process-context.ts';
import { vettingStore } from '../vetting/store.ts';
import { documentClient } from '../vetting/table.ts';
import type { StatusView } from './types.ts';

const finalStatuses = ['SECURE', 'BLOCKED', 'HELD', 'ERROR'] as const;
const maxShown = 20;

/** Reads the running requests and the latest verdicts. */
export async function readStatus(context: ProcessContext, deployment: Deployment): Promise<StatusView> {
  const store = vettingStore({
    client: documentClient(await dynamoClient(deployment.client)),
    table: deployment.table,
    now: context.now,
  });
  const [running, ...finished] = await Promise.all(
    (['CHECK', ...finalStatuses] as const).map((status) => store.listByStatus(status, { limit: maxShown })),
  );
  const releases = finished.flatMap((listed) => listed.releases);
  return {
    requests: running?.requests ?? [],
    releases: releases.toSorted((a, b) => (a.updatedAt < b.updatedAt ? 1 : -1)).slice(0, maxShown),
  };
}
