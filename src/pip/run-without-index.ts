import type { ProcessContext } from '../process-context.ts';
import { configuredPip } from './configured-pip.ts';
import { plainEnvironment } from './environment.ts';
import type { PipCommand } from './grammar.ts';
import { optionTable, verbsWithoutIndex } from './options.ts';
import { execPip, type PipRun } from './run.ts';

/** Runs pip with the user's own configuration. The command must not be one that could install. */
export async function runWithoutIndex(
  context: Pick<ProcessContext, 'settings' | 'environment'>,
  { argv }: PipCommand,
): Promise<Pick<PipRun, 'exitCode'>> {
  const { environment, settings } = context;
  return execPip(await configuredPip(context), argv, plainEnvironment(environment, settings.keepVariables), process);
}

/**
 * Checks whether a verb can install. So can a command with an unknown option before the verb, because the verb may be
 * that option's value.
 */
export function couldInstall({ verb, beforeVerb }: PipCommand): boolean {
  if (verb === undefined) return false;
  const knownOptions = new Set(optionTable(undefined).map(({ name }) => name));
  return !verbsWithoutIndex.has(verb) || beforeVerb.some((name) => !knownOptions.has(name));
}
