import { AwspipError, exitCodes } from '../errors.ts';
import { exitOf } from '../install/exit.ts';
import { install } from '../install/install.ts';
import type { InstallCallbacks, InstallEvent, OpenInstall } from '../install/types.ts';
import { isBehindRelay } from '../installers/outer-relay.ts';
import { type PipCommand, parsePipArguments } from '../pip/grammar.ts';
import { isVerb } from '../pip/options.ts';
import { editDistance, splitOwnOptions } from '../pip/split-own-options.ts';
import { isSilent, isVerbose } from '../pip/verbosity.ts';
import { oneLine } from '../printable.ts';
import { readUserFile } from '../settings/files.ts';
import { trustFile, userFile } from '../settings/folders.ts';
import { decideMode, type Mode } from '../settings/mode.ts';
import { readProjectFile } from '../settings/project-file.ts';
import { type Layers, type ResolvedSettings, resolveSettings } from '../settings/resolve.ts';
import { settings } from '../settings/table.ts';
import { isTrusted } from '../settings/trust.ts';
import { readTrustedProjects } from '../settings/trust-store.ts';
import type { Composition, Context } from './context.ts';
import { helpText, isHelpOption, withoutHelpVerb } from './help/help-request.ts';
import { writeHints } from './hint-lines.ts';
import { jsonDocument } from './json-document.ts';
import { presentError } from './present-error.ts';
import { openProgress } from './progress.ts';
import { acceptListed, acceptVetted } from './reject-unvetted.ts';
import { failureReport, reportOf } from './report.ts';
import { openReporter } from './reporter.ts';
import { askForTrust } from './trust-project.ts';
import { isOwnVerb, ownVerbs } from './verb-names.ts';

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
  const { ownOptions, rest } = splitOwnOptions(context.argv, forms);
  const help = await helpText(rest, context);
  if (help !== undefined) {
    context.terminal.stdout.write(help);
    return exitCodes.ok.code;
  }
  const argv = withoutHelpVerb(rest);
  const [verb] = argv;
  const command = parsePipArguments(argv);
  if (command.verb === 'search' && !command.asksForHelp) return rejectSearch(context);
  const onlyPip = !isOwnVerb(verb) && (!command.usesIndex || command.asksForHelp);
  const layers = await readLayers(context, ownOptions, onlyPip);
  const resolved = await resolveWithTrust(layers, usesRepository(verb, command, context), context);
  if (onlyPip) return plainPip(command, resolved, context);
  if (verb === 'exec' && !isHelpOption(argv[1])) return exec(argv.slice(1), resolved, context);
  if (isOwnVerb(verb)) {
    if (verbsOfDeployment.includes(verb)) rejectBehindRelay(verb, resolved, context);
    const { runOwnVerb } = await import('./own-verbs.ts');
    return runOwnVerb(argv, resolved, context);
  }
  return runPip(command, resolved, context);
}

/** The own verbs that always use the deployment. The others use it only with an option, or not at all. */
const verbsOfDeployment: readonly (string | undefined)[] = [
  ...['exec', 'status', 'holds', 'approvals', 'history', 'audit', 'audit-environment', 'sbom'],
  ...['explain', 'vet', 'request', 'approve', 'deny'],
];

/**
 * Rejects a verb that asks the local stack from inside `awspip exec`. The local stack has a domain for each set of
 * indexes, and the index of such a process is the relay.
 */
function rejectBehindRelay(verb: string, resolved: ResolvedSettings, { environment }: Context): void {
  if (!isBehindRelay(environment) || decideMode(resolved, environment.CI) !== 'local') return;
  throw new AwspipError('behind-relay', `\`awspip ${verb}\` cannot ask the local stack from inside \`awspip exec\``, {
    exit: 'usage',
    hint: 'run it in another terminal, or before `awspip exec`',
  });
}

/** Whether a command uses the vetted repository or its records, so that it must know which to trust. */
function usesRepository(verb: string | undefined, command: PipCommand, { environment }: Context): boolean {
  if (isBehindRelay(environment)) return false;
  return isOwnVerb(verb) ? verbsOfDeployment.includes(verb) : command.usesIndex && !command.asksForHelp;
}

/** Resolves the settings. If values of the project file are not trusted and the command needs them, asks the user. */
async function resolveWithTrust(layers: Layers, mayAsk: boolean, context: Context): Promise<ResolvedSettings> {
  const { project } = layers;
  const resolved = resolveSettings(layers);
  if (project?.unsafe !== undefined && resolved.project?.leftOut.length === 0) {
    context.terminal.stderr.write(`awspip: ignored the settings in ${oneLine(project.path)}: it ${project.unsafe}\n`);
  }
  if (project === undefined || !mayAsk || !(await askForTrust(resolved, context))) return resolved;
  return resolveSettings({ ...layers, project: { ...project, trusted: true } });
}

/** Runs a pip command that may install. */
async function runPip(command: PipCommand, resolved: ResolvedSettings, context: Context): Promise<number> {
  if (isBehindRelay(context.environment)) {
    return (await context.compose(resolved)).behindRelay(
      command,
      acceptListed(
        acceptVetted(command, () => {}),
        async () => [],
      ),
    );
  }
  if (!isVerb(command.verb ?? '') && (await (await context.compose(resolved)).isUnknownVerb(command))) {
    const exitCode = await plainPip(command, resolved, context);
    suggestVerb(command.verb ?? '', context);
    return exitCode;
  }
  return runInstall(command, resolved, context);
}

/** Rejects `search`: pip would send it to the index, and neither PyPI nor CodeArtifact answers it. */
function rejectSearch({ terminal: { stderr, style } }: Context): number {
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

/** Reads the settings. `onlyPip`: pip runs alone, so the project file and its mistakes do not matter. */
async function readLayers(
  { environment, cwd, home, platform, readText, userId, examine }: Context,
  ownOptions: readonly { readonly name: string; readonly value?: string }[],
  onlyPip: boolean,
): Promise<Layers> {
  const flag: Record<string, string> = {};
  for (const { name, value } of ownOptions) flag[name] = value ?? '';
  const machine = { platform, home, environment };
  const [project, user] = await Promise.all([
    onlyPip ? undefined : readProjectFile(cwd, ignoring(['folder-unreadable'], readText), { home, userId, examine }),
    readUserFile(userFile(machine), onlyPip ? ignoring(['folder-unreadable', 'file-unreadable'], readText) : readText),
  ]);
  if (project === undefined) return { flag, environment, user };
  const projects = await readTrustedProjects(trustFile(machine), readText);
  const trusted = isTrusted(project.path, project.values, projects);
  return { flag, environment, user, project: { ...project, trusted } };
}

/**
 * Returns a reader that ignores errors with these codes. pip ignores the configuration of another user and works in
 * their folder. Where packages are vetted no setting may be lost, so only an unreadable folder is ignored there.
 */
function ignoring(codes: readonly string[], readText: Context['readText']): Context['readText'] {
  return (file) =>
    readText(file).catch((error: unknown) => {
      if (error instanceof AwspipError && codes.includes(error.code)) return undefined;
      throw error;
    });
}

/** Runs pip alone: `list`, `freeze`, `install --help`. Adds awspip's version to pip's. */
async function plainPip(command: PipCommand, resolved: ResolvedSettings, context: Context): Promise<number> {
  if (command.verb === undefined && command.asksForVersion) {
    context.terminal.stderr.write(`awspip ${context.version}\n`);
  }
  return (await context.compose(resolved)).plainPip(command);
}

/** Opens what one run needs. */
type Open = (composition: Composition, mode: Mode, callbacks: InstallCallbacks) => Promise<OpenInstall>;

/** Runs `awspip exec -- CMD`: another installer behind the same relay. */
async function exec(argv: readonly string[], resolved: ResolvedSettings, context: Context): Promise<number> {
  const { addCommandOf, canReplaceIndex, readExecCommand } = await import('../installers/exec-command.ts');
  const installer = readExecCommand(argv, context.cwd);
  if (isBehindRelay(context.environment)) {
    const accept = acceptVetted(installer.command, () => {}, canReplaceIndex(installer));
    return (await context.compose(resolved)).execBehindRelay(
      installer,
      acceptListed(accept, async () => []),
    );
  }
  return runInstall(
    installer.command,
    resolved,
    context,
    (composition, mode, callbacks) => composition.exec(installer, mode, callbacks),
    addCommandOf(installer),
    canReplaceIndex(installer),
  );
}

async function runInstall(
  command: PipCommand,
  resolved: ResolvedSettings,
  context: Context,
  open: Open = (composition, mode, callbacks) => composition.install(command, mode, callbacks),
  verb = command.verb,
  canReplace?: Parameters<typeof acceptVetted>[2],
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
  const progress: { stack?: Mode; pipRuns: number } = { pipRuns: 0 };
  try {
    const mode = decideMode(resolved, environment.CI);
    progress.stack = mode;
    const composition = await context.compose(resolved);
    const accept = acceptListed(
      acceptVetted(command, report, canReplace),
      async () => (await (await composition.reviewService()).policyNotes(mode)).indexes,
    );
    opened = await open(composition, mode, { report, accept });
    const news = import('./asked-news.ts').then(({ openAskedNews }) =>
      openAskedNews(resolved, mode, composition, context),
    );
    void news.then(({ start }) => start());
    const { request, ports } = opened;
    const runPip: typeof ports.runPip = (argv) => {
      progress.pipRuns += 1;
      return ports.runPip(argv);
    };
    const result = await install(command, request, { ...ports, runPip });
    const problems = await reporter.finish(result, {
      ...{ verb, locations: request.locations, files: fileChoice(request), asks: mode === 'aws' },
    });
    const { print, remember } = await news;
    if (!silent) await print();
    await remember(result.requests.flatMap(({ refusals }) => refusals));
    await writeReport(reportOf(result, problems, { version: context.version, stack: mode }), resolved, context);
    return exitOf(result).exitCode;
  } catch (error) {
    await reporter.fail(error);
    await writeReport(failureReport(error, context.version, progress), resolved, context);
    throw error;
  } finally {
    await opened?.close();
  }
}

/** Returns which files a command asked for. */
function fileChoice({ target, options }: OpenInstall['request']) {
  const { onlyBinary, noBinary } = options.formatControl;
  const { version, platforms, implementation, abis } = target ?? {};
  const forTarget = [version, platforms, implementation, abis].some((choice) => choice !== undefined);
  return { forTarget, excludesFiles: onlyBinary.length + noBinary.length > 0 };
}

async function writeReport(report: object, { values }: ResolvedSettings, { writeText }: Context): Promise<void> {
  if (values.report === undefined) return;
  try {
    await writeText(values.report, jsonDocument(report));
  } catch (cause) {
    throw new AwspipError('report-not-written', `the report could not be written to \`${values.report}\``, {
      exit: 'configuration',
      hint: 'name a file in a writable folder with `--awspip-report=FILE`',
      cause,
    });
  }
}
