import type { InstallWords, OpenInstall } from '../cli/context.ts';
import type { Exec } from '../cli/verbs/exec.ts';
import { AwspipError } from '../errors.ts';
import type { Relay } from '../relay/types.ts';
import { unasked } from '../install/install-check.ts';
import type { Arrival, InstallPorts } from '../install/types.ts';
import { captureOutput } from '../pip/capture.ts';
import { isolatedArguments, plainEnvironment } from '../pip/environment.ts';
import type { PipProgram } from '../pip/find.ts';
import { placeLocks } from '../pip/lock-sources.ts';
import { probeInterpreter } from '../pip/probe.ts';
import { gatherRoots } from '../pip/roots.ts';
import { execPip, runPip } from '../pip/run.ts';
import type { Mode } from '../settings/mode.ts';
import { toolEnvironment } from '../installers/environment.ts';
import { holdErrorsBack } from '../installers/held-output.ts';
import { inPipsWords } from '../installers/uv-messages.ts';
import { runsPrograms } from '../installers/installer.ts';
import { aroundPip } from './checked-pip.ts';
import type { Edge } from './process-context.ts';
import { interpretersOf, readExecArrivals } from '../installers/installed-files.ts';
import { findProgram } from '../installers/find-program.ts';
import { readProjectOf } from '../installers/read-project.ts';
import { forEveryPlatform, widening, withoutPinsIfNeedBe } from '../installers/lock-vetting.ts';
import { openRelay, ownAccessOf, placeOf } from './install.ts';
import { openLockFiles, type WrittenFiles } from '../installers/lock-files.ts';
import { rootsPorts, surroundings } from './pip-ports.ts';
import { toolReceipts } from '../installers/uv-folders.ts';
import { openVetting } from './vetting.ts';

type RunTool = InstallPorts['runPip'];

/** Opens everything one run of another installer needs: the same relay, the same vetting. */
export async function openExec(
  edge: Edge,
  exec: Exec,
  mode: Mode,
  { report, accept }: InstallWords,
): Promise<OpenInstall> {
  const program = findProgram(exec, edge);
  const reading = await execRoots(edge, exec);
  const gathered = await gatherRoots(exec.command, reading);
  const closers: (() => Promise<unknown>)[] = [gathered.cleanup];
  const close = async () => {
    await Promise.all(closers.map((end) => end()));
  };
  try {
    const { roots, buildRoots, pins, requiresPython, foreign, folder, lock, manifests } = await readProjectOf(
      edge,
      exec,
      reading,
    );
    accept([...gathered.foreign, ...foreign]);
    const place = await placeOf(edge, mode);
    const { relay, access, http } = await openRelay(edge, place, closers);
    const placed = await placeLocks(gathered.argv, gathered.locks, { ...reading, indexUrl: relay.indexUrl });
    closers.push(placed.cleanup);
    const files = openLockFiles({
      relay,
      lock,
      manifests,
      folders: [folder, process.cwd()],
      outputs: async () => [...exec.ask.outputs, ...(await toolReceipts(exec, edge))],
      real: mode === 'aws' ? { endpoint: await access.endpoint() } : { edge },
    });
    const argv = repeatable(exec, placed.argv);
    refuseUnplaced(placed.copies, argv);
    const landed = (startedAt: number) => readExecArrivals(edge, exec, startedAt, { folder, ports: reading });
    const runTool = toolPort(edge, exec, program, { relay, files, argv, landed });
    const ownAccess = ownAccessOf(edge, place);
    const { vet, ...vetting } = openVetting(edge, place, report);
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
        runPip: aroundPip(runTool, { place, relay, access, ownAccess, http, afterwards: { settle: async () => {} } }),
        environment: () => environmentOf(edge, exec, folder),
        release: (heldBack) => {
          process.stderr.write(heldBack);
        },
        report: (event) => report(event.code === 'pip-again' ? { ...event, tool: exec.tool.name } : event),
        now: edge.now,
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** pip's own variables and configuration speak to pip alone. */
async function execRoots(edge: Edge, { tool, command }: Exec) {
  const ports = await rootsPorts(edge, command);
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
function refuseUnplaced(copies: ReadonlyMap<string, string>, argv: readonly string[]): void {
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
  readonly landed: (startedAt: number) => Promise<readonly Arrival[] | undefined>;
};

/** Runs the tool once. Its stderr is read, in pip's words, unless it may give the terminal to somebody else. */
function toolPort(edge: Edge, exec: Exec, program: string, { relay, files, argv, landed: list }: Around): RunTool {
  const stderr = process.stderr.isTTY === true;
  const environment = toolEnvironment(edge.environment, relay, exec.tool, surroundings(edge, exec.command));
  const pip: PipProgram = { command: [program], python: program, from: 'option' };
  const args = exec.tool.name === 'pip' ? withoutIsolated(exec, argv) : argv.slice(1);
  const inherits = stderr && runsPrograms(exec.tool, exec.args);
  return async () => {
    relay.forget();
    await files.turn();
    try {
      if (inherits) {
        const startedAt = edge.now();
        const ran = await execPip(pip, args, environment, process);
        const seconds = (edge.now() - startedAt) / 1000;
        return { run: { ...ran, stderr: '', heldBack: '', startedAt, seconds }, observed: relay.observed() };
      }
      const held = holdErrorsBack(process.stderr);
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
        const landed = await list(run.startedAt);
        await relay.consult(unasked(landed ?? [], observed));
        return { run: { ...run, heldBack }, observed: relay.observed(), landed };
      }
      // It never asked for what is vetted: another index of its own configuration stands before ours.
      const led = observed.denied.length > 0 && observed.pages.size === 0;
      const said = led ? '' : `${run.stderr}\n${inPipsWords(run.stderr)}`;
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
async function environmentOf(edge: Edge, exec: Exec, folder: string) {
  const [python = ''] = await interpretersOf(edge, exec, folder);
  return (await probeInterpreter(python, captureOutput, plainEnvironment(edge.environment))).environment;
}
