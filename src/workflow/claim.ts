import { AwspipError } from '../errors.ts';
import type { RequestRecord } from '../vetting/types.ts';

/** What an execution holds once it has claimed its request; travels through the state of the workflow. */
export type Claim = {
  readonly requestId: string;
  readonly attempt: number;
  readonly execution: string;
  readonly requestedBy: string;
  /** ISO. */
  readonly startedAt: string;
};

export type ClaimDecision =
  | { readonly kind: 'claim'; readonly attempt: number }
  /** Another execution's matter; `answers`: it runs, and its end is the answer to this attempt too. */
  | { readonly kind: 'theirs'; readonly answers: boolean };

/** An event repeats itself (EventBridge delivers at least once, pip asks again): so long its answer stands. */
const eventQuietMilliseconds = { ERROR: 60_000, other: 600_000 };

/**
 * Whether an execution may work on its request, from the record it finds. One that was started by an event has no
 * attempt of its own. A live lease is never broken: the newer attempt is answered by the execution that runs.
 */
export function decideClaim(
  seen: RequestRecord | undefined,
  {
    execution,
    attempt,
    now,
  }: { readonly execution: string; readonly attempt?: number | undefined; readonly now: number },
): ClaimDecision {
  if (seen === undefined) return { kind: 'claim', attempt: attempt ?? 1 };
  const next = Math.max(attempt ?? 0, seen.attempt + 1);
  if (seen.status === 'CHECK') {
    if (seen.execution === execution) return { kind: 'claim', attempt: seen.attempt };
    return now < seen.leaseUntil ? { kind: 'theirs', answers: true } : { kind: 'claim', attempt: next };
  }
  if (attempt !== undefined) {
    return attempt > seen.attempt ? { kind: 'claim', attempt } : { kind: 'theirs', answers: false };
  }
  const quiet = seen.status === 'ERROR' ? eventQuietMilliseconds.ERROR : eventQuietMilliseconds.other;
  const isRecent = seen.reopened !== true && now - Date.parse(seen.endedAt ?? seen.updatedAt) < quiet;
  return isRecent ? { kind: 'theirs', answers: false } : { kind: 'claim', attempt: next };
}

/** A newer attempt took the request over: this execution has nothing more to say about it. */
export function lostRequest({ requestId }: Claim): AwspipError {
  return new AwspipError('request-lost', `request ${requestId} was taken over by another execution`, { exit: 'bug' });
}
