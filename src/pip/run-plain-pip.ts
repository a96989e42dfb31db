import type { ProcessContext } from '../process-context.ts';
import { captureOutput } from './capture.ts';
import { configuredPip } from './configured-pip.ts';
import { isolatedArguments, offlineEnvironment, plainEnvironment } from './environment.ts';
import type { PipCommand } from './grammar.ts';
import { isKnownPip, isVerb } from './options.ts';
import { pipCommand } from './pip-command.ts';
import { execPip } from './run.ts';
import { couldInstall, runWithoutIndex } from './run-without-index.ts';

/**
 * Runs pip without the relay. A verb that can install gets here only for its help or version, and runs without network
 * access.
 */
export async function runPlainPip(context: ProcessContext, command: PipCommand): Promise<number> {
  if (!couldInstall(command)) return (await runWithoutIndex(context, command)).exitCode;
  const { environment, settings } = context;
  const keepVariables = settings.keepVariables;
  const program = await configuredPip(context);
  const offline = offlineEnvironment(
    environment,
    { keepVariables, isolated: command.isolated },
    await configuredIndex(context, command),
  );
  return (await execPip(program, isolatedArguments(command), offline, process)).exitCode;
}

/** Returns the configured index, which pip's help shows. pip itself reports an invalid configuration. */
async function configuredIndex(context: ProcessContext, command: PipCommand): Promise<string | undefined> {
  const { pipConfiguration } = await import('./command-ports.ts'); // lazy: `list` does not show the index
  const { indexUrl } = await pipConfiguration(context, command).catch((): { indexUrl?: string } => ({}));
  return indexUrl;
}

/**
 * Checks whether pip will reject the verb as unknown, for example a misspelt one. That is certain only if the option
 * table covers its version. Such a command needs neither relay nor AWS.
 */
export async function isUnknownVerb(context: ProcessContext, { verb = '' }: PipCommand): Promise<boolean> {
  if (isVerb(verb)) return false;
  const program = await configuredPip(context);
  const environment = plainEnvironment(context.environment, context.settings.keepVariables);
  const version = pipCommand(program, ['--version'], { environment });
  const { stdout } = await captureOutput(version.command, { environment: version.environment });
  const [, number] = /^pip (\d[\w.]{0,40}) /m.exec(stdout) ?? [];
  return number !== undefined && isKnownPip(number);
}
