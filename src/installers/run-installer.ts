import { AwspipError } from '../errors.ts';
import { unrequestedProjects } from '../install/mismatches.ts';
import type { CheckedRelease, InstallPorts, Report } from '../install/types.ts';
import { once } from '../once.ts';
import { captureOutput } from '../pip/capture.ts';
import { pipContext, rootsPorts } from '../pip/command-ports.ts';
import { configuredPip } from '../pip/configured-pip.ts';
import { isolatedArguments, plainEnvironment } from '../pip/environment.ts';
import type { PipProgram } from '../pip/find-pip.ts';
import { hideSecrets } from '../pip/hide-secrets.ts';
import { probeInterpreter } from '../pip/probe.ts';
import { execPip, runPip } from '../pip/run.ts';
import type { ProcessContext } from '../process-context.ts';
import type { Relay } from '../relay/types.ts';
import { openSandbox } from '../sandbox/open-sandbox.ts';
import { installerEnvironment } from './environment.ts';
import type { ExecCommand } from './exec-command.ts';
import { interpretersOf } from './installed-files.ts';
import { runsPrograms } from './installer.ts';
import type { LockFiles } from './lock-files.ts';
import { toPipMessages } from './to-pip-messages.ts';
import { withholdErrors } from './withhold-errors.ts';

type RunInstaller = InstallPorts['runPip'];

/** Returns the ports that gather the roots of a command. Only pip uses pip's variables and configuration. */
export async function installerRootsPorts(context: ProcessContext, { installer, command }: ExecCommand) {
  const ports = await rootsPorts(context, command);
  if (installer.name === 'pip') return ports;
  const variables = Object.entries(ports.variables).filter(([name]) => !name.toUpperCase().startsWith('PIP_'));
  return { ...ports, variables: Object.fromEntries(variables), configuration: undefined };
}

/** Returns the command line with standard input and `<(…)` replaced by copies, which a second run can read. */
export function withCopies({ argv, command }: ExecCommand, copiedArguments: readonly string[]): readonly string[] {
  const replacements = new Map(
    command.argv.flatMap((argument, at) => {
      const copy = copiedArguments[at];
      return copy !== undefined && copy !== argument && copiedArguments.length === command.argv.length
        ? [[argument, copy] as const]
        : [];
    }),
  );
  const optionWithValue = /^(--[a-z-]+=)(.+)$/s;
  return argv.map((argument) => {
    const [, name = '', value = argument] = optionWithValue.exec(argument) ?? [];
    return name + (replacements.get(value) ?? value);
  });
}

/**
 * Checks that every copy of a lock file is on the command line, so that the installer cannot read the original.
 *
 * @throws {AwspipError} `lock-file-not-placed` (64).
 */
export function requireCopies(copies: ReadonlyMap<string, string>, argv: readonly string[]): void {
  const [original] = [...copies].find(([, copy]) => !argv.some((argument) => argument.includes(copy))) ?? [];
  if (original === undefined) return;
  throw new AwspipError('lock-file-not-placed', `cannot redirect \`${original}\` to the relay`, {
    exit: 'usage',
    hint: 'pass it as a separate argument, as in `awspip exec -- uv pip install -r pylock.toml`',
  });
}

type RunOptions = {
  readonly relay: Relay;
  readonly files: LockFiles;
  readonly argv: readonly string[];
  /** Lists what was installed since a time, after the installer succeeded. */
  readonly installed: (startedAt: number) => Promise<readonly CheckedRelease[] | undefined>;
  readonly report: Report;
};

/**
 * Returns a function that runs the installer once. It translates the installer's stderr to pip's messages, unless the
 * installer may start an interactive program.
 */
export function installerPort(
  context: ProcessContext,
  exec: ExecCommand,
  program: string,
  { relay, files, argv, installed: listInstalled, report }: RunOptions,
): RunInstaller {
  const environment = installerEnvironment(
    context.environment,
    relay,
    exec.installer,
    pipContext(context, exec.command),
  );
  const pip: PipProgram = { command: [program], python: program, from: 'option' };
  const args = exec.installer.name === 'pip' ? withoutIsolated(exec, argv) : argv.slice(1);
  const inheritsTerminal = process.stderr.isTTY === true && runsPrograms(exec.installer, exec.args);
  const openedSandbox = once(() =>
    openSandbox(context, {
      python: async () => (await configuredPip(context)).python,
      server: relay,
      fallBack: (reason) => report({ code: 'sandbox-unavailable', reason }),
    }),
  );
  return async () => {
    const sandbox = await openedSandbox();
    relay.reset();
    hideSecrets();
    await files.redirect();
    try {
      if (inheritsTerminal) {
        const startedAt = context.now();
        const ran = await execPip(pip, args, environment, process, sandbox);
        const seconds = (context.now() - startedAt) / 1000;
        return { run: { ...ran, stderr: '', heldLines: '', startedAt, seconds }, observed: relay.observed() };
      }
      const stderr = withholdErrors(process.stderr);
      const run = await runPip(pip, args, {
        environment,
        cwd: process.cwd(),
        stderr,
        holdMissingLines: exec.installer.name === 'pip',
        signals: process,
        sandbox,
      });
      const heldLines = run.heldLines + stderr.end();
      const observed = relay.observed();
      if (run.exitCode === 0) {
        const installed = await listInstalled(run.startedAt);
        await relay.loadPages(unrequestedProjects(installed ?? [], observed));
        return { run: { ...run, heldLines }, observed: relay.observed(), installed };
      }
      // If it requested no page, its own configuration names another index, and its messages are about that index.
      const usesOtherIndex = observed.blockedHosts.length > 0 && observed.pages.size === 0;
      const messages = usesOtherIndex ? '' : `${run.stderr}\n${toPipMessages(run.stderr)}`;
      return { run: { ...run, stderr: messages, heldLines }, observed };
    } finally {
      await files.restore();
    }
  };
}

function withoutIsolated({ command, args }: ExecCommand, argv: readonly string[]): readonly string[] {
  const prefix = argv.slice(1, argv.length - args.length);
  return [...prefix, ...isolatedArguments({ ...command, argv: argv.slice(argv.length - args.length) })];
}

/** Returns the environment of the interpreter that the installer installs for. */
export async function environmentOf(context: ProcessContext, exec: ExecCommand, folder: string) {
  const [python = ''] = await interpretersOf(context, exec, folder);
  return (await probeInterpreter(python, captureOutput, plainEnvironment(context.environment))).environment;
}
