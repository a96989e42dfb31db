import type { ProcessContext } from '../process-context.ts';
import { captureOutput } from './capture.ts';
import { configuredPip } from './configured-pip.ts';
import { closedEnvironment, isolatedArguments, plainEnvironment } from './environment.ts';
import type { PipCommand } from './grammar.ts';
import { isKnownPip, isVerb, optionTable, verbsWithoutIndex } from './options.ts';
import { execPip } from './run.ts';

/**
 * Runs pip as if awspip were not there. A verb that could install is here for its help or a version alone: it gets
 * that, and no network. So does a line with an option before the verb that no pip we know has: what we take for the
 * verb may be its value.
 */
export async function runPlainPip(context: ProcessContext, command: PipCommand): Promise<number> {
  const { environment, settings } = context;
  const keep = settings.keepVariables;
  const program = await configuredPip(context);
  if (!couldInstall(command)) {
    return (await execPip(program, command.argv, plainEnvironment(environment, keep), process)).exitCode;
  }
  const closed = closedEnvironment(environment, { keep, isolated: command.isolated }, await indexOf(context, command));
  return (await execPip(program, isolatedArguments(command), closed, process)).exitCode;
}

/** The index that pip's help names; of a configuration that can't be read pip speaks itself. */
async function indexOf(context: ProcessContext, command: PipCommand): Promise<string | undefined> {
  const { pipConfiguration } = await import('./command-ports.ts'); // lazy: `list` shows no index
  const { indexUrl } = await pipConfiguration(context, command).catch((): { indexUrl?: string } => ({}));
  return indexUrl;
}

/**
 * Checks whether pip will say that there is no such verb, as of a misspelt one: pip is not newer than what we know of it. For
 * that it needs neither relay nor AWS.
 */
export async function isNoVerb(context: ProcessContext, { verb = '' }: PipCommand): Promise<boolean> {
  if (isVerb(verb)) return false;
  const { command } = await configuredPip(context);
  const environment = plainEnvironment(context.environment, context.settings.keepVariables);
  const { stdout } = await captureOutput([...command, '--version'], { environment });
  const [, version] = /^pip (\d[\w.]{0,40}) /m.exec(stdout) ?? [];
  return version !== undefined && isKnownPip(version);
}

function couldInstall({ verb, beforeVerb }: PipCommand): boolean {
  if (verb === undefined) return false;
  const known = new Set(optionTable(undefined).map(({ name }) => name));
  return !verbsWithoutIndex.has(verb) || beforeVerb.some((name) => !known.has(name));
}
