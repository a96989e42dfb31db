import path from 'node:path';
import type { InstallWords, OpenInstall } from '../cli/context.ts';
import type { Exec } from '../cli/verbs/exec.ts';
import type { Relay } from '../index/relay/types.ts';
import type { InstallPorts } from '../install/types.ts';
import { captureOutput } from '../pip/capture.ts';
import { isolatedArguments, plainEnvironment } from '../pip/environment.ts';
import type { PipProgram } from '../pip/find.ts';
import { probeInterpreter } from '../pip/probe.ts';
import { gatherRoots } from '../pip/roots.ts';
import { execPip, runPip } from '../pip/run.ts';
import type { Mode } from '../settings/mode.ts';
import { toolEnvironment } from '../tools/environment.ts';
import { holdErrorsBack } from '../tools/hold-back.ts';
import { inPipsWords } from '../tools/pip-words.ts';
import { runsPrograms } from '../tools/tool.ts';
import { aroundPip } from './around-pip.ts';
import { type Edge, pipOf } from './edge.ts';
import { findProgram, isProgram } from './exec-program.ts';
import { readExecProject, toolReceipts } from './exec-project.ts';
import { forEveryPlatform, withoutPinsIfNeedBe } from './exec-vetting.ts';
import { openRelay, ownAccessOf, placeOf } from './install.ts';
import { openLockFiles, type WrittenFiles } from './lock-files.ts';
import { rootsPorts, surroundings } from './perimeter.ts';
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
  const gathered = await gatherRoots(exec.command, await execRoots(edge, exec));
  const closers: (() => Promise<unknown>)[] = [gathered.cleanup];
  const close = async () => {
    await Promise.all(closers.map((end) => end()));
  };
  try {
    accept(gathered.foreign);
    const place = await placeOf(edge, mode);
    const { relay, access, http } = await openRelay(edge, place, closers);
    const { roots, pins, folder, lock, manifests } = await readExecProject(exec);
    const files = openLockFiles({
      relay,
      lock,
      manifests,
      folders: [folder, process.cwd()],
      outputs: async () => [...exec.ask.outputs, ...(await toolReceipts(exec, edge))],
      real: mode === 'aws' ? { endpoint: await access.endpoint() } : { edge },
    });
    const runTool = toolPort(edge, exec, program, { relay, files, argv: repeatable(exec, gathered.argv) });
    const ownAccess = ownAccessOf(edge, place);
    const { vet, ...vetting } = openVetting(edge, place, report);
    return {
      wanted: {
        argv: exec.argv,
        roots: [...new Set([...gathered.roots, ...roots])],
        constraints: [...gathered.constraints, ...pins],
        options: gathered.options,
      },
      ports: {
        ...vetting,
        vet: withoutPinsIfNeedBe(exec.ask.project === undefined ? vet : forEveryPlatform(vet), pins),
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
  return argv.map((word) => replaced.get(word) ?? word);
}

type Around = { readonly relay: Relay; readonly files: WrittenFiles; readonly argv: readonly string[] };

/** Runs the tool once. Its stderr is read, in pip's words, unless it may give the terminal to somebody else. */
function toolPort(edge: Edge, exec: Exec, program: string, { relay, files, argv }: Around): RunTool {
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

/** The interpreter the tool installs for: the one it was given, that of the project, the active one, that on PATH. */
async function environmentOf(edge: Edge, { ask }: Exec, folder: string) {
  const windows = process.platform === 'win32';
  const inProject = path.join(folder, '.venv', ...(windows ? ['Scripts', 'python.exe'] : ['bin', 'python']));
  const named = ask.python !== undefined && /[/\\]/.test(ask.python) ? path.resolve(ask.python) : undefined;
  const python = [named, inProject].find((candidate) => candidate !== undefined && isProgram(candidate));
  const found = python ?? (await pipOf(edge)).python;
  return (await probeInterpreter(found, captureOutput, plainEnvironment(edge.environment))).environment;
}
