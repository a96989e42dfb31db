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
import type { ExecCommand } from './exec-command.ts';
import { findProgram } from './find-program.ts';

/**
 * Runs pip behind the relay of an outer awspip, with the environment as it is and the same checks. It removes a literal
 * `--isolated`, with which pip would ignore the relay. The environment has the same effect.
 */
export async function runBehindRelay(
  context: ProcessContext,
  command: PipCommand,
  accept: InstallCallbacks['accept'],
): Promise<number> {
  const ports = await rootsPorts(context, command);
  const {
    argv: gatheredArguments,
    unvettedSources,
    locks,
    cleanup,
  } = await gatherRoots(command, { ...ports, configuration: undefined });
  const { PIP_INDEX_URL, UV_DEFAULT_INDEX } = context.environment;
  const indexUrl = PIP_INDEX_URL ?? UV_DEFAULT_INDEX ?? '';
  let removeCopies = async () => {};
  try {
    await accept(unvettedSources);
    const { argv, cleanup: remove } = await copyLocks(gatheredArguments, locks, { ...ports, indexUrl });
    removeCopies = remove;
    const program = await configuredPip(context);
    const environment = plainEnvironment(context.environment, context.settings.keepVariables);
    return (await execPip(program, isolatedArguments({ ...command, argv }), environment, process)).exitCode;
  } finally {
    await Promise.all([cleanup(), removeCopies()]);
  }
}

/** Runs a command with the environment as it is, because the relay of an outer awspip is in it. */
export async function execBehindRelay(context: ProcessContext, exec: ExecCommand): Promise<number> {
  const file = findProgram(exec, context);
  const program: PipProgram = { command: [file], python: file, from: 'option' };
  const environment = plainEnvironment(context.environment, context.settings.keepVariables);
  return (await execPip(program, exec.argv.slice(1), environment, process)).exitCode;
}
