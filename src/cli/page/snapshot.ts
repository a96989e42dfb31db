import { decisionsInForce, type QueueItem, readQueue } from '../../review/queue.ts';
import type { Records } from '../../review/types.ts';
import { type AuditEntry, decisionsOf } from '../../vetting/audit.ts';
import type { PolicyNotes } from '../../vetting/policy-notes.ts';
import type { Approval, ReleaseRecord } from '../../vetting/types.ts';

/** What the lists of the page show, read at one time. */
export type Snapshot = {
  readonly items: readonly QueueItem[];
  /** The decisions in force, newest first. */
  readonly decisions: readonly Approval[];
  readonly audit: readonly AuditEntry[];
  /** The releases that were vetted last. */
  readonly vetted: readonly ReleaseRecord[];
  /** False if the table has more entries than were read. */
  readonly complete: boolean;
  readonly notes: PolicyNotes;
};

type SnapshotRecords = Pick<Records, 'holds' | 'auditEntries' | 'readReleases' | 'listByStatus'>;

const maxVetted = 500;

/** Reads what the lists show. The audit log is read once. `now` in epoch milliseconds. */
export async function readSnapshot(
  { holds, readReleases, auditEntries, listByStatus }: SnapshotRecords,
  notes: PolicyNotes,
  now: number,
): Promise<Snapshot> {
  const reading = auditEntries();
  const [queue, audit, { releases }] = await Promise.all([
    readQueue({ holds, readReleases, auditEntries: () => reading }, {}, now),
    reading,
    listByStatus('SECURE', { limit: maxVetted }),
  ]);
  return {
    items: queue.items,
    decisions: decisionsInForce(decisionsOf(audit.entries), { now }),
    audit: audit.entries,
    vetted: releases,
    complete: queue.complete,
    notes,
  };
}

/** How long a snapshot is shown: moving through the queue must not read the table each time. */
const maxAgeMilliseconds = 10_000;

/** Keeps the last snapshot for a short time. */
export function keepSnapshot(read: () => Promise<Snapshot>, now: () => number) {
  let kept: { readonly at: number; readonly snapshot: Promise<Snapshot> } | undefined;
  return {
    current(): Promise<Snapshot> {
      if (kept !== undefined && now() - kept.at < maxAgeMilliseconds) return kept.snapshot;
      const snapshot = read();
      const reading = { at: now(), snapshot };
      kept = reading;
      snapshot.catch(() => {
        if (kept === reading) kept = undefined;
      });
      return snapshot;
    },
    /** Reads again for the next page. */
    changed(): void {
      kept = undefined;
    },
  };
}
