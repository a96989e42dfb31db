import type { Status } from '../../vetting/types.ts';
import { type Chosen, chosenReleases } from '../batches.ts';
import type { Claim } from '../claim.ts';
import { renewRequest } from '../lease.ts';
import type { WorkflowPorts } from '../ports.ts';

/** Rounds after which a request that has no stable resolved set ends. */
const maxRounds = 10;
/** Limit of the wait for claims of other executions. Each of those ends within the workflow's own time limit. */
const maxWaitMilliseconds = 3_600_000;

const underway: ReadonlySet<Status> = new Set(['CHECK', 'INGEST', 'COPY']);

export type Review = { readonly next: 'wait' | 'again' | 'conclude'; readonly seconds: number };

/** Reads every release of the round and decides whether to conclude, wait for other executions or resolve again. */
export const reviewTask =
  (ports: WorkflowPorts) =>
  async ({ claim, round }: { claim: Claim; round: number }): Promise<Review> => {
    const chosen = await chosenReleases(ports, claim, round);
    const now = ports.now();
    const waited = now - Date.parse(claim.startedAt);
    const review = decideReview(chosen, { execution: claim.execution, round, now, waited });
    const secure = chosen.filter(({ record }) => record?.status === 'SECURE').length;
    const counts = { releases: chosen.length, secure };
    await renewRequest(ports, claim, review.next === 'wait' ? { counts, step: 'wait' } : { counts });
    return review;
  };

/**
 * Decides the step after a round. `again`: a release is not allowed or its claim is free, so the resolver runs again.
 * `wait`: live executions own the remaining releases. `now` and `waited` are in milliseconds.
 */
export function decideReview(
  chosen: readonly Chosen[],
  { execution, round, now, waited }: { execution: string; round: number; now: number; waited: number },
): Review {
  const isOwnedElsewhere = ({ record }: Chosen) =>
    record !== undefined && underway.has(record.status) && record.execution !== execution && now < record.leaseUntil;
  const open = chosen.filter(({ record }) => record?.status !== 'SECURE');
  if (open.some((release) => !isOwnedElsewhere(release)))
    return { next: round < maxRounds ? 'again' : 'conclude', seconds: 0 };
  if (open.length === 0 || waited > maxWaitMilliseconds) return { next: 'conclude', seconds: 0 };
  return { next: 'wait', seconds: waited < 60_000 ? 1 : waited < 300_000 ? 3 : 10 };
}
