import type { ReleaseKey } from '../../vetting/types.ts';
import { amendVerdict, approvalLookup } from '../approvals.ts';
import { chosenOfBatch } from '../batches.ts';
import type { Claim } from '../claim.ts';
import { callService, forEachOwned, rejectFailed, rejectRelease } from '../claimed-releases.ts';
import { leaseEnd } from '../lease.ts';
import type { WorkflowPorts } from '../ports.ts';
import { verdictFacts } from '../refusals.ts';
import { releaseUnneededClaims } from '../released-claims.ts';

export type BatchPayload = { readonly claim: Claim; readonly round: number; readonly keys: readonly ReleaseKey[] };

/** Assesses the releases of a batch: CHECK → INGEST if the policy allows one, else BLOCKED or HELD. */
export const assessTask = (ports: WorkflowPorts) => async (payload: BatchPayload) => {
  const approvalOf = approvalLookup(ports);
  const chosen = await chosenOfBatch(ports, payload);
  await forEachOwned(ports, payload, { from: 'CHECK', step: 'assess', limit: 8 }, async (record) => {
    const { name, version, execution } = record;
    const answer = await callService(() => {
      const { requiredBy } = chosen.get(`${name} ${version}`) ?? {};
      return ports.assess({ name, version, requiredBy });
    });
    if ('cause' in answer) return rejectFailed(ports, record, answer);
    const approval = await approvalOf(record);
    const verdict = amendVerdict(answer.value.verdict, approval);
    const judgedAt = new Date(ports.now()).toISOString();
    await ports.store.putEvidence(record, { ...answer.value, judgedAt, approval });
    if (verdict.outcome === 'ALLOWED') {
      const leaseUntil = leaseEnd(ports.now());
      await ports.store.advance(record, execution, 'CHECK', { ...verdictFacts(verdict), status: 'INGEST', leaseUntil });
      return;
    }
    await rejectRelease(ports, record, { status: verdict.outcome, facts: verdictFacts(verdict) });
  });
  await releaseUnneededClaims(ports, payload.claim, payload.keys);
};
