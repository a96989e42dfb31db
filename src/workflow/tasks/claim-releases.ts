import { mapConcurrently } from '../../map-concurrently.ts';
import { amendedPolicyVersion } from '../../vetting/approvals.ts';
import type { ReleaseKey, ReleaseRecord } from '../../vetting/types.ts';
import { approvalLookup } from '../approvals.ts';
import { type Batch, chosenReleases, releasesToVet } from '../batches.ts';
import type { Claim } from '../claim.ts';
import { leaseEnd, renewRequest } from '../lease.ts';
import type { WorkflowPorts } from '../ports.ts';

type Payload = { readonly claim: Claim; readonly round: number; readonly batch: Batch };

type Claimed = {
  readonly any: boolean;
  readonly keys: readonly ReleaseKey[];
  /** ISO time. */
  readonly claimedAt: string;
};

const parallel = 25;

/**
 * Claims the free releases of one batch and skips those that another execution has claimed. An execution holds no
 * claims while it waits, so requests that share releases can't deadlock.
 */
export const claimReleasesTask =
  (ports: WorkflowPorts) =>
  async ({ claim, round, batch }: Payload): Promise<Claimed> => {
    const [chosen] = await Promise.all([
      chosenReleases(ports, claim, round, batch),
      renewRequest(ports, claim, { step: 'assess' }),
    ]);
    const { execution, requestedBy, startedAt } = claim;
    const approvalOf = approvalLookup(ports);
    const open = await releasesToVet(ports, chosen, execution);
    // Only a recorded verdict can be older than a person's decision.
    const policyVersionFor = async (release: ReleaseKey, record: ReleaseRecord | undefined) =>
      amendedPolicyVersion(ports.policy.version, record && (await approvalOf(release)));
    const claimed = await mapConcurrently(open, parallel, async ({ release: { name, version }, record }) =>
      ports.store.claimRelease({
        release: { name, version },
        execution,
        requestedBy,
        startedAt,
        leaseUntil: leaseEnd(ports.now()),
        policyVersion: await policyVersionFor({ name, version }, record),
        incompleteSince: record?.status === 'SECURE' ? record.updatedAt : undefined,
      }),
    );
    const keys = claimed.flatMap((record) => (record ? [{ name: record.name, version: record.version }] : []));
    return { any: keys.length > 0, keys, claimedAt: new Date(ports.now()).toISOString() };
  };
