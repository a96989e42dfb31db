import type { VettingStore } from './store-types.ts';
import type { Status } from './types.ts';

const underway: readonly Status[] = ['CHECK', 'INGEST', 'COPY'];

/**
 * Ends the leases of executions that died, so that the next request need not wait for them. Only for who knows that
 * they died: the local stack, when it starts. `died` judges an execution's name; by default all did.
 *
 * @returns how many leases were ended
 */
export async function endLeases(
  store: Pick<VettingStore, 'listByStatus' | 'renewRelease' | 'updateRequest'>,
  died: (execution: string) => boolean = () => true,
): Promise<number> {
  let ended = 0;
  for (const status of underway) {
    const { releases, requests } = await store.listByStatus(status, { limit: 100_000 });
    for (const release of releases.filter(({ execution }) => died(execution))) {
      if (await store.renewRelease(release, release.execution, 0)) ended += 1;
    }
    for (const { requestId, execution } of requests.filter(({ execution }) => died(execution))) {
      if (await store.updateRequest(requestId, execution, { leaseUntil: 0 })) ended += 1;
    }
  }
  return ended;
}
