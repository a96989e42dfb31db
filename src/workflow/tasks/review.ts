import type { Status } from '../../vetting/types.ts';
import { type Chosen, isFileWithheld } from '../batches.ts';
import { type Claim, requestLost } from '../claim.ts';
import { conclude, type Outcome, type RequestEnd } from '../conclude.ts';
import { renewRequest } from '../lease.ts';
import type { WorkflowPorts } from '../ports.ts';

/** Rounds after which a request that has no stable resolved set ends. */
const maxRounds = 25;
/** Limit of the wait for claims of other executions. Each of those ends within the workflow's own time limit. */
const maxWaitMilliseconds = 3_600_000;
/** The pauses before the same releases are tried again after a service failed, in seconds. */
const retryPauses: readonly number[] = [2, 5, 15, 40];

const refusing: ReadonlySet<Status> = new Set(['BLOCKED', 'HELD', 'SECURE']);
const underway: ReadonlySet<Status> = new Set(['CHECK', 'INGEST', 'COPY']);

/** `retry`: the same releases again after `seconds`. `retries` counts these pauses. */
export type Review = {
  readonly next: 'wait' | 'again' | 'retry' | 'conclude';
  readonly seconds: number;
  readonly retries: number;
};

type Payload = {
  readonly request: unknown;
  readonly claim: Claim;
  readonly round: number;
  readonly outcome: Outcome;
  readonly retries: number;
};

/**
 * Reads every release of the round and decides whether to wait, to resolve again or to conclude. To conclude, it writes
 * the request's verdict and returns it as `end`.
 */
export const reviewTask =
  (ports: WorkflowPorts) =>
  async ({ request, claim, round, outcome, retries }: Payload): Promise<Review & { readonly end?: RequestEnd }> => {
    const { store } = ports;
    const { requestId, execution } = claim;
    const [record, all] = await Promise.all([
      store.readRequest(requestId, { consistent: true }),
      store.requestReleases(requestId),
    ]);
    if (record?.execution !== execution) throw requestLost(claim);
    const releases = all.filter((release) => release.execution === execution);
    const records = await store.readReleases(releases);
    const own = releases.map((release, at): Chosen => ({ release, record: records[at] }));
    const chosen = outcome === 'solved' ? own.filter(({ release }) => release.round === round) : [];
    const now = ports.now();
    const waited = now - Date.parse(claim.startedAt);
    const review = decideReview(chosen, { execution, round, retries, now, waited });
    if (review.next === 'conclude') {
      return { ...review, end: await conclude(ports, { claim, request, record, outcome, own, chosen }) };
    }
    const secure = chosen.filter((release) => release.record?.status === 'SECURE').length;
    const counts = { releases: chosen.length, secure };
    await renewRequest(ports, claim, review.next === 'wait' ? { counts, step: 'wait' } : { counts });
    return review;
  };

type ReviewContext = {
  readonly execution: string;
  readonly round: number;
  readonly retries: number;
  /** Epoch milliseconds. */
  readonly now: number;
  /** Milliseconds since the start of the execution. */
  readonly waited: number;
};

/**
 * Decides the step after a round.
 *
 * `again`: a release is not allowed or its claim is free, so the resolver runs again. `retry`: a service failed, so the
 * same releases are tried again after a pause that grows. `wait`: live executions own the remaining releases.
 */
export function decideReview(chosen: readonly Chosen[], context: ReviewContext): Review {
  const { execution, round, retries, now, waited } = context;
  const open = chosen.filter((release) => release.record?.status !== 'SECURE' || isFileWithheld(release));
  const end: Review = { next: 'conclude', seconds: 0, retries };
  if (open.length === 0) return end;
  const again: Review = round < maxRounds ? { next: 'again', seconds: 0, retries } : end;
  // The resolver refuses a withheld file, or chooses another release.
  if (open.some(({ record }) => record !== undefined && refusing.has(record.status))) return again;
  const failed = open.filter(({ record }) => record?.status === 'ERROR' && record.execution === execution);
  if (failed.length > 0) {
    const seconds = retryPauses[retries];
    const isFinal = seconds === undefined || failed.some(({ record }) => record?.retriable !== true);
    return isFinal ? end : { next: 'retry', seconds, retries: retries + 1 };
  }
  const isOwnedElsewhere = ({ record }: Chosen) =>
    record !== undefined && underway.has(record.status) && record.execution !== execution && now < record.leaseUntil;
  if (open.some((release) => !isOwnedElsewhere(release))) return again;
  if (waited > maxWaitMilliseconds) return end;
  return { next: 'wait', seconds: waited < 60_000 ? 1 : waited < 300_000 ? 3 : 10, retries };
}
