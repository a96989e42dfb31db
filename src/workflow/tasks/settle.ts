import type { ReleaseKey } from '../../vetting/types.ts';
import { type Batch, chosenReleases } from '../batches.ts';
import type { Claim } from '../claim.ts';
import { isUnderway, reject } from '../claimed-releases.ts';
import type { WorkflowPorts } from '../ports.ts';
import { isClaimReleased } from '../released-claims.ts';
import { shownError } from '../shown-error.ts';
import type { BatchPayload } from './assess.ts';

/** The end of a batch: nothing this execution claimed in it is left half done. */
export const settleTask =
  (ports: WorkflowPorts) =>
  async ({ claim, keys }: BatchPayload): Promise<void> =>
    endAll(ports, claim, keys, 'its tasks ended without bringing it to an end');

/** The end of a batch one of whose tasks failed as a whole: what it claimed becomes ERROR with the cause. */
export const failBatchTask =
  (ports: WorkflowPorts) =>
  async ({
    claim,
    round,
    batch,
    error,
  }: {
    claim: Claim;
    round: number;
    batch: Batch;
    error: unknown;
  }): Promise<void> => {
    const chosen = await chosenReleases(ports, claim, round, batch);
    await endAll(
      ports,
      claim,
      chosen.map(({ release }) => release),
      shownError(error),
    );
  };

/** Turns every release that `claim` still holds into an ERROR. */
export async function endAll(
  ports: Pick<WorkflowPorts, 'store'>,
  { execution }: Pick<Claim, 'execution'>,
  keys: readonly ReleaseKey[],
  cause: string,
): Promise<void> {
  for (const record of await ports.store.readReleases(keys)) {
    if (isUnderway(record, execution) && !isClaimReleased(record))
      await reject(ports, record, { status: 'ERROR', cause });
  }
}
