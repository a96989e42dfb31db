import type { InstallCallbacks, OpenInstall } from '../cli/context.ts';
import type { Exec } from '../cli/verbs/exec.ts';
import { AwspipError } from '../errors.ts';
import { unrequested } from '../install/install-check.ts';
import type { CheckedRelease, InstallPorts } from '../install/types.ts';
import { toolEnvironment } from '../installers/environment.ts';
import { findProgram } from '../installers/find-program.ts';
import { holdErrors } from '../installers/held-output.ts';
import { interpretersOf, readInstalledByTool } from '../installers/installed-files.ts';
import { runsPrograms } from '../installers/installer.ts';
import { openLockFiles, type WrittenFiles } from '../installers/lock-files.ts';
import { forEveryPlatform, widening, withoutPinsIfNeedBe } from '../installers/lock-vetting.ts';
import { readProjectOf } from '../installers/read-project.ts';
import { toolReceipts } from '../installers/uv-folders.ts';
import { asPipMessages } from '../installers/uv-messages.ts';
import { captureOutput } from '../pip/capture.ts';
import { isolatedArguments, plainEnvironment } from '../pip/environment.ts';
import type { PipProgram } from '../pip/find.ts';
import { copyLocks } from '../pip/lock-sources.ts';
import { probeInterpreter } from '../pip/probe.ts';
import { gatherRoots } from '../pip/roots.ts';
import { execPip, runPip } from '../pip/run.ts';
import type { Relay } from '../relay/types.ts';
import type { Mode } from '../settings/mode.ts';
import { aroundPip } from './checked-pip.ts';
import { deploymentOf, openRelay, ownAccessOf } from './install.ts';
import { rootsPorts, surroundings } from './pip-ports.ts';
import type { ProcessContext } from './process-context.ts';
import { openVetting } from './vetting.ts';

type RunTool = InstallPorts['runPip'];

/** Opens everything one run of another installer needs: the same relay, the same vetting. */
export async function openExec(
  context: ProcessContext,
  exec: Exec,
  mode: Mode,
  { report, accept }: InstallCallbacks,
): Promise<OpenInstall> {
  const program = findProgram(exec, context);
  const reading = await execRoots(context, exec);
  const gathered = await gatherRoots(exec.command, reading);
  const closers: (() => Promise<unknown>)[] = [gathered.cleanup];
  const close = async () => {
    await Promise.all(closers.map((end) => end()));
  };
  try {
    const { roots, buildRoots, pins, requiresPython, unvetted, folder, lock, manifests } = await readProjectOf(
      context,
      exec,
      reading,
    );
    accept([...gathered.unvetted, ...unvetted]);
    const deployment = await deploymentOf(context, mode);
    const { relay, access, http } = await openRelay(context, deployment, closers);
    const lockCopies = await copyLocks(gathered.argv, gathered.locks, { ...reading, indexUrl: relay.indexUrl });
    closers.push(lockCopies.cleanup);
    const files = openLockFiles({
      relay,
      lock,
      manifests,
      folders: [folder, process.cwd()],
      outputs: async () => [...exec.ask.outputs, ...(await toolReceipts(exec, context))],
      real: mode === 'aws' ? { endpoint: await access.endpoint() } : { context },
    });
    const argv = repeatable(exec, lockCopies.argv);
    refuseUncopied(lockCopies.copies, argv);
    const installed = (startedAt: number) => readInstalledByTool(context, exec, startedAt, { folder, ports: reading });
    const runTool = toolPort(context, exec, program, { relay, files, argv, installed });
    const ownAccess = ownAccessOf(context, deployment);
    const { vet, ...vetting } = openVetting(context, deployment, report);
    const own = exec.ask.project === undefined ? vet : forEveryPlatform(vet);
    return {
      wanted: {
        argv: exec.argv,
        roots: [...new Set([...gathered.roots, ...roots])],
        buildRoots: [...new Set([...gathered.buildRoots, ...buildRoots])],
        constraints: [...gathered.constraints, ...pins],
        options: gathered.options,
        target: gathered.target,
      },
      ports: {
        ...vetting,
        ...(requiresPython === undefined
          ? { vet: withoutPinsIfNeedBe(own, pins) }
          : widening(withoutPinsIfNeedBe(own, pins), requiresPython)),
        runPip: aroundPip(runTool, {
          deployment,
          relay,
          access,
          ownAccess,
          http,
          postProcessing: { settle: async () => {} },
        }),
        environment: () => environmentOf(context, exec, folder),
        release: (heldBack) => {
          process.stderr.write(heldBack);
        },
        report: (event) => report(event.code === 'pip-again' ? { ...event, tool: exec.tool.name } : event),
        now: context.now,
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** pip's own variables and configuration speak to pip alone. */
async function execRoots(context: ProcessContext, { tool, command }: Exec) {
  const ports = await rootsPorts(context, command);
  if (tool.name === 'pip') return ports;
  const variables = Object.entries(ports.variables).filter(([name]) => !name.toUpperCase().startsWith('PIP_'));
  return { ...ports, variables: Object.fromEntries(variables), configuration: undefined };
}

/** The command line with standard input and `<(…)` replaced by copies that a second run can read again. */
function repeatable({ argv, command }: Exec, copied: readonly string[]): readonly string[] {
  const replaced = new Map(
    command.argv.flatMap((word, at) => {
      const copy = copied[at];
      return copy !== undefined && copy !== word && copied.length === command.argv.length
        ? [[word, copy] as const]
        : [];
    }),
  );
  const withName = /^(--[a-z-]+=)(.+)$/s;
  return argv.map((word) => {
    const [, name = '', value = word] = withName.exec(word) ?? [];
    return name + (replaced.get(value) ?? value);
  });
}

/** The tool must not read a lock file past us. */
function refuseUncopied(copies: ReadonlyMap<string, string>, argv: readonly string[]): void {
  const [left] = [...copies].find(([, copy]) => !argv.some((word) => word.includes(copy))) ?? [];
  if (left === undefined) return;
  throw new AwspipError('lock-file-not-placed', `${left} is named in a way that cannot be led to the relay`, {
    exit: 'usage',
    hint: 'name it as a word of its own, as in `awspip exec -- uv pip install -r pylock.toml`',
  });
}

type Around = {
  readonly relay: Relay;
  readonly files: WrittenFiles;
  readonly argv: readonly string[];
  /** What lies in place since a time, once the tool ended well. */
  readonly installed: (startedAt: number) => Promise<readonly CheckedRelease[] | undefined>;
};

/** Runs the tool once. Its stderr is read, in pip's words, unless it may give the terminal to somebody else. */
function toolPort(
  context: ProcessContext,
  exec: Exec,
  program: string,
  { relay, files, argv, installed: list }: Around,
): RunTool {
  const stderr = process.stderr.isTTY === true;
  const environment = toolEnvironment(context.environment, relay, exec.tool, surroundings(context, exec.command));
  const pip: PipProgram = { command: [program], python: program, from: 'option' };
  const args = exec.tool.name === 'pip' ? withoutIsolated(exec, argv) : argv.slice(1);
  const inherits = stderr && runsPrograms(exec.tool, exec.args);
  return async () => {
    relay.forget();
    await files.turn();
    try {
      if (inherits) {
        const startedAt = context.now();
        const ran = await execPip(pip, args, environment, process);
        const seconds = (context.now() - startedAt) / 1000;
        return { run: { ...ran, stderr: '', heldBack: '', startedAt, seconds }, observed: relay.observed() };
      }
      const held = holdErrors(process.stderr);
      const run = await runPip(pip, args, {
        environment,
        cwd: process.cwd(),
        stderr: held,
        holdMissingLines: exec.tool.name === 'pip',
        signals: process,
      });
      const heldBack = run.heldBack + held.end();
      const observed = relay.observed();
      if (run.exitCode === 0) {
        const installed = await list(run.startedAt);
        await relay.consult(unrequested(installed ?? [], observed));
        return { run: { ...run, heldBack }, observed: relay.observed(), installed };
      }
      // It never asked for what is vetted: another index of its own configuration stands before ours.
      const led = observed.denied.length > 0 && observed.pages.size === 0;
      const said = led ? '' : `${run.stderr}\n${asPipMessages(run.stderr)}`;
      return { run: { ...run, stderr: said, heldBack }, observed };
    } finally {
      await files.turnBack();
    }
  };
}

function withoutIsolated({ command, args }: Exec, argv: readonly string[]): readonly string[] {
  const before = argv.slice(1, argv.length - args.length);
  return [...before, ...isolatedArguments({ ...command, argv: argv.slice(argv.length - args.length) })];
}

/** The interpreter the tool installs for. */
async function environmentOf(context: ProcessContext, exec: Exec, folder: string) {
  const [python = ''] = await interpretersOf(context, exec, folder);
  return (await probeInterpreter(python, captureOutput, plainEnvironment(context.environment))).environment;
}
