import { skippedCause } from '../vetting/skipped-cause.ts';
import type { ReleaseKey } from '../vetting/types.ts';
import type { Chosen } from './batches.ts';
import type { Claim } from './claim.ts';
import { isClaimReleased, isUnderway, rejectRelease } from './claimed-releases.ts';
import type { WorkflowPorts } from './ports.ts';

type Store = Pick<WorkflowPorts, 'store'>;

/**
 * Releases the claims of a batch in which a release is BLOCKED or HELD. The resolver runs again and may not need the
 * other releases, so they are not inspected and copied now. Returns whether allowed releases remain.
 */
export async function releaseUnneededClaims(
  { store }: Store,
  { execution }: Claim,
  keys: readonly ReleaseKey[],
): Promise<boolean> {
  const records = (await store.readReleases(keys)).filter((record) => record?.execution === execution);
  const isRefused = records.some((record) => record?.status === 'BLOCKED' || record?.status === 'HELD');
  const allowed = records.filter((record) => record?.status === 'INGEST');
  if (!isRefused) return allowed.length > 0;
  const released = allowed.filter((record) => record?.wasSecure !== true);
  for (const record of released) {
    if (record) await store.advance(record, execution, 'INGEST', { status: 'CHECK', leaseUntil: 0 });
  }
  return released.length < allowed.length;
}

/** Ends releases whose claim was released in an earlier round and that no later round chose. */
export async function endReleasedClaims({ store }: Store, { execution }: Claim, own: readonly Chosen[]): Promise<void> {
  for (const { record } of own) {
    if (!isUnderway(record, execution) || !isClaimReleased(record)) continue;
    await rejectRelease({ store }, record, { status: 'ERROR', cause: skippedCause, retriable: true });
  }
}
