import { skippedCause } from '../vetting/skipped-cause.ts';
import type { ReleaseKey, ReleaseRecord } from '../vetting/types.ts';
import type { Claim } from './claim.ts';
import { isUnderway, rejectRelease } from './claimed-releases.ts';
import type { WorkflowPorts } from './ports.ts';

type Store = Pick<WorkflowPorts, 'store'>;

/** Checks whether the owner of a claim has ended its lease, so that any execution may claim the release. */
export const isClaimReleased = (record: ReleaseRecord): boolean => record.leaseUntil === 0;

/**
 * Releases the claims of a batch in which a release is BLOCKED or HELD. The resolver runs again and may not need the
 * other releases. Releasing them before the ingest means that a blocked request imports nothing.
 */
export async function releaseUnneededClaims({ store }: Store, { execution }: Claim, keys: readonly ReleaseKey[]) {
  const records = (await store.readReleases(keys)).filter((record) => record?.execution === execution);
  if (!records.some((record) => record?.status === 'BLOCKED' || record?.status === 'HELD')) return;
  for (const record of records) {
    if (record?.status !== 'INGEST' || record.wasSecure === true) continue;
    await store.advance(record, execution, 'INGEST', { status: 'CHECK', leaseUntil: 0 });
  }
}

/** Ends releases whose claim was released in an earlier round and that no later round chose. */
export async function endReleasedClaims({ store }: Store, { requestId, execution }: Claim): Promise<void> {
  const own = (await store.requestReleases(requestId)).filter((release) => release.execution === execution);
  for (const record of await store.readReleases(own)) {
    if (!isUnderway(record, execution) || !isClaimReleased(record)) continue;
    await rejectRelease({ store }, record, { status: 'ERROR', cause: skippedCause, retriable: true });
  }
}
