import { AwspipError } from '../errors.ts';
import type { RequestRecord } from '../vetting/types.ts';

/** An execution's claim on its request, carried in the state of the workflow. */
export type Claim = {
  readonly requestId: string;
  readonly attempt: number;
  readonly execution: string;
  readonly requestedBy: string;
  /** ISO time. */
  readonly startedAt: string;
};

export type ClaimDecision =
  | { readonly kind: 'claim'; readonly attempt: number }
  /** Nothing to do. `raisesAttempt`: an execution is running, and its verdict answers this attempt too. */
  | { readonly kind: 'skip'; readonly raisesAttempt: boolean };

/** How long a verdict answers repeated events: EventBridge delivers at least once, and pip repeats its requests. */
const eventRepeatMilliseconds = { ERROR: 60_000, other: 600_000 };

/**
 * Decides from a request's record whether an execution claims it. An execution that an event started has no attempt.
 * A request whose execution runs stays with it, and its verdict then answers the newer attempt. Without an answer of the
 * engine, the lease decides.
 */
export function decideClaim(
  record: RequestRecord | undefined,
  {
    execution,
    attempt,
    isRunning,
    now,
  }: {
    readonly execution: string;
    readonly attempt?: number | undefined;
    readonly isRunning?: boolean | undefined;
    readonly now: number;
  },
): ClaimDecision {
  if (record === undefined) return { kind: 'claim', attempt: attempt ?? 1 };
  const next = Math.max(attempt ?? 0, record.attempt + 1);
  if (record.status === 'CHECK') {
    if (record.execution === execution) return { kind: 'claim', attempt: record.attempt };
    return (isRunning ?? now < record.leaseUntil)
      ? { kind: 'skip', raisesAttempt: true }
      : { kind: 'claim', attempt: next };
  }
  if (attempt !== undefined) {
    return attempt > record.attempt ? { kind: 'claim', attempt } : { kind: 'skip', raisesAttempt: false };
  }
  const repeat = record.status === 'ERROR' ? eventRepeatMilliseconds.ERROR : eventRepeatMilliseconds.other;
  const isRecent = record.reopened !== true && now - Date.parse(record.endedAt ?? record.updatedAt) < repeat;
  return isRecent ? { kind: 'skip', raisesAttempt: false } : { kind: 'claim', attempt: next };
}

/** Returns the error of an execution whose request now belongs to a newer attempt. */
export function requestLost({ requestId }: Claim): AwspipError {
  return new AwspipError('request-lost', `another execution owns request \`${requestId}\` now`, { exit: 'bug' });
}
