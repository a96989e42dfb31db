import type { ReleaseKey } from '../../vetting/types.ts';
import { type Batch, chosenReleases } from '../batches.ts';
import type { Claim } from '../claim.ts';
import { isClaimReleased, isUnderway, rejectRelease } from '../claimed-releases.ts';
import { failureMessage, isTimeout } from '../failure-message.ts';
import type { WorkflowPorts } from '../ports.ts';

type Payload = { readonly claim: Claim; readonly round: number; readonly batch: Batch; readonly error: unknown };

/** Ends a batch in which a whole task failed: every release that it claimed becomes ERROR with the cause. */
export const failBatchTask =
  (ports: WorkflowPorts) =>
  async ({ claim, round, batch, error }: Payload): Promise<void> => {
    const chosen = await chosenReleases(ports, claim, round, batch);
    await endClaims(
      ports,
      claim,
      chosen.map(({ release }) => release),
      { cause: failureMessage(error), retriable: isTimeout(error) },
    );
  };

/** Writes ERROR to every release that the execution still owns. */
export async function endClaims(
  ports: Pick<WorkflowPorts, 'store'>,
  { execution }: Pick<Claim, 'execution'>,
  keys: readonly ReleaseKey[],
  failure: { readonly cause: string; readonly retriable: boolean },
): Promise<void> {
  for (const record of await ports.store.readReleases(keys)) {
    if (isUnderway(record, execution) && !isClaimReleased(record))
      await rejectRelease(ports, record, { status: 'ERROR', ...failure });
  }
}
