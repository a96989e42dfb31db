import type { RequestRecord } from './types.ts';

export type Decision =
  /** The record is the answer. */
  | { readonly kind: 'answer'; readonly record: RequestRecord }
  /** An execution is at work; its end is the answer. */
  | { readonly kind: 'join'; readonly attempt: number }
  | { readonly kind: 'start'; readonly attempt: number };

/** A SECURE reached shortly before pip asked may not have been seen by pip: indexes and caches lag. */
const secureLagMilliseconds = 120_000;

/**
 * What a client does about a request, from the record it finds.
 *
 * `now` and `since` (when the failed run of pip began) in epoch milliseconds; `heeded` is the attempt whose answer was
 * acted upon already and did not help. An ERROR is never taken over: asking again is the way to have it tried again.
 */
export function joinOrStart(
  record: RequestRecord | undefined,
  { now, since, actedUpon }: { readonly now: number; readonly since: number; readonly actedUpon: number },
): Decision {
  if (record === undefined) return { kind: 'start', attempt: actedUpon + 1 };
  const next = Math.max(record.attempt, actedUpon) + 1;
  if (record.status === 'CHECK') {
    return now < record.leaseUntil ? { kind: 'join', attempt: record.attempt } : { kind: 'start', attempt: next };
  }
  const ended = Date.parse(record.endedAt ?? record.updatedAt);
  const earliest = record.status === 'SECURE' ? since - secureLagMilliseconds : since;
  const fresh =
    record.attempt > actedUpon && record.status !== 'ERROR' && record.reopened !== true && ended >= earliest;
  return fresh ? { kind: 'answer', record } : { kind: 'start', attempt: next };
}
