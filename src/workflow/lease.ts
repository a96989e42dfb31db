import type { RequestChange } from '../vetting/store-types.ts';
import type { ReleaseKey, ReleaseRecord } from '../vetting/types.ts';
import { type Claim, requestLost } from './claim.ts';
import type { WorkflowPorts } from './ports.ts';

/**
 * A task renews its leases while it works, so that the claims of a killed execution expire after a minute and a half.
 */
const leaseMilliseconds = 90_000;
const renewMilliseconds = 25_000;

type Ports = Pick<WorkflowPorts, 'store' | 'now' | 'every'>;

/** Returns the epoch milliseconds at which a lease that starts `now` ends. */
export const leaseEnd = (now: number): number => now + leaseMilliseconds;

/** Checks whether a release that no task works on needs a new lease: half of it has passed. */
export const renewalDue = ({ leaseUntil }: Pick<ReleaseRecord, 'leaseUntil'>, now: number): boolean =>
  leaseUntil - now < leaseMilliseconds / 2;

/** Changes the request and renews its lease. Throws `request-lost` if another execution owns the request. */
export async function renewRequest(ports: Ports, claim: Claim, change: RequestChange = {}): Promise<void> {
  const renewed = { leaseUntil: leaseEnd(ports.now()), ...change };
  if (!(await ports.store.updateRequest(claim.requestId, claim.execution, renewed))) throw requestLost(claim);
}

/** Runs `work` while renewing the leases of the request and of these releases. */
export async function withLease<T>(
  ports: Ports,
  claim: Claim,
  releases: readonly ReleaseKey[],
  work: () => Promise<T>,
): Promise<T> {
  const { store, now, every } = ports;
  const renew = async () => {
    const until = leaseEnd(now());
    await store.updateRequest(claim.requestId, claim.execution, { leaseUntil: until });
    for (const release of releases) await store.renewRelease(release, claim.execution, until);
  };
  // The next renewal makes up for a failed one. If none succeeds, the lease expires, as it should.
  const stop = every(renewMilliseconds, () => void renew().catch(() => undefined));
  try {
    return await work();
  } finally {
    stop();
  }
}
