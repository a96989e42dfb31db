import type { RequestEnd } from '../conclude.ts';
import { failureMessage } from '../failure-message.ts';
import { readInput } from '../input.ts';
import type { WorkflowPorts } from '../ports.ts';
import { claimRequest } from './claim.ts';
import { endClaims } from './fail-batch.ts';

type Payload = { readonly request: unknown; readonly execution: string; readonly arn: string; readonly error: unknown };

/** Ends a failed execution: its request and the releases that it has claimed become ERROR with the cause. */
export const failTask =
  (ports: WorkflowPorts) =>
  async ({ request, execution, arn, error }: Payload): Promise<RequestEnd> => {
    const cause = failureMessage(error);
    const input = tryReadInput(request, ports);
    const withoutRequest: RequestEnd = { requestId: '', execution, status: 'ERROR' };
    if (input === undefined) return withoutRequest;
    const { requestId } = input;
    await tryEndClaims(ports, requestId, execution, { cause, retriable: false });
    const found = await ports.store.readRequest(requestId, { consistent: true });
    // The execution may have failed before it claimed the request.
    const record = found?.execution === execution ? found : await claimRequest(input, { execution, arn }, ports);
    if (record === undefined) return withoutRequest;
    const endedAt = new Date(ports.now()).toISOString();
    const change = { status: 'ERROR', step: 'done', cause, leaseUntil: 0, endedAt } as const;
    await ports.store.updateRequest(requestId, execution, change);
    return { requestId, execution, status: 'ERROR' };
  };

/** Ends the execution's claims. If that fails, their leases expire, and the request still gets its verdict. */
async function tryEndClaims(
  ports: WorkflowPorts,
  requestId: string,
  execution: string,
  failure: Parameters<typeof endClaims>[3],
): Promise<void> {
  try {
    const releases = await ports.store.requestReleases(requestId);
    const own = releases.filter((release) => release.execution === execution);
    await endClaims(ports, { execution }, own, failure);
  } catch {
    // The leases of these releases expire.
  }
}

function tryReadInput(request: unknown, { environmentOf }: WorkflowPorts) {
  try {
    return readInput(request, environmentOf);
  } catch {
    return undefined;
  }
}
