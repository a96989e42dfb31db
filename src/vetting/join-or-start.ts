import type { RequestRecord } from './types.ts';

/** A client's next step for a request. */
export type Decision =
  /** The record already holds the verdict. */
  | { readonly kind: 'answer'; readonly record: RequestRecord }
  /** An execution is running, and its verdict will count. */
  | { readonly kind: 'join'; readonly attempt: number }
  | { readonly kind: 'start'; readonly attempt: number };

/** pip may have missed a SECURE that was reached shortly before it ran, because indexes and caches lag. */
const secureLagMilliseconds = 120_000;

/**
 * Decides from a request's record whether a client uses its verdict, joins the running execution or starts a new one.
 *
 * `isRunning` is the engine's answer about the record's execution; without one, the client joins and watches the record.
 * `since` is the start of the failed pip run, in epoch milliseconds of the clock that the records' times come from.
 * `usedAttempt` is the attempt whose verdict the client has used without success. An ERROR always leads to a new attempt.
 */
export function joinOrStart(
  record: RequestRecord | undefined,
  {
    isRunning,
    since,
    usedAttempt,
  }: { readonly isRunning: boolean | undefined; readonly since: number; readonly usedAttempt: number },
): Decision {
  if (record === undefined) return { kind: 'start', attempt: usedAttempt + 1 };
  const next = Math.max(record.attempt, usedAttempt) + 1;
  if (record.status === 'CHECK') {
    return isRunning === false ? { kind: 'start', attempt: next } : { kind: 'join', attempt: record.attempt };
  }
  const ended = Date.parse(record.endedAt ?? record.updatedAt);
  const earliest = record.status === 'SECURE' ? since - secureLagMilliseconds : since;
  const isFresh =
    record.attempt > usedAttempt && record.status !== 'ERROR' && record.reopened !== true && ended >= earliest;
  return isFresh ? { kind: 'answer', record } : { kind: 'start', attempt: next };
}
