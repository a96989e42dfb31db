import { AwspipError } from '../../errors.ts';
import type { RequestRecord } from '../../vetting/types.ts';
import { type Claim, decideClaim } from '../claim.ts';
import { type Input, readInput } from '../input.ts';
import { leaseFrom } from '../lease.ts';
import type { WorkflowPorts } from '../ports.ts';
import { cut } from '../refusals.ts';

const maxTries = 8;

type Payload = { readonly request: unknown; readonly execution: string };

/** Claims the request for this execution, unless another one has it: then `ours` is false and nothing is written. */
export const claimTask =
  (ports: WorkflowPorts) =>
  async ({ request, execution }: Payload): Promise<{ readonly ours: false } | (Claim & { readonly ours: true })> => {
    const input = readInput(request, ports.environmentOf);
    const record = input && (await claimRequest(input, execution, ports));
    if (input === undefined || record === undefined) return { ours: false };
    const { requestId, attempt, requestedBy, startedAt } = record;
    return { ours: true, requestId, attempt, execution, requestedBy, startedAt };
  };

/**
 * The request's record, written anew for this execution; undefined if it is another's matter.
 *
 * @throws AwspipError `unavailable` when others kept changing it between reading and writing
 */
export async function claimRequest(
  input: Input,
  execution: string,
  { store, now }: Pick<WorkflowPorts, 'store' | 'now'>,
): Promise<RequestRecord | undefined> {
  const { requestId, attempt } = input;
  for (let tries = 0; tries < maxTries; tries += 1) {
    const seen = await store.readRequest(requestId, { consistent: true });
    const decision = decideClaim(seen, { execution, attempt, now: now() });
    if (decision.kind === 'claim') {
      const record = newRecord(input, execution, decision.attempt, now(), seen);
      if (await store.claimRequest(record, seen)) return record;
    } else {
      const isAnswered = !decision.answers || seen === undefined || attempt === undefined || attempt <= seen.attempt;
      if (isAnswered || (await store.answerAttempt(requestId, seen.execution, attempt))) return undefined;
    }
  }
  throw new AwspipError('request-contended', `request ${requestId} changes too fast to be claimed`, {
    exit: 'unavailable',
  });
}

function newRecord(
  { ask, requestId }: Input,
  execution: string,
  attempt: number,
  now: number,
  seen: RequestRecord | undefined,
): RequestRecord {
  const at = new Date(now).toISOString();
  return {
    requestId,
    attempt,
    execution,
    status: 'CHECK',
    step: 'claim',
    counts: { releases: 0, secure: 0 },
    refusals: [],
    leaseUntil: leaseFrom(now),
    roots: ask.roots.slice(0, 8).map((root) => cut(root, 80)),
    requestedBy: cut(ask.requestedBy, 100),
    createdAt: seen?.createdAt ?? at,
    startedAt: at,
    updatedAt: at,
  };
}
