import { mapConcurrently } from '../../map-concurrently.ts';
import { amendedVersion } from '../../vetting/approvals.ts';
import type { ReleaseKey } from '../../vetting/types.ts';
import { approvalsAsked } from '../approvals.ts';
import { type Batch, chosenReleases, needsWork } from '../batches.ts';
import type { Claim } from '../claim.ts';
import { leaseFrom, touch } from '../lease.ts';
import type { WorkflowPorts } from '../ports.ts';

type Payload = { readonly claim: Claim; readonly round: number; readonly batch: Batch };

const parallel = 8;

/**
 * Claims the free releases of one batch. What another execution works on is left to it: nothing is held while
 * waiting, so requests that share releases cannot wait for each other.
 */
export const claimReleasesTask =
  (ports: WorkflowPorts) =>
  async ({
    claim,
    round,
    batch,
  }: Payload): Promise<{ readonly any: boolean; readonly keys: readonly ReleaseKey[] }> => {
    await touch(ports, claim, { step: 'assess' });
    const chosen = await chosenReleases(ports, claim, round, batch);
    const wanted = chosen.filter((one) => needsWork(one, claim.execution));
    const { execution, requestedBy, startedAt } = claim;
    const approvalOf = approvalsAsked(ports);
    const claimed = await mapConcurrently(wanted, parallel, async ({ release: { name, version }, record }) =>
      ports.store.claimRelease({
        release: { name, version },
        execution,
        requestedBy,
        startedAt,
        leaseUntil: leaseFrom(ports.now()),
        policyVersion: amendedVersion(ports.policy.version, await approvalOf({ name, version })),
        lacking: record?.status === 'SECURE' ? record.updatedAt : undefined,
      }),
    );
    const keys = claimed.flatMap((record) => (record ? [{ name: record.name, version: record.version }] : []));
    return { any: keys.length > 0, keys };
  };
