import { mapConcurrently } from '../../map-concurrently.ts';
import { amendedPolicyVersion } from '../../vetting/approvals.ts';
import type { ReleaseKey } from '../../vetting/types.ts';
import { approvalLookup } from '../approvals.ts';
import { type Batch, chosenReleases, needsWork } from '../batches.ts';
import type { Claim } from '../claim.ts';
import { leaseEnd, renewRequest } from '../lease.ts';
import type { WorkflowPorts } from '../ports.ts';

type Payload = { readonly claim: Claim; readonly round: number; readonly batch: Batch };

const parallel = 8;

/**
 * Claims the free releases of one batch and skips those that another execution has claimed. An execution holds no
 * claims while it waits, so requests that share releases can't deadlock.
 */
export const claimReleasesTask =
  (ports: WorkflowPorts) =>
  async ({
    claim,
    round,
    batch,
  }: Payload): Promise<{ readonly any: boolean; readonly keys: readonly ReleaseKey[] }> => {
    await renewRequest(ports, claim, { step: 'assess' });
    const chosen = await chosenReleases(ports, claim, round, batch);
    const open = chosen.filter((candidate) => needsWork(candidate, claim.execution));
    const { execution, requestedBy, startedAt } = claim;
    const approvalOf = approvalLookup(ports);
    const claimed = await mapConcurrently(open, parallel, async ({ release: { name, version }, record }) =>
      ports.store.claimRelease({
        release: { name, version },
        execution,
        requestedBy,
        startedAt,
        leaseUntil: leaseEnd(ports.now()),
        policyVersion: amendedPolicyVersion(ports.policy.version, await approvalOf({ name, version })),
        incompleteSince: record?.status === 'SECURE' ? record.updatedAt : undefined,
      }),
    );
    const keys = claimed.flatMap((record) => (record ? [{ name: record.name, version: record.version }] : []));
    return { any: keys.length > 0, keys };
  };
