import { amendVerdict, approvalLookup } from '../approvals.ts';
import type { ClaimedBatch } from '../batches.ts';
import { callService, forEachOwned, rejectFailed, rejectRelease } from '../claimed-releases.ts';
import { leaseEnd } from '../lease.ts';
import type { WorkflowPorts } from '../ports.ts';
import { verdictFacts } from '../refusals.ts';
import { releaseUnneededClaims } from '../released-claims.ts';

/**
 * Assesses the releases of a batch: CHECK → INGEST if the policy allows one, else BLOCKED or HELD. Returns whether the
 * batch has an allowed release to go on with.
 */
export const assessTask =
  (ports: WorkflowPorts) =>
  async (batch: ClaimedBatch): Promise<{ readonly allowed: boolean }> => {
    const approvalOf = approvalLookup(ports);
    await forEachOwned(ports, batch, { from: ['CHECK'], step: 'assess', limit: 8 }, async ({ record, chosen }) => {
      const { name, version, execution } = record;
      const { requiredBy } = chosen ?? {};
      const answer = await callService(() => ports.assess({ name, version, requiredBy }));
      if ('cause' in answer) return rejectFailed(ports, record, answer);
      const approval = await approvalOf(record);
      const verdict = amendVerdict(answer.value.verdict, approval);
      const judgedAt = new Date(ports.now()).toISOString();
      await ports.store.putEvidence(record, { ...answer.value, judgedAt, approval });
      if (verdict.outcome === 'ALLOWED') {
        const leaseUntil = leaseEnd(ports.now());
        await ports.store.advance(record, execution, 'CHECK', {
          ...verdictFacts(verdict),
          status: 'INGEST',
          leaseUntil,
        });
        return;
      }
      await rejectRelease(ports, record, { status: verdict.outcome, facts: verdictFacts(verdict) });
    });
    return { allowed: await releaseUnneededClaims(ports, batch.claim, batch.keys) };
  };
