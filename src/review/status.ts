import type { StatusView } from '../cli/context.ts';
import type { Mode } from '../settings/mode.ts';
import { vettingStore } from '../vetting/store.ts';
import { documentClient } from '../vetting/table.ts';
import { dynamoClient } from '../aws/clients.ts';
import type { Edge } from '../compose/process-context.ts';
import { placeOf } from '../compose/install.ts';

const decided = ['SECURE', 'BLOCKED', 'HELD', 'ERROR'] as const;
const mostShown = 20;

/** What is being vetted, and the latest decisions. */
export async function readStatus(edge: Edge, mode: Mode): Promise<StatusView> {
  const place = await placeOf(edge, mode);
  const store = vettingStore({
    client: documentClient(await dynamoClient(place.client)),
    table: place.table,
    now: edge.now,
  });
  const [running, ...ended] = await Promise.all(
    (['CHECK', ...decided] as const).map((status) => store.listByStatus(status, { limit: mostShown })),
  );
  const releases = ended.flatMap((listed) => listed.releases);
  return {
    requests: running?.requests ?? [],
    releases: releases.toSorted((a, b) => (a.updatedAt < b.updatedAt ? 1 : -1)).slice(0, mostShown),
  };
}
