import { readInput } from '../input.ts';
import type { WorkflowPorts } from '../ports.ts';
import { shownError } from '../shown-error.ts';
import { claimRequest } from './claim.ts';
import type { End } from './conclude.ts';
import { endAll } from './settle.ts';

type Payload = { readonly request: unknown; readonly execution: string; readonly error: unknown };

/** The end of an execution that failed: its request and whatever it still holds become ERROR with the cause. */
export const failTask =
  (ports: WorkflowPorts) =>
  async ({ request, execution, error }: Payload): Promise<End> => {
    const cause = shownError(error);
    const input = readable(request, ports);
    const nowhere: End = { requestId: '', execution, status: 'ERROR' };
    if (input === undefined) return nowhere;
    const { requestId } = input;
    await released(ports, requestId, execution, cause);
    const found = await ports.store.readRequest(requestId, { consistent: true });
    // Claiming itself may be what failed.
    const record = found?.execution === execution ? found : await claimRequest(input, execution, ports);
    if (record === undefined) return nowhere;
    const endedAt = new Date(ports.now()).toISOString();
    const change = { status: 'ERROR', step: 'done', cause, leaseUntil: 0, endedAt } as const;
    await ports.store.updateRequest(requestId, execution, change);
    return { requestId, execution, status: 'ERROR' };
  };

/** Ends what the execution holds. If even that fails its leases end by themselves; the request is told all the same. */
async function released(ports: WorkflowPorts, requestId: string, execution: string, cause: string): Promise<void> {
  try {
    const releases = await ports.store.requestReleases(requestId);
    const ours = releases.filter((release) => release.execution === execution);
    await endAll(ports, { execution }, ours, cause);
  } catch {
    // Nothing more can be done for them.
  }
}

function readable(request: unknown, { environmentOf }: WorkflowPorts) {
  try {
    return readInput(request, environmentOf);
  } catch {
    return undefined;
  }
}
