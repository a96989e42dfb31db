import type { RequestChange } from '../vetting/store-types.ts';
import type { ReleaseKey } from '../vetting/types.ts';
import { type Claim, lostRequest } from './claim.ts';
import type { WorkflowPorts } from './ports.ts';

/**
 * Leases are short and renewed while a task works, so that what a killed execution held is free again after a minute
 * and a half, however long tasks may take.
 */
const leaseMilliseconds = 90_000;
const renewMilliseconds = 25_000;

type Ports = Pick<WorkflowPorts, 'store' | 'now' | 'every'>;

/** Epoch milliseconds until which a claim made or renewed now holds. */
export const leaseFrom = (now: number): number => now + leaseMilliseconds;

/** Changes the request and renews its lease; throws if another execution has it now. */
export async function touch(ports: Ports, claim: Claim, change: RequestChange = {}): Promise<void> {
  const renewed = { leaseUntil: leaseFrom(ports.now()), ...change };
  if (!(await ports.store.updateRequest(claim.requestId, claim.execution, renewed))) throw lostRequest(claim);
}

/** Works with the leases of the request and of these releases kept alive. */
export async function underLease<T>(
  ports: Ports,
  claim: Claim,
  releases: readonly ReleaseKey[],
  work: () => Promise<T>,
): Promise<T> {
  const { store, now, every } = ports;
  const renew = async () => {
    const until = leaseFrom(now());
    await store.updateRequest(claim.requestId, claim.execution, { leaseUntil: until });
    for (const release of releases) await store.renewRelease(release, claim.execution, until);
  };
  // A renewal that fails is made up for by the next; if none succeeds the lease ends, as it should.
  const stop = every(renewMilliseconds, () => void renew().catch(() => undefined));
  try {
    return await work();
  } finally {
    stop();
  }
}
