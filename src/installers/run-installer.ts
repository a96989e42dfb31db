import { AwspipError } from '../errors.ts';
import { unrequestedProjects } from '../install/mismatches.ts';
import type { CheckedRelease, InstallPorts, Report } from '../install/types.ts';
import { once } from '../once.ts';
import { captureOutput } from '../pip/capture.ts';
import { pipContext, rootsPorts } from '../pip/command-ports.ts';
import { configuredPip } from '../pip/configured-pip.ts';
import { plainEnvironment } from '../pip/environment.ts';
import { hideSecrets } from '../pip/hide-secrets.ts';
import { probeInterpreter } from '../pip/probe.ts';
import { execPip, type PipRun, runPip } from '../pip/run.ts';
import type { ProcessContext } from '../process-context.ts';
import type { Relay } from '../relay/types.ts';
import { openSandbox } from '../sandbox/open-sandbox.ts';
import { installerEnvironment } from './environment.ts';
import type { ExecCommand } from './exec-command.ts';
import type { ExecShims } from './exec-shims.ts';
import { type FinishedRun, interpretersOf, readInstalledByInstaller } from './installed-files.ts';
import { runsPrograms } from './installer.ts';
import { installerProcess, pipInterpreter } from './installer-process.ts';
import { prefixReader } from './interpreter-prefixes.ts';
import type { LockFiles } from './lock-files.ts';
import type { NestedPipLog } from './nested-pip-log.ts';
import type { PipLogText } from './pip-log-text.ts';
import { toPipMessages } from './to-pip-messages.ts';
import { withholdErrors } from './withhold-errors.ts';

/** By then, what the relay reads ahead is on its way. Starting a process takes the time in which it would be sent. */
const prepareAfterMilliseconds = 50;

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
  /** Hosts of the configured indexes. */
  readonly indexHosts: readonly string[];
  readonly shims: ExecShims;
  readonly pipLog: NestedPipLog;
  /** The project's folder, and the ports for its files. */
  readonly project: Pick<FinishedRun, 'folder' | 'ports'>;
  readonly report: Report;
};

/**
 * Returns a function that runs the installer once. It translates the installer's messages to pip's: those on stderr,
 * unless the installer may start an interactive program, and those of the pips that it starts. A program such as
 * pre-commit prints these on stdout, which is read if it isn't a terminal, or nowhere.
 */
export function installerPort(
  context: ProcessContext,
  exec: ExecCommand,
  program: string,
  { relay, files, argv, indexHosts, shims, pipLog, project, report }: RunOptions,
): RunInstaller {
  const address = { ...relay, indexHosts };
  const own = installerEnvironment(context.environment, address, exec.installer, pipContext(context, exec.command));
  const environment = { ...own, ...shims.variables(own.PATH ?? ''), ...pipLog.variables };
  const inheritsTerminal = process.stderr.isTTY === true && runsPrograms(exec.installer, exec.args);
  const openedSandbox = once(() =>
    openSandbox(context, {
      python: async () => (await configuredPip(context)).python,
      server: relay,
      fallBack: (reason) => report({ code: 'sandbox-unavailable', reason }),
    }),
  );
  let firstStart: number | undefined;
  const prefixesOf = prefixReader(context.environment);

  /** Reads what the check of installed files needs while the installer runs. A failure appears in the check. */
  const prepareCheck = async (): Promise<void> => {
    await context.sleep(prepareAfterMilliseconds);
    for (const python of await interpretersOf(context, exec, project.folder)) await prefixesOf(python);
  };

  /** Runs the command with the terminal, or collects its messages. */
  const start = async (): Promise<PipRun> => {
    const sandbox = await openedSandbox();
    const { pip, args } = installerProcess(exec, program, argv, await pipInterpreter(exec, program));
    if (!inheritsTerminal) {
      const stderr = withholdErrors(process.stderr);
      const holdMissingLines = exec.installer.name === 'pip';
      const stdout = exec.installer.installsOnly || process.stdout.isTTY ? undefined : process.stdout;
      const run = await runPip(pip, args, {
        ...{ environment, stderr, stdout, holdMissingLines },
        cwd: process.cwd(),
        signals: process,
        sandbox,
      });
      return { ...run, heldLines: run.heldLines + stderr.end() };
    }
    const started = context.now();
    const ran = await execPip(pip, args, environment, process, sandbox);
    return { ...ran, stderr: '', heldLines: '', startedAt: started, seconds: (context.now() - started) / 1000 };
  };

  /** Lists what was installed since the first run started: a later run leaves it as it is. */
  const listInstalled = async (run: PipRun): Promise<readonly CheckedRelease[] | undefined> => {
    // Only an installer that runs nothing else leaves nothing behind when it fails.
    const mayHaveInstalled = run.exitCode === 0 || !exec.installer.installsOnly;
    if (run.interrupted || !mayHaveInstalled) return undefined;
    const programs = await shims.records();
    const startedAt = firstStart ?? run.startedAt;
    const installed = await readInstalledByInstaller(context, exec, {
      ...{ startedAt, program, programs, prefixesOf, ...project },
    });
    await relay.loadPages(unrequestedProjects(installed, relay.observed()));
    return installed;
  };

  return async () => {
    relay.reset();
    hideSecrets();
    firstStart ??= context.now();
    await files.redirect();
    try {
      const running = start();
      prepareCheck().catch(() => {});
      const run = await running;
      const observed = relay.observed();
      const installed = await listInstalled(run);
      const logged = await pipLog.read();
      if (run.exitCode === 0) return { run, observed: relay.observed(), installed };
      // If it requested no page, its own configuration names another index, and its messages are about that index.
      const usesOtherIndex = observed.blockedHosts.length > 0 && observed.pages.size === 0;
      const translated = [run.stderr, run.stdout ?? ''].map(toPipMessages);
      const messages = [run.stderr, ...translated, logged.errors].join('\n');
      const heldLines = run.heldLines + hiddenBuild(logged);
      return {
        run: { ...run, heldLines, stderr: usesOtherIndex ? '' : messages },
        ...{ observed: relay.observed(), installed },
      };
    } finally {
      await files.restore();
    }
  };
}

/** Returns the output of a failed build, which pip shows only in its log. */
function hiddenBuild({ buildOutput }: PipLogText): string {
  return buildOutput === '' ? '' : `output of the failed build:\n${buildOutput}`;
}

/** Returns the environment of the interpreter that the installer installs for. */
export async function environmentOf(context: ProcessContext, exec: ExecCommand, folder: string) {
  const [python = ''] = await interpretersOf(context, exec, folder);
  return (await probeInterpreter(python, captureOutput, plainEnvironment(context.environment))).environment;
}
