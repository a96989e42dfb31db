import { rootsPorts } from '../pip/command-ports.ts';
import type { PipCommand } from '../pip/grammar.ts';
import { gatherRoots } from '../pip/roots.ts';
import type { ProcessContext } from '../process-context.ts';
import { requireReadable } from './require-readable.ts';
import { requirementLocations } from './requirement-locations.ts';
import type { VetCallbacks, VetOutcome } from './types.ts';
import { type VetPorts, vetRequest } from './vet-request.ts';

/**
 * Requests the vetting of a command's requirements for this machine's interpreter, and waits for it. pip does not run.
 *
 * @throws {AwspipError} `no-requirements` or `requirement-unreadable` (64), and the errors of gathering and vetting.
 */
export async function vetCommand(
  context: ProcessContext,
  command: PipCommand,
  { report, accept, reason }: VetCallbacks,
  open: () => Promise<VetPorts>,
): Promise<VetOutcome> {
  const gathered = await gatherRoots(command, await rootsPorts(context, command));
  try {
    await accept(gathered.unvettedSources);
    requireReadable(gathered);
    const [ports, requirements] = await Promise.all([open(), requirementLocations(context, command, gathered)]);
    return { ...(await vetRequest(gathered, ports, { report, reason, now: context.now })), requirements };
  } finally {
    await gathered.cleanup();
  }
}
