import { dynamoClient } from '../aws/clients.ts';
import type { StatusView } from '../cli/context.ts';
import { deploymentOf } from '../compose/install.ts';
import type { ProcessContext } from '../compose/process-context.ts';
import type { Mode } from '../settings/mode.ts';
import { vettingStore } from '../vetting/store.ts';
import { documentClient } from '../vetting/table.ts';

const decided = ['SECURE', 'BLOCKED', 'HELD', 'ERROR'] as const;
const maxShown = 20;

/** What is being vetted, and the latest decisions. */
export async function readStatus(context: ProcessContext, mode: Mode): Promise<StatusView> {
  const deployment = await deploymentOf(context, mode);
  const store = vettingStore({
    client: documentClient(await dynamoClient(deployment.client)),
    table: deployment.table,
    now: context.now,
  });
  const [running, ...ended] = await Promise.all(
    (['CHECK', ...decided] as const).map((status) => store.listByStatus(status, { limit: maxShown })),
  );
  const releases = ended.flatMap((listed) => listed.releases);
  return {
    requests: running?.requests ?? [],
    releases: releases.toSorted((a, b) => (a.updatedAt < b.updatedAt ? 1 : -1)).slice(0, maxShown),
  };
}
