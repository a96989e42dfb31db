import { AwspipError } from '../../errors.ts';
import { siblingArn } from '../../vetting/is-running.ts';
import type { RequestRecord } from '../../vetting/types.ts';
import { type Claim, decideClaim } from '../claim.ts';
import { type Input, readInput } from '../input.ts';
import { joinHolds, readHoldJoin } from '../join-hold.ts';
import { leaseEnd } from '../lease.ts';
import type { WorkflowPorts } from '../ports.ts';
import { truncate } from '../refusals.ts';

const maxTries = 8;

type Payload = {
  readonly request: unknown;
  readonly execution: string;
  /** The ARN of this execution, from which those of others follow. */
  readonly arn: string;
};

/** Claims the request for this execution. If another execution owns it, `ours` is false and nothing is written. */
export const claimTask =
  (ports: WorkflowPorts) =>
  async ({
    request,
    execution,
    arn,
  }: Payload): Promise<{ readonly ours: false } | (Claim & { readonly ours: true })> => {
    const join = readHoldJoin(request);
    if (join !== undefined) {
      await joinHolds(ports, join);
      return { ours: false };
    }
    const input = readInput(request, ports.environmentOf);
    const record = input && (await claimRequest(input, { execution, arn }, ports));
    if (input === undefined || record === undefined) return { ours: false };
    const { requestId, attempt, requestedBy, startedAt } = record;
    return { ours: true, requestId, attempt, execution, requestedBy, startedAt };
  };

/**
 * Writes a new record of the request for this execution and returns it, or undefined if there is nothing to do.
 *
 * @throws AwspipError `unavailable` when other executions kept changing the record between read and write
 */
export async function claimRequest(
  input: Input,
  { execution, arn }: Pick<Payload, 'execution' | 'arn'>,
  { store, now, isRunning }: Pick<WorkflowPorts, 'store' | 'now' | 'isRunning'>,
): Promise<RequestRecord | undefined> {
  const { requestId, attempt } = input;
  for (let tries = 0; tries < maxTries; tries += 1) {
    const found = await store.readRequest(requestId, { consistent: true });
    const other = found?.status === 'CHECK' && found.execution !== execution ? found.execution : undefined;
    const running = other === undefined ? undefined : await isRunning?.(siblingArn(arn, other));
    const decision = decideClaim(found, { execution, attempt, isRunning: running, now: now() });
    if (decision.kind === 'claim') {
      const record = newRecord(input, execution, decision.attempt, now(), found);
      if (await store.claimRequest(record, found)) return record;
    } else {
      const isCovered =
        !decision.raisesAttempt || found === undefined || attempt === undefined || attempt <= found.attempt;
      if (isCovered || (await store.raiseAttempt(requestId, found.execution, attempt))) return undefined;
    }
  }
  throw new AwspipError('request-contended', `other executions kept changing request \`${requestId}\``, {
    exit: 'unavailable',
    hint: 'run the same command again: it joins the running request',
  });
}

function newRecord(
  { content, requestId }: Input,
  execution: string,
  attempt: number,
  now: number,
  previous: RequestRecord | undefined,
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
    leaseUntil: leaseEnd(now),
    roots: content.roots.slice(0, 8).map((root) => truncate(root, 80)),
    requestedBy: truncate(content.requestedBy, 100),
    reason: content.reason === undefined ? undefined : truncate(content.reason, 300),
    createdAt: previous?.createdAt ?? at,
    startedAt: at,
    updatedAt: at,
  };
}
