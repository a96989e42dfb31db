import type { Status } from '../../vetting/types.ts';
import { type Chosen, chosenReleases } from '../batches.ts';
import type { Claim } from '../claim.ts';
import { touch } from '../lease.ts';
import type { WorkflowPorts } from '../ports.ts';

/** A closure that is not settled after so many rounds is not going to be. */
const maxRounds = 10;
/** Nobody waits longer for what other executions hold; each of those ends within the workflow's own time limit. */
const maxWaitMilliseconds = 3_600_000;

const underway: ReadonlySet<Status> = new Set(['CHECK', 'INGEST', 'COPY']);

export type Review = { readonly next: 'wait' | 'again' | 'conclude'; readonly seconds: number };

/** Looks at every release of the round: all SECURE, some still with other executions, or some to be chosen anew. */
export const reviewTask =
  (ports: WorkflowPorts) =>
  async ({ claim, round }: { claim: Claim; round: number }): Promise<Review> => {
    const chosen = await chosenReleases(ports, claim, round);
    const now = ports.now();
    const waited = now - Date.parse(claim.startedAt);
    const review = decideReview(chosen, { execution: claim.execution, round, now, waited });
    const secure = chosen.filter(({ record }) => record?.status === 'SECURE').length;
    const counts = { releases: chosen.length, secure };
    await touch(ports, claim, review.next === 'wait' ? { counts, step: 'wait' } : { counts });
    return review;
  };

/**
 * `again`: a release was refused, or what another execution let go must be taken over: the closure is walked anew.
 * `wait`: what is left is in other, living hands. Times in milliseconds.
 */
export function decideReview(
  chosen: readonly Chosen[],
  { execution, round, now, waited }: { execution: string; round: number; now: number; waited: number },
): Review {
  const isTheirs = ({ record }: Chosen) =>
    record !== undefined && underway.has(record.status) && record.execution !== execution && now < record.leaseUntil;
  const open = chosen.filter(({ record }) => record?.status !== 'SECURE');
  if (open.some((one) => !isTheirs(one))) return { next: round < maxRounds ? 'again' : 'conclude', seconds: 0 };
  if (open.length === 0 || waited > maxWaitMilliseconds) return { next: 'conclude', seconds: 0 };
  return { next: 'wait', seconds: waited < 60_000 ? 1 : waited < 300_000 ? 3 : 10 };
}
