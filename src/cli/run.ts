import { AwspipError } from '../errors.ts';
import { exitOf } from '../install/exit.ts';
import { install } from '../install/install.ts';
import type { InstallCallbacks, OpenInstall } from '../install/types.ts';
import { isBehindRelay } from '../installers/environment.ts';
import { type PipCommand, parsePipArguments } from '../pip/grammar.ts';
import { isVerb } from '../pip/options.ts';
import { splitOwnOptions } from '../pip/split-own-options.ts';
import { isSilent } from '../pip/verbosity.ts';
import { readProjectFile, readUserFile } from '../settings/files.ts';
import { userFile } from '../settings/folders.ts';
import { decideMode, type Mode } from '../settings/mode.ts';
import { type ResolvedSettings, resolveSettings } from '../settings/resolve.ts';
import { settings } from '../settings/table.ts';
import type { Composition, Context } from './context.ts';
import { presentError } from './present-error.ts';
import { openProgress } from './progress.ts';
import { failureReport, reportOf } from './report.ts';
import { openReporter } from './reporter.ts';
import { refuseUnvetted } from './unvetted-sources.ts';

/** Verbs of ours; they never shadow pip's. */
const ownVerbs = new Set(['status', 'local', 'policy', 'explain', 'approve', 'deny', 'vet', 'setup', 'doctor', 'exec']);

/** Runs one command line and answers the exit code; every error has become text by then. */
export async function run(context: Context): Promise<number> {
  try {
    return await dispatch(context);
  } catch (error) {
    return presentError(error, context.terminal);
  }
}

async function dispatch(context: Context): Promise<number> {
  const forms = Object.values(settings).map(({ key }) => ({ name: key, takesValue: true }));
  const { ownOptions, rest: typed } = splitOwnOptions(context.argv, forms);
  const rest = helpAsTyped(typed);
  const command = parsePipArguments(rest);
  const alone = !ownVerbs.has(rest[0] ?? '') && (!command.usesIndex || command.asksForHelp);
  const resolved = await readSettings(context, ownOptions, alone);
  if (alone) return plainPip(command, resolved, context);
  if (rest[0] === 'exec' && !asksForHelp(rest[1])) return exec(rest.slice(1), resolved, context);
  if (ownVerbs.has(rest[0] ?? '')) {
    const { runOwnVerb } = await import('./own-verbs.ts');
    return runOwnVerb(rest, resolved, context);
  }
  if (isBehindRelay(context.environment)) {
    const accept = (unvetted: Parameters<InstallCallbacks['accept']>[0]) => refuseUnvetted(command, unvetted);
    return (await context.compose(resolved)).behindRelay(command, accept);
  }
  if (!isVerb(command.verb ?? '') && (await (await context.compose(resolved)).isNoVerb(command))) {
    return plainPip(command, resolved, context);
  }
  return runInstall(command, resolved, context);
}

/** `help status` means `status --help`: pip has no help for verbs of ours. */
function helpAsTyped(words: readonly string[]): readonly string[] {
  const [first, verb = ''] = words;
  return first === 'help' && ownVerbs.has(verb) ? [verb, '--help'] : words;
}

const asksForHelp = (word: string | undefined) => word === '--help' || word === '-h';

/** `alone`: only pip will run, for which no project has a say; what is wrong with its file is then no matter. */
async function readSettings(
  { environment, cwd, home, platform, readText }: Context,
  own: readonly { readonly name: string; readonly value?: string }[],
  alone: boolean,
): Promise<ResolvedSettings> {
  const flag: Record<string, string> = {};
  for (const { name, value } of own) flag[name] = value ?? '';
  const [project, user] = await Promise.all([
    alone ? undefined : readProjectFile(cwd, passingOver(readText, ['folder-unreadable'])),
    readUserFile(
      userFile({ platform, home, environment }),
      alone ? passingOver(readText, ['folder-unreadable', 'file-unreadable']) : readText,
    ),
  ]);
  return resolveSettings({ flag, environment, project, user });
}

/**
 * pip passes over the configuration of another user, and works in a folder of theirs. Where vetting is to happen, no
 * setting may be lost in silence: then only a folder nobody here can look into counts as one without a project.
 */
function passingOver(readText: Context['readText'], codes: readonly string[]): Context['readText'] {
  return (file) =>
    readText(file).catch((error: unknown) => {
      if (error instanceof AwspipError && codes.includes(error.code)) return undefined;
      throw error;
    });
}

/** `list`, `freeze`, `--help`, …: pip alone, with nothing of ours but one line where help or a version is asked for. */
async function plainPip(command: PipCommand, resolved: ResolvedSettings, context: Context): Promise<number> {
  // A shell that completes a line shows what it gets.
  if (command.verb === undefined && context.environment.PIP_AUTO_COMPLETE === undefined) {
    context.terminal.stderr.write(
      `awspip ${context.version}: pip, with what is missing vetted first (verbs of its own: \`awspip status\`, \`awspip local --help\`)\n`,
    );
  }
  return (await context.compose(resolved)).plainPip(command);
}

/** Opens what one run needs. */
type Open = (composition: Composition, mode: Mode, words: InstallCallbacks) => Promise<OpenInstall>;

/** `awspip exec -- CMD`: another installer behind the same relay. */
async function exec(words: readonly string[], resolved: ResolvedSettings, context: Context): Promise<number> {
  const { lineOf, readExec } = await import('../installers/exec-command.ts');
  const read = readExec(words, context.cwd);
  if (isBehindRelay(context.environment)) return (await context.compose(resolved)).execBehindRelay(read);
  return runInstall(
    read.command,
    resolved,
    context,
    (composition, ...given) => composition.exec(read, ...given),
    lineOf(read),
  );
}

async function runInstall(
  command: PipCommand,
  resolved: ResolvedSettings,
  context: Context,
  open: Open = (composition, ...given) => composition.install(command, ...given),
  line = command.verb,
): Promise<number> {
  const { terminal, environment } = context;
  const silent = isSilent(command, environment);
  const chosen = silent && resolved.sources.progress === 'default' ? 'off' : resolved.values.progress;
  const reporter = openReporter(await openProgress(chosen, terminal), context);
  let opened: OpenInstall | undefined;
  try {
    const mode = decideMode(resolved, environment.CI);
    const composition = await context.compose(resolved);
    opened = await open(composition, mode, {
      report: reporter.report,
      accept: (unvetted) => refuseUnvetted(command, unvetted),
    });
    if (mode === 'local' && !silent) {
      terminal.stderr.write(`${terminal.style.dim('awspip: no CodeArtifact domain is set: using the local stack')}\n`);
    }
    const result = await install(command, opened.request, opened.ports);
    const problems = await reporter.finish(result, line);
    await writeReport(reportOf(result, problems, { version: context.version, stack: mode }), resolved, context);
    return exitOf(result).exitCode;
  } catch (error) {
    await reporter.fail(error);
    await writeReport(failureReport(error, context.version), resolved, context);
    throw error;
  } finally {
    await opened?.close();
  }
}

async function writeReport(report: object, { values }: ResolvedSettings, { writeText }: Context): Promise<void> {
  if (values.report === undefined) return;
  try {
    await writeText(values.report, `${JSON.stringify(report, null, 2)}\n`);
  } catch (cause) {
    throw new AwspipError('report-not-written', `the report could not be written to ${values.report}`, {
      exit: 'configuration',
      hint: 'name a file in a folder that can be written with `--awspip-report=FILE`',
      cause,
    });
  }
}
