import { AwspipError } from '../errors.ts';
import { projectOfFilename } from '../index/filename.ts';
import { evaluateMarker } from '../index/markers.ts';
import { parseRequirement } from '../index/requirement.ts';
import type { ProjectName, TargetEnvironment } from '../index/types.ts';
import type { PipCommand } from '../pip/grammar.ts';
import type { PipRun } from '../pip/run.ts';
import { environmentFromUserAgent } from '../pip/user-agent.ts';
import type { Observed } from '../relay/types.ts';
import type { VettingOutcome } from '../vetting/await-vetting.ts';
import type { RequestRecord } from '../vetting/types.ts';
import { decideMissing } from './decide-missing.ts';
import { findMismatches } from './mismatches.ts';
import type { InstallPorts, InstallRequest, InstallResult } from './types.ts';
import { isContradiction, lastPerRelease, type VettingRound, vetAll, vettedVerbs } from './vet-round.ts';

const maxRounds = 10;

type InstallState = {
  pipRuns: number;
  requests: RequestRecord[];
  blockedHosts: Set<string>;
  /** The interpreter of the last pip run, if pip reported it. */
  environment?: TargetEnvironment | undefined;
};

/**
 * Runs pip. If releases are missing, requests vetting, waits, and runs pip again.
 *
 * Further rounds follow only while each requests something new, at most ten. pip's own failures pass unchanged.
 */
export async function install(
  command: PipCommand,
  request: InstallRequest,
  ports: InstallPorts,
): Promise<InstallResult> {
  const state: InstallState = { pipRuns: 0, requests: [], blockedHosts: new Set() };
  const ending =
    (await vetUpgrade(command, request, ports, state)) ??
    (await vetBuild(command, request, ports, state)) ??
    (await runRounds(command, request, ports, state));
  const { requests } = state;
  if (ending.kind === 'pip' && ending.exitCode === 0 && requests.length === 0) {
    await askNewest(command, request, ports, state);
  }
  const releases = await Promise.all(requests.map(({ requestId }) => ports.releasesOf(requestId)));
  return {
    ending,
    pipRuns: state.pipRuns,
    requests,
    releases: lastPerRelease(releases.flat()),
    passedOver: lastPerRelease(requests.flatMap(({ refusals }) => refusals.filter(({ fatal }) => !fatal))),
    deniedHosts: [...state.blockedHosts],
  };
}

type Ending = InstallResult['ending'];

/**
 * Asks for newer releases in the background, because pip silently installs the newest vetted release. The install has
 * succeeded, so a failure is only reported.
 */
async function askNewest(
  command: PipCommand,
  request: InstallRequest,
  ports: InstallPorts,
  { environment }: InstallState,
): Promise<void> {
  const { roots, constraints, options } = request;
  if (!vettedVerbs.has(command.verb ?? '') || options.upgrade || roots.length === 0) return;
  if (options.uploadedBefore !== undefined) return; // the user wants none that is newer
  if (ports.askNewest === undefined || environment === undefined) return;
  try {
    const asked = await ports.askNewest({ roots, constraints, options, environment: forTarget(environment, request) });
    const projects = asked.map((root) => parseRequirement(root)?.name ?? root);
    if (projects.length > 0) ports.report({ code: 'newest-asked', projects });
  } catch (error) {
    if (!(error instanceof AwspipError)) throw error;
    // Who may not ask, or has no workflow, can install what is vetted, and need not hear this each time.
    if (error.exit === 'unavailable') ports.report({ code: 'newest-not-asked', cause: error.message });
  }
}

/** Vets the roots of an upgrade before pip runs, because pip would silently keep the newest vetted release. */
async function vetUpgrade(
  command: PipCommand,
  request: InstallRequest,
  ports: InstallPorts,
  state: InstallState,
): Promise<Ending | undefined> {
  const { newest = false, options, roots } = request;
  const isUpgrade = newest ? vettedVerbs.has(command.verb ?? '') : command.verb === 'install' && options.upgrade;
  if (!isUpgrade || roots.length === 0) return undefined;
  const environment = await ports.environment();
  // With a cut-off, other releases are the newest than those that were looked up.
  const stale =
    newest || options.uploadedBefore !== undefined
      ? roots
      : await ports.staleRoots(roots, forTarget(environment, request));
  if (stale.length === 0) return undefined;
  ports.report({ code: 'upgrade-asks', projects: stale.length });
  const vettingRound = { ...request, options: { ...options, upgrade: true }, buildRoots: [], missing: [] };
  return endingOf(await vet(vettingRound, { since: ports.now(), environment }, ports, state));
}

/**
 * Requests the build requirements of local projects that the repository lacks, before pip runs. pip would report them as
 * a failed build, in the middle of its output. The roots are requested with them, because they are probably missing too.
 */
async function vetBuild(
  command: PipCommand,
  request: InstallRequest,
  ports: InstallPorts,
  state: InstallState,
): Promise<Ending | undefined> {
  if (request.buildRoots.length === 0 || !vettedVerbs.has(command.verb ?? '')) return undefined;
  const since = ports.now();
  const lacking = (await ports.lacking?.(request.buildRoots)) ?? [];
  if (lacking.length === 0) return undefined;
  const environment = await ports.environment();
  const missing = lacking.filter((text) => appliesTo(environment, text));
  if (missing.length === 0) return undefined;
  ports.report({ code: 'vetting-begins', missing, round: 0, wider: false });
  return endingOf(await vet({ ...request, missing: [] }, { since, environment }, ports, state));
}

/** Checks whether the marker of a requirement holds for this interpreter. */
function appliesTo(environment: TargetEnvironment, text: string): boolean {
  const marker = parseRequirement(text)?.marker;
  return marker === undefined || evaluateMarker(marker, environment);
}

async function runRounds(
  command: PipCommand,
  request: InstallRequest,
  ports: InstallPorts,
  state: InstallState,
): Promise<Ending> {
  const vettedRoots = new Set<string>();
  for (let round = 1; ; round += 1) {
    const { run, observed, installed = [] } = await ports.runPip(request.argv);
    state.pipRuns += 1;
    state.environment = environmentOf(observed);
    for (const host of observed.blockedHosts) state.blockedHosts.add(host);
    const mismatches = findMismatches(installed, observed);
    // Without the page of a project it is unknown whether its release is vetted.
    const unvetted = mismatches.filter(({ name }) => !isPageFailed(observed, name));
    if (unvetted.length > 0) return { kind: 'mismatch', mismatches: unvetted };
    if (mismatches.length > 0) return { kind: 'relay-failure', observed };
    const next = decideNext(command, request, run, observed);
    if (next.kind !== 'vet') {
      // pip's message about a missing package is wrong after a relay failure, which is reported instead.
      if (next.kind !== 'relay-failure') ports.printHeldLines(run.heldLines);
      if (next.kind === 'pip' && command.verb === 'index') reportUnlisted(run, observed, ports);
      return next;
    }
    const { missing } = next;
    const roots = rootsOfRound(round, request.roots, missing);
    const buildRoots = round === 1 ? request.buildRoots : [];
    if (roots.length + buildRoots.length === 0) {
      ports.printHeldLines(run.heldLines);
      return { kind: 'pip', exitCode: run.exitCode }; // there is nothing to vet
    }
    const key = roots.toSorted().join('\n');
    const isRepeated = vettedRoots.has(key);
    if ((isRepeated && ports.widen?.() !== true) || round > maxRounds) {
      ports.printHeldLines(run.heldLines);
      if (next.conflict) return { kind: 'conflict' };
      return { kind: 'no-progress', exitCode: run.exitCode, requirements: missing, files: observed.unlistedFiles };
    }
    vettedRoots.add(key);
    ports.report({ code: 'vetting-begins', missing, round, wider: isRepeated });
    const answer = await vet(
      {
        ...request,
        ...{ roots, buildRoots, missing: round === 1 ? [] : missing },
        options: withPinnedSdists(request.options, observed.unlistedFiles),
      },
      { since: run.startedAt, environment: environmentOf(observed) },
      ports,
      state,
    );
    if (next.conflict && isContradiction(answer)) {
      ports.printHeldLines(run.heldLines); // pip names the requirements that contradict each other
      return { kind: 'conflict' };
    }
    const ending = endingOf(answer);
    if (ending !== undefined) return ending;
    ports.report({ code: 'pip-again', round });
  }
}

/** Reports the projects that `pip index` did not find. pip says that they don't exist, and nothing requests them. */
function reportUnlisted(run: PipRun, observed: Observed, { report }: InstallPorts): void {
  const decision = decideMissing({ run, observed, verb: 'index' });
  if (decision.kind !== 'missing') return;
  const names = decision.requirements.map((text) => parseRequirement(text)?.name ?? text);
  report({ code: 'not-listed', projects: [...new Set(names)] });
}

/** Requests the sdists that a lock file pins: pip doesn't choose their wheels, although there may be some. */
function withPinnedSdists(options: InstallRequest['options'], unlistedFiles: readonly string[]) {
  const sdists = unlistedFiles.filter((filename) => !/\.whl$/i.test(filename));
  const names = sdists.flatMap((filename) => projectOfFilename(filename) ?? []);
  if (names.length === 0) return options;
  const { onlyBinary, noBinary } = options.formatControl;
  return { ...options, formatControl: { onlyBinary, noBinary: [...new Set([...noBinary, ...names])].toSorted() } };
}

/**
 * Returns the roots to vet in a round. The first round has only the command's own roots, because the workflow resolves
 * them together and may avoid a project that pip tried. Later rounds add the missing ones.
 */
function rootsOfRound(round: number, roots: readonly string[], missing: readonly string[]): readonly string[] {
  return round === 1 && roots.length > 0 ? roots : [...new Set([...roots, ...missing])];
}

/** Returns the interpreter's environment from pip's User-Agent, without starting the interpreter. */
function environmentOf({ userAgent }: Observed): TargetEnvironment | undefined {
  return environmentFromUserAgent(userAgent ?? '');
}

type Next =
  | Ending
  | {
      readonly kind: 'vet';
      readonly missing: readonly string[];
      /** pip reported contradictory requirements (`ResolutionImpossible`). */
      readonly conflict: boolean;
    };

function decideNext(command: PipCommand, request: InstallRequest, run: PipRun, observed: Observed): Next {
  // An interruption after success does not matter.
  if (run.interrupted && run.exitCode !== 0)
    return { kind: 'interrupted', ...(run.signal !== undefined && { exitCode: run.exitCode }) };
  // The exit code does not matter: some installers pass over a page or a file that they do not get.
  if (observed.failures.some(({ kind }) => kind !== 'no-digest')) return { kind: 'relay-failure', observed };
  if (run.exitCode === 0) return { kind: 'pip', exitCode: 0 };
  if (!vettedVerbs.has(command.verb ?? '') || run.signal !== undefined) return { kind: 'pip', exitCode: run.exitCode };
  const { formatControl, pre } = request.options;
  const { constraints } = request;
  const pipEnvironment = environmentOf(observed);
  const environment = pipEnvironment && forTarget(pipEnvironment, request);
  const decision = decideMissing({
    run,
    observed,
    verb: command.verb,
    environment,
    options: { formatControl, pre, constraints },
  });
  if (decision.kind === 'none') {
    // pip lacked a file that was skipped for its missing digest, unless something else is missing.
    return observed.failures.length > 0 ? { kind: 'relay-failure', observed } : { kind: 'pip', exitCode: run.exitCode };
  }
  return {
    kind: 'vet',
    missing: decision.kind === 'missing' ? decision.requirements : [],
    conflict: decision.kind === 'vet-roots' && decision.reason === 'conflict',
  };
}

/** Checks whether the relay could not read the page of a project. */
function isPageFailed({ pages, failures }: Observed, name: string): boolean {
  const status = pages.get(name as ProjectName)?.status;
  return failures.length > 0 && status !== undefined && status !== 200 && status !== 404;
}

function forTarget(environment: TargetEnvironment, { target }: Pick<InstallRequest, 'target'>): TargetEnvironment {
  return target === undefined ? environment : { ...environment, target };
}

async function vet(
  vettingRound: Omit<VettingRound, 'environment'>,
  { since, environment }: { since: number; environment: TargetEnvironment | undefined },
  ports: InstallPorts,
  state: InstallState,
): Promise<VettingOutcome> {
  const round = { ...vettingRound, environment: environment ?? (await ports.environment()) };
  const startedAt = ports.now();
  let vetted = 0;
  const answer = await vetAll(
    round,
    (content, isQuiet) => ports.vet(content, since, isQuiet),
    ({ record }) => {
      state.requests.push(record);
      vetted += record.counts.secure;
    },
  );
  ports.report({ code: 'vetting-ends', answer, vetted, seconds: (ports.now() - startedAt) / 1000 });
  return answer;
}

function endingOf(answer: VettingOutcome): Ending | undefined {
  return answer.kind === 'secure' ? undefined : { kind: 'vetting', answer };
}
