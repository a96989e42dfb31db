import type { ReleaseKey } from '../../vetting/types.ts';
import { amend, approvalsAsked } from '../approvals.ts';
import type { Claim } from '../claim.ts';
import { attempt, eachOwned, reject } from '../claimed-releases.ts';
import { leaseFrom } from '../lease.ts';
import type { WorkflowPorts } from '../ports.ts';
import { verdictFacts } from '../refusals.ts';
import { releaseBesideBlocked } from '../released-claims.ts';

export type BatchPayload = { readonly claim: Claim; readonly round: number; readonly keys: readonly ReleaseKey[] };

/** CHECK → INGEST for what the policy allows; BLOCKED and HELD end here. */
export const assessTask = (ports: WorkflowPorts) => async (payload: BatchPayload) => {
  const approvalOf = approvalsAsked(ports);
  await eachOwned(ports, payload, { from: 'CHECK', step: 'assess', limit: 8 }, async (record) => {
    const { name, version, execution } = record;
    const answer = await attempt(ports, () => ports.assess({ name, version }));
    if ('cause' in answer) return reject(ports, record, { status: 'ERROR', cause: answer.cause });
    const approval = await approvalOf(record);
    const verdict = amend(answer.value.verdict, approval);
    const judgedAt = new Date(ports.now()).toISOString();
    await ports.store.putEvidence(record, { ...answer.value, judgedAt, approval });
    if (verdict.outcome === 'ALLOWED') {
      const leaseUntil = leaseFrom(ports.now());
      await ports.store.advance(record, execution, 'CHECK', { ...verdictFacts(verdict), status: 'INGEST', leaseUntil });
      return;
    }
    await reject(ports, record, { status: verdict.outcome, facts: verdictFacts(verdict) });
  });
  await releaseBesideBlocked(ports, payload.claim, payload.keys);
};
