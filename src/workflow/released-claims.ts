import type { ReleaseKey, ReleaseRecord } from '../vetting/types.ts';
import type { Claim } from './claim.ts';
import { isUnderway, reject } from './claimed-releases.ts';
import type { WorkflowPorts } from './ports.ts';

type Store = Pick<WorkflowPorts, 'store'>;

/** A claim whose lease was ended by its owner: free for whoever comes next. */
export const isClaimReleased = (record: ReleaseRecord): boolean => record.leaseUntil === 0;

/**
 * When a release of the batch was refused, the closure will be walked anew and may do without the others: they are
 * let go before anything is fetched, so that a request that is refused brings nothing in.
 */
export async function releaseBesideBlocked({ store }: Store, { execution }: Claim, keys: readonly ReleaseKey[]) {
  const records = (await store.readReleases(keys)).filter((record) => record?.execution === execution);
  if (!records.some((record) => record?.status === 'BLOCKED' || record?.status === 'HELD')) return;
  for (const record of records) {
    if (record?.status !== 'INGEST' || record.wasSecure === true) continue;
    await store.advance(record, execution, 'INGEST', { status: 'CHECK', leaseUntil: 0 });
  }
}

/** What was let go in an earlier round and never chosen again has an end of its own, too. */
export async function endReleased({ store }: Store, { requestId, execution }: Claim): Promise<void> {
  const ours = (await store.requestReleases(requestId)).filter((release) => release.execution === execution);
  for (const record of await store.readReleases(ours)) {
    if (!isUnderway(record, execution) || !isClaimReleased(record)) continue;
    await reject({ store }, record, { status: 'ERROR', cause: 'not fetched: what asked for it was refused' });
  }
}
