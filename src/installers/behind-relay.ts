import type { InstallCallbacks } from '../install/types.ts';
import { pipContext, rootsPorts } from '../pip/command-ports.ts';
import { configuredPip } from '../pip/configured-pip.ts';
import { replaceDefaultIndex } from '../pip/default-index.ts';
import { isolatedArguments, plainEnvironment } from '../pip/environment.ts';
import type { PipCommand } from '../pip/grammar.ts';
import { copyLocks } from '../pip/lock-sources.ts';
import { gatherRoots, type RootsPorts } from '../pip/roots.ts';
import { execPip } from '../pip/run.ts';
import type { ProcessContext } from '../process-context.ts';
import { installerEnvironment } from './environment.ts';
import type { ExecCommand } from './exec-command.ts';
import { findProgram } from './find-program.ts';
import type { Installer } from './installer.ts';
import { installerProcess, pipInterpreter } from './installer-process.ts';
import { outerRelay } from './outer-relay.ts';
import { readExecProject } from './read-exec-project.ts';
import { installerRootsPorts, requireCopies, withCopies } from './run-installer.ts';

type Accept = InstallCallbacks['accept'];

/** Runs pip behind the relay of an outer awspip, with the checks of `awspip install`. The outer awspip vets. */
export async function runBehindRelay(context: ProcessContext, command: PipCommand, accept: Accept): Promise<number> {
  const ports = await rootsPorts(context, command);
  return withChecks(command, { context, ports, accept }, async (argv) => {
    const program = await configuredPip(context);
    const environment = environmentBehindRelay(context, command, { name: 'pip', installsOnly: true });
    return (await execPip(program, isolatedArguments({ ...command, argv }), environment, process)).exitCode;
  });
}

/**
 * Runs a command behind the relay of an outer awspip. An installer is checked as at the top, and its index and proxies
 * are the relay, also if a script has set others. Any other program runs with the environment as it is.
 */
export async function execBehindRelay(context: ProcessContext, exec: ExecCommand, accept: Accept): Promise<number> {
  const { installer, command } = exec;
  const program = findProgram(exec, context);
  if (!installer.installsOnly) {
    const { pip, args } = installerProcess(exec, program, exec.argv);
    const environment = plainEnvironment(context.environment, context.settings.keepVariables);
    return (await execPip(pip, args, environment, process)).exitCode;
  }
  const ports = await installerRootsPorts(context, exec);
  const { unvetted } = await readExecProject(context, exec, ports);
  const acceptAll: Accept = (sources) => accept([...sources, ...unvetted]);
  return withChecks(command, { context, ports, accept: acceptAll }, async (copied, copies) => {
    const argv = replaceDefaultIndex(withCopies(exec, copied), outerRelay(context.environment)?.indexUrl ?? '');
    requireCopies(copies, argv);
    const { pip, args } = installerProcess(exec, program, argv, await pipInterpreter(exec, program));
    return (await execPip(pip, args, environmentBehindRelay(context, command, installer), process)).exitCode;
  });
}

/** Checks the sources of a command, and runs it with copies of its lock files, which are removed at the end. */
async function withChecks(
  command: PipCommand,
  { context, ports, accept }: { context: ProcessContext; ports: RootsPorts; accept: Accept },
  run: (argv: readonly string[], copies: ReadonlyMap<string, string>) => Promise<number>,
): Promise<number> {
  const { argv, unvettedSources, locks, cleanup } = await gatherRoots(command, ports);
  const indexUrl = outerRelay(context.environment)?.indexUrl ?? '';
  let removeCopies = async () => {};
  try {
    await accept(unvettedSources);
    const lockCopies = await copyLocks(argv, locks, { ...ports, indexUrl });
    removeCopies = lockCopies.cleanup;
    return await run(lockCopies.argv, lockCopies.copies);
  } finally {
    await Promise.all([cleanup(), removeCopies()]);
  }
}

function environmentBehindRelay(
  context: ProcessContext,
  command: PipCommand,
  installer: Installer,
): Record<string, string> {
  const relay = outerRelay(context.environment);
  const { keepVariables } = context.settings;
  if (relay === undefined) return plainEnvironment(context.environment, keepVariables);
  const address = { ...relay, programProxyUrl: relay.proxyUrl };
  return installerEnvironment(context.environment, address, installer, pipContext(context, command));
}
