import type { VettingStore } from './store-types.ts';
import type { Status } from './types.ts';

const underway: readonly Status[] = ['CHECK', 'INGEST', 'COPY'];

/**
 * Ends the leases of dead executions, so that the next request needn't wait for them to expire. Only the local stack
 * can know that an execution is dead, when it starts. `isDead` takes an execution's name; by default all are dead.
 *
 * @returns the number of leases ended
 */
export async function endLeases(
  store: Pick<VettingStore, 'listByStatus' | 'renewRelease' | 'updateRequest'>,
  isDead: (execution: string) => boolean = () => true,
): Promise<number> {
  let ended = 0;
  for (const status of underway) {
    const { releases, requests } = await store.listByStatus(status, { limit: 100_000 });
    for (const release of releases.filter(({ execution }) => isDead(execution))) {
      if (await store.renewRelease(release, release.execution, 0)) ended += 1;
    }
    for (const { requestId, execution } of requests.filter(({ execution }) => isDead(execution))) {
      if (await store.updateRequest(requestId, execution, { leaseUntil: 0 })) ended += 1;
    }
  }
  return ended;
}
