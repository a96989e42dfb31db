import { AwspipError, exitCodes } from '../errors.ts';
import { exitOf } from '../install/exit.ts';
import { install } from '../install/install.ts';
import type { InstallCallbacks, InstallEvent, OpenInstall } from '../install/types.ts';
import { isBehindRelay } from '../installers/environment.ts';
import { type PipCommand, parsePipArguments } from '../pip/grammar.ts';
import { isVerb } from '../pip/options.ts';
import { editDistance, splitOwnOptions } from '../pip/split-own-options.ts';
import { isSilent, isVerbose } from '../pip/verbosity.ts';
import { readProjectFile, readUserFile } from '../settings/files.ts';
import { userFile } from '../settings/folders.ts';
import { decideMode, type Mode } from '../settings/mode.ts';
import { type ResolvedSettings, resolveSettings } from '../settings/resolve.ts';
import { settings } from '../settings/table.ts';
import type { Composition, Context } from './context.ts';
import { presentError, writeHints } from './present-error.ts';
import { openProgress } from './progress.ts';
import { failureReport, reportOf } from './report.ts';
import { openReporter } from './reporter.ts';
import { refuseUnvetted } from './unvetted-sources.ts';

/** awspip's own verbs. None has the name of a pip command. */
export const ownVerbs = [
  'status',
  'local',
  'policy',
  'explain',
  'approve',
  'deny',
  'vet',
  'setup',
  'doctor',
  'exec',
] as const;

const isOwnVerb = (word: string | undefined): boolean => ownVerbs.some((verb) => verb === word);

/** Runs one command line and returns the exit code. Prints every error. */
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
  const help = await helpText(typed, context);
  if (help !== undefined) {
    context.terminal.stdout.write(help);
    return exitCodes.ok.code;
  }
  const rest = helpAsTyped(typed);
  const command = parsePipArguments(rest);
  if (command.verb === 'search' && !command.asksForHelp) return refuseSearch(context);
  const ownVerb = isOwnVerb(rest[0]);
  const alone = !ownVerb && (!command.usesIndex || command.asksForHelp);
  const resolved = await readSettings(context, ownOptions, alone);
  if (alone) return plainPip(command, resolved, context);
  if (rest[0] === 'exec' && !asksForHelp(rest[1])) return exec(rest.slice(1), resolved, context);
  if (ownVerb) {
    const { runOwnVerb } = await import('./own-verbs.ts');
    return runOwnVerb(rest, resolved, context);
  }
  if (isBehindRelay(context.environment)) {
    const accept = (unvetted: Parameters<InstallCallbacks['accept']>[0]) => refuseUnvetted(command, unvetted);
    return (await context.compose(resolved)).behindRelay(command, accept);
  }
  if (!isVerb(command.verb ?? '') && (await (await context.compose(resolved)).isNoVerb(command))) {
    const exitCode = await plainPip(command, resolved, context);
    suggestVerb(command.verb ?? '', context);
    return exitCode;
  }
  return runInstall(command, resolved, context);
}

/** Returns awspip's own help, if the command line asks for it. A shell that completes a line asks pip instead. */
async function helpText(words: readonly string[], { terminal, environment }: Context): Promise<string | undefined> {
  if (environment.PIP_AUTO_COMPLETE !== undefined) return undefined;
  const [first, topic, ...others] = words;
  const wanted =
    words.length === 0 || asksForHelp(first) ? 'awspip' : first === 'help' ? (topic ?? 'awspip') : undefined;
  if (wanted === undefined || others.length > 0 || (asksForHelp(first) && topic !== undefined)) return undefined;
  const { exitCodesText, helpScreen, settingsText } = await import('./help/screen.ts');
  const topics: Readonly<Partial<Record<string, (output: typeof terminal) => string>>> = {
    awspip: helpScreen,
    settings: settingsText,
    'exit-codes': exitCodesText,
  };
  return Object.hasOwn(topics, wanted) ? topics[wanted]?.(terminal) : undefined;
}

/** Reads `help status` as `status --help` and `help pip` as `--help`, for which pip has no help. */
function helpAsTyped(words: readonly string[]): readonly string[] {
  const [first, topic = ''] = words;
  if (first !== 'help') return words;
  if (topic === 'pip') return ['--help'];
  return isOwnVerb(topic) ? [topic, '--help'] : words;
}

const asksForHelp = (word: string | undefined) => word === '--help' || word === '-h';

/** pip would ask the index, and neither PyPI nor CodeArtifact answers. */
function refuseSearch({ terminal: { stderr, style } }: Context): number {
  stderr.write(`${style.red('awspip:')} no index supports \`search\` any more; search on https://pypi.org\n`);
  return exitCodes.usage.code;
}

/** Suggests the own verb that was probably meant, after pip has reported an unknown command. */
function suggestVerb(typed: string, { terminal }: Context): void {
  const maxDistance = typed.length < 5 ? 1 : 2;
  const [nearest] = ownVerbs
    .map((verb) => ({ verb, distance: editDistance(typed, verb) }))
    .filter(({ distance }) => distance <= maxDistance)
    .sort((a, b) => a.distance - b.distance);
  if (nearest !== undefined) writeHints(terminal, [`did you mean \`awspip ${nearest.verb}\`?`]);
}

/** Reads the settings. `alone`: only pip runs, so the project file and its mistakes do not matter. */
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
 * Ignores files that can't be read, by the code of the error. pip ignores the configuration of another user and works in
 * their folder. Where packages are vetted no setting may be lost, so only an unreadable folder is ignored there.
 */
function passingOver(readText: Context['readText'], codes: readonly string[]): Context['readText'] {
  return (file) =>
    readText(file).catch((error: unknown) => {
      if (error instanceof AwspipError && codes.includes(error.code)) return undefined;
      throw error;
    });
}

/** Runs pip alone: `list`, `freeze`, `install --help`. Adds awspip's version to pip's. */
async function plainPip(command: PipCommand, resolved: ResolvedSettings, context: Context): Promise<number> {
  const asksForVersion =
    command.verb === undefined && command.argv.some((word) => word === '--version' || word === '-V');
  if (asksForVersion) context.terminal.stderr.write(`awspip ${context.version}\n`);
  return (await context.compose(resolved)).plainPip(command);
}

/** Opens what one run needs. */
type Open = (composition: Composition, mode: Mode, callbacks: InstallCallbacks) => Promise<OpenInstall>;

/** Runs `awspip exec -- CMD`: another installer behind the same relay. */
async function exec(argv: readonly string[], resolved: ResolvedSettings, context: Context): Promise<number> {
  const { addCommandOf, readExecCommand } = await import('../installers/exec-command.ts');
  const read = readExecCommand(argv, context.cwd);
  if (isBehindRelay(context.environment)) return (await context.compose(resolved)).execBehindRelay(read);
  return runInstall(
    read.command,
    resolved,
    context,
    (composition, ...given) => composition.exec(read, ...given),
    addCommandOf(read),
  );
}

async function runInstall(
  command: PipCommand,
  resolved: ResolvedSettings,
  context: Context,
  open: Open = (composition, ...given) => composition.install(command, ...given),
  verb = command.verb,
): Promise<number> {
  const { terminal, environment } = context;
  const silent = isSilent(command, environment);
  const chosen = silent && resolved.sources.progress === 'default' ? 'off' : resolved.values.progress;
  const reporter = openReporter(await openProgress(chosen, terminal), context);
  const verbose = isVerbose(command, environment);
  const report = (event: InstallEvent) => {
    if (event.code !== 'local-stack' || event.firstStart || verbose) reporter.report(event);
  };
  let opened: OpenInstall | undefined;
  try {
    const mode = decideMode(resolved, environment.CI);
    const composition = await context.compose(resolved);
    opened = await open(composition, mode, { report, accept: (unvetted) => refuseUnvetted(command, unvetted) });
    const { request, ports } = opened;
    const result = await install(command, request, ports);
    const problems = await reporter.finish(result, { verb, locations: request.locations });
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
    throw new AwspipError('report-not-written', `the report could not be written to \`${values.report}\``, {
      exit: 'configuration',
      hint: 'name a file in a writable folder with `--awspip-report=FILE`',
      cause,
    });
  }
}
