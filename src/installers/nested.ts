import type { InstallCallbacks } from '../install/types.ts';
import { rootsPorts } from '../pip/command-ports.ts';
import { configuredPip } from '../pip/configured-pip.ts';
import { isolatedArguments, plainEnvironment } from '../pip/environment.ts';
import type { PipProgram } from '../pip/find-pip.ts';
import type { PipCommand } from '../pip/grammar.ts';
import { copyLocks } from '../pip/lock-sources.ts';
import { gatherRoots } from '../pip/roots.ts';
import { execPip } from '../pip/run.ts';
import type { ProcessContext } from '../process-context.ts';
import type { Exec } from './exec-command.ts';
import { findProgram } from './find-program.ts';

/**
 * Runs pip behind the relay that is there already: with the variables as they are, and the same things refused. A
 * literal `--isolated` is taken out, as it would leave the relay; what it would shut out is shut out by the variables.
 */
export async function runBehindRelay(
  context: ProcessContext,
  command: PipCommand,
  accept: InstallCallbacks['accept'],
): Promise<number> {
  const reading = await rootsPorts(context, command);
  const {
    argv: given,
    unvettedSources,
    locks,
    cleanup,
  } = await gatherRoots(command, { ...reading, configuration: undefined });
  const { PIP_INDEX_URL, UV_DEFAULT_INDEX } = context.environment;
  const indexUrl = PIP_INDEX_URL ?? UV_DEFAULT_INDEX ?? '';
  let removeCopies = async () => {};
  try {
    accept(unvettedSources);
    const { argv, cleanup: remove } = await copyLocks(given, locks, { ...reading, indexUrl });
    removeCopies = remove;
    const program = await configuredPip(context);
    const environment = plainEnvironment(context.environment, context.settings.keepVariables);
    return (await execPip(program, isolatedArguments({ ...command, argv }), environment, process)).exitCode;
  } finally {
    await Promise.all([cleanup(), removeCopies()]);
  }
}

/** Runs a command as it is: it has the relay of the awspip outside already. */
export async function execBehindRelay(context: ProcessContext, exec: Exec): Promise<number> {
  const file = findProgram(exec, context);
  const program: PipProgram = { command: [file], python: file, from: 'option' };
  const environment = plainEnvironment(context.environment, context.settings.keepVariables);
  return (await execPip(program, exec.argv.slice(1), environment, process)).exitCode;
}
