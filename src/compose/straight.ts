import { closedEnvironment, isolatedArguments, plainEnvironment } from '../pip/environment.ts';
import type { PipCommand } from '../pip/grammar.ts';
import { verbsWithoutIndex } from '../pip/options.ts';
import { execPip } from '../pip/run.ts';
import { type Edge, pipOf } from './edge.ts';

/**
 * Runs pip as if awspip were not there. A verb that could install has only its help asked for when it comes here: it
 * gets that, and no network.
 */
export async function runStraight(edge: Edge, command: PipCommand): Promise<number> {
  const { environment, settings } = edge;
  const keep = settings.keepVariables;
  const harmless = command.verb === undefined || verbsWithoutIndex.has(command.verb) || !command.asksForHelp;
  const ran = await execPip(
    await pipOf(edge),
    harmless ? command.argv : isolatedArguments(command),
    harmless
      ? plainEnvironment(environment, keep)
      : closedEnvironment(environment, { keep, isolated: command.isolated }),
    process,
  );
  return ran.exitCode;
}
