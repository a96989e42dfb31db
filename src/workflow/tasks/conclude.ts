import { noteFreshness } from '../../vetting/freshness.ts';
import type { Refusal, RequestStatus } from '../../vetting/types.ts';
import { type Chosen, chosenReleases } from '../batches.ts';
import { type Claim, lostRequest } from '../claim.ts';
import { readInput } from '../input.ts';
import type { ResolverAnswer, WorkflowPorts } from '../ports.ts';
import { refusedStatus } from '../refusals.ts';
import { endReleased } from '../released-claims.ts';

type Outcome = ResolverAnswer['outcome'];
type Payload = { readonly request: unknown; readonly claim: Claim; readonly round: number; readonly outcome: Outcome };

/** How a request ended; travels to the notice. */
export type End = { readonly requestId: string; readonly execution: string; readonly status: RequestStatus };

/** Writes the request's end. It is SECURE only if every release of its closure is, looked at once more. */
export const concludeTask =
  (ports: WorkflowPorts) =>
  async ({ request, claim, round, outcome }: Payload): Promise<End> => {
    const { requestId, execution } = claim;
    const record = await ports.store.readRequest(requestId, { consistent: true });
    if (record?.execution !== execution) throw lostRequest(claim);
    const chosen = outcome === 'solved' ? await chosenReleases(ports, claim, round) : [];
    const end = conclusion(outcome, record.refusals, chosen);
    const input = readInput(request, ports.environmentOf);
    if (end.status !== 'ERROR' && input?.ask.options.upgrade === true) {
      await noteFreshness(ports.store, input.ask.roots, input.ask.environment, ports.now());
    }
    await endReleased(ports, claim);
    const endedAt = new Date(ports.now()).toISOString();
    const written = await ports.store.updateRequest(requestId, execution, {
      ...end,
      step: 'done',
      leaseUntil: 0,
      endedAt,
    });
    if (!written) throw lostRequest(claim);
    return { requestId, execution, status: end.status };
  };

/** Unknown is never fine: whatever is neither SECURE nor a refusal that stops a root ends in ERROR. */
export function conclusion(
  outcome: Outcome,
  refusals: readonly Refusal[],
  chosen: readonly Chosen[],
): { readonly status: Exclude<RequestStatus, 'CHECK'>; readonly cause?: string } {
  const refused = refusedStatus(refusals);
  if (refused === 'ERROR')
    return { status: refused, cause: refusals.find(({ fatal }) => fatal)?.detail ?? 'it failed' };
  if (refused !== undefined) return { status: refused };
  if (outcome !== 'solved') return { status: 'ERROR', cause: 'no solution was found, and no reason for it' };
  const open = chosen.find(({ record }) => record?.status !== 'SECURE');
  if (open === undefined) return { status: 'SECURE' };
  const { name, version } = open.release;
  return {
    status: 'ERROR',
    cause: `${name} ${version} did not come to an end: it is ${open.record?.status ?? 'unknown'}`,
  };
}
