import { AwspipError } from '../errors.ts';
import { unrequestedProjects } from '../install/mismatches.ts';
import type { CheckedRelease, InstallPorts } from '../install/types.ts';
import { captureOutput } from '../pip/capture.ts';
import { pipContext, rootsPorts } from '../pip/command-ports.ts';
import { isolatedArguments, plainEnvironment } from '../pip/environment.ts';
import type { PipProgram } from '../pip/find-pip.ts';
import { probeInterpreter } from '../pip/probe.ts';
import { execPip, runPip } from '../pip/run.ts';
import type { ProcessContext } from '../process-context.ts';
import type { Relay } from '../relay/types.ts';
import { toolEnvironment } from './environment.ts';
import type { Exec } from './exec-command.ts';
import { holdErrors } from './held-output.ts';
import { interpretersOf } from './installed-files.ts';
import { runsPrograms } from './installer.ts';
import type { WrittenFiles } from './lock-files.ts';
import { asPipMessages } from './uv-messages.ts';

type RunTool = InstallPorts['runPip'];

/** pip's own variables and configuration speak to pip alone. */
export async function execRoots(context: ProcessContext, { tool, command }: Exec) {
  const ports = await rootsPorts(context, command);
  if (tool.name === 'pip') return ports;
  const variables = Object.entries(ports.variables).filter(([name]) => !name.toUpperCase().startsWith('PIP_'));
  return { ...ports, variables: Object.fromEntries(variables), configuration: undefined };
}

/** The command line with standard input and `<(…)` replaced by copies that a second run can read again. */
export function repeatable({ argv, command }: Exec, copied: readonly string[]): readonly string[] {
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
export function refuseUncopied(copies: ReadonlyMap<string, string>, argv: readonly string[]): void {
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
export function toolPort(
  context: ProcessContext,
  exec: Exec,
  program: string,
  { relay, files, argv, installed: list }: Around,
): RunTool {
  const stderr = process.stderr.isTTY === true;
  const environment = toolEnvironment(context.environment, relay, exec.tool, pipContext(context, exec.command));
  const pip: PipProgram = { command: [program], python: program, from: 'option' };
  const args = exec.tool.name === 'pip' ? withoutIsolated(exec, argv) : argv.slice(1);
  const inherits = stderr && runsPrograms(exec.tool, exec.args);
  return async () => {
    relay.reset();
    await files.turn();
    try {
      if (inherits) {
        const startedAt = context.now();
        const ran = await execPip(pip, args, environment, process);
        const seconds = (context.now() - startedAt) / 1000;
        return { run: { ...ran, stderr: '', heldLines: '', startedAt, seconds }, observed: relay.observed() };
      }
      const held = holdErrors(process.stderr);
      const run = await runPip(pip, args, {
        environment,
        cwd: process.cwd(),
        stderr: held,
        holdMissingLines: exec.tool.name === 'pip',
        signals: process,
      });
      const heldLines = run.heldLines + held.end();
      const observed = relay.observed();
      if (run.exitCode === 0) {
        const installed = await list(run.startedAt);
        await relay.loadPages(unrequestedProjects(installed ?? [], observed));
        return { run: { ...run, heldLines }, observed: relay.observed(), installed };
      }
      // It never asked for what is vetted: another index of its own configuration stands before ours.
      const led = observed.blockedHosts.length > 0 && observed.pages.size === 0;
      const said = led ? '' : `${run.stderr}\n${asPipMessages(run.stderr)}`;
      return { run: { ...run, stderr: said, heldLines }, observed };
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
export async function environmentOf(context: ProcessContext, exec: Exec, folder: string) {
  const [python = ''] = await interpretersOf(context, exec, folder);
  return (await probeInterpreter(python, captureOutput, plainEnvironment(context.environment))).environment;
}
