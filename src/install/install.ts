import { evaluateMarker } from '../index/markers.ts';
import { parseRequirement } from '../index/requirement.ts';
import type { TargetEnvironment } from '../index/types.ts';
import type { PipCommand } from '../pip/grammar.ts';
import type { PipRun } from '../pip/run.ts';
import { environmentFromUserAgent } from '../pip/user-agent.ts';
import type { Observed } from '../relay/types.ts';
import type { Answer } from '../vetting/await-vetting.ts';
import type { RequestRecord } from '../vetting/types.ts';
import { unvetted } from './install-check.ts';
import { decideMissing } from './missing.ts';
import type { InstallPorts, InstallResult, Wanted } from './types.ts';
import { type Asking, isContradiction, onceEach, vetAll } from './vet-round.ts';

const maxRounds = 10;
/** Only these turn a miss into a vetting: `list --outdated` asks for every installed project, `index` for one. */
const vettedVerbs = new Set(['install', 'download', 'wheel', 'lock']);

type Journal = { pipRuns: number; requests: RequestRecord[]; denied: Set<string> };

/**
 * The mission: run pip; when something is missing, have it vetted, wait, and run pip again.
 *
 * Rounds after the first vetting follow only while each asks for something new; at most ten. pip's own failures pass
 * untouched.
 */
export async function install(command: PipCommand, wanted: Wanted, ports: InstallPorts): Promise<InstallResult> {
  const journal: Journal = { pipRuns: 0, requests: [], denied: new Set() };
  const ending =
    (await vetUpgrade(command, wanted, ports, journal)) ??
    (await vetBuild(command, wanted, ports, journal)) ??
    (await rounds(command, wanted, ports, journal));
  const { requests } = journal;
  const releases = await Promise.all(requests.map(({ requestId }) => ports.releasesOf(requestId)));
  return {
    ending,
    pipRuns: journal.pipRuns,
    requests,
    releases: onceEach(releases.flat()),
    passedOver: onceEach(requests.flatMap(({ refusals }) => refusals.filter(({ fatal }) => !fatal))),
    deniedHosts: [...journal.denied],
  };
}

type Ending = InstallResult['ending'];

/** An upgrade would stay at the newest vetted release for ever, in silence: its roots are asked for before pip runs. */
async function vetUpgrade(
  command: PipCommand,
  wanted: Wanted,
  ports: InstallPorts,
  journal: Journal,
): Promise<Ending | undefined> {
  if (command.verb !== 'install' || !wanted.options.upgrade || wanted.roots.length === 0) return undefined;
  const environment = await ports.environment();
  const stale = await ports.staleRoots(wanted.roots, forTarget(environment, wanted));
  if (stale.length === 0) return undefined;
  ports.report({ code: 'upgrade-asks', projects: stale.length });
  const asking = { ...wanted, buildRoots: [], missing: [] };
  return refusal(await vet(asking, { since: ports.now(), environment }, ports, journal));
}

/**
 * Requests what builds of own projects need and the repository lacks, before pip runs. pip would report it as an error of
 * the build, in the middle of its output. The roots are requested with it, because they are probably missing too.
 */
async function vetBuild(
  command: PipCommand,
  wanted: Wanted,
  ports: InstallPorts,
  journal: Journal,
): Promise<Ending | undefined> {
  if (wanted.buildRoots.length === 0 || !vettedVerbs.has(command.verb ?? '')) return undefined;
  const since = ports.now();
  const lacking = (await ports.lacking?.(wanted.buildRoots)) ?? [];
  if (lacking.length === 0) return undefined;
  const environment = await ports.environment();
  const missing = lacking.filter((text) => appliesTo(environment, text));
  if (missing.length === 0) return undefined;
  ports.report({ code: 'vetting-begins', missing, round: 0, wider: false });
  return refusal(await vet({ ...wanted, missing: [] }, { since, environment }, ports, journal));
}

/** Whether the marker of a requirement holds for this interpreter. */
function appliesTo(environment: TargetEnvironment, text: string): boolean {
  const marker = parseRequirement(text)?.marker;
  return marker === undefined || evaluateMarker(marker, environment);
}

async function rounds(command: PipCommand, wanted: Wanted, ports: InstallPorts, journal: Journal): Promise<Ending> {
  const asked = new Set<string>();
  for (let round = 1; ; round += 1) {
    const { run, observed, installed = [] } = await ports.runPip(wanted.argv);
    journal.pipRuns += 1;
    for (const host of observed.denied) journal.denied.add(host);
    const mismatches = unvetted(installed, observed);
    if (mismatches.length > 0) return { kind: 'mismatch', mismatches };
    const next = afterRun(command, wanted, run, observed);
    if (next.kind !== 'vet') {
      // What pip took for a missing package was the repository's trouble, which is told instead.
      if (next.kind !== 'trouble') ports.release(run.heldBack);
      return next;
    }
    const { missing } = next;
    const roots = rootsOfRound(round, wanted.roots, missing);
    const buildRoots = round === 1 ? wanted.buildRoots : [];
    if (roots.length + buildRoots.length === 0) {
      ports.release(run.heldBack);
      return { kind: 'pip', exitCode: run.exitCode }; // nobody knows what to ask for
    }
    const key = roots.toSorted().join('\n');
    const again = asked.has(key);
    if ((again && ports.widen?.() !== true) || round > maxRounds) {
      ports.release(run.heldBack);
      return { kind: 'no-progress', exitCode: run.exitCode, requirements: missing, files: observed.absentFiles };
    }
    asked.add(key);
    ports.report({ code: 'vetting-begins', missing, round, wider: again });
    const answer = await vet(
      { ...wanted, roots, buildRoots, missing: round === 1 ? [] : missing },
      { since: run.startedAt, environment: environmentOf(observed) },
      ports,
      journal,
    );
    if (next.conflict && isContradiction(answer)) {
      ports.release(run.heldBack); // pip's own message is clear
      return { kind: 'pip', exitCode: run.exitCode };
    }
    const refused = refusal(answer);
    if (refused !== undefined) return refused;
    ports.report({ code: 'pip-again', round });
  }
}

/**
 * First the command's own roots, which the workflow solves together: a name that pip met on one way through the
 * releases must not be fatal where another way does without it. What they do not cover joins them in later rounds.
 */
function rootsOfRound(round: number, roots: readonly string[], missing: readonly string[]): readonly string[] {
  return round === 1 && roots.length > 0 ? roots : [...new Set([...roots, ...missing])];
}

/** pip says itself what it runs on, which spares asking the interpreter. */
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

function afterRun(command: PipCommand, wanted: Wanted, run: PipRun, observed: Observed): Next {
  if (run.exitCode === 0) return { kind: 'pip', exitCode: 0 }; // whoever interrupted it came too late
  if (run.interrupted) return { kind: 'interrupted', ...(run.signal !== undefined && { exitCode: run.exitCode }) };
  if (observed.trouble.some(({ kind }) => kind !== 'no-digest')) return { kind: 'trouble', observed };
  if (!vettedVerbs.has(command.verb ?? '') || run.signal !== undefined) return { kind: 'pip', exitCode: run.exitCode };
  const { formatControl, pre } = wanted.options;
  const { constraints } = wanted;
  const asking = environmentOf(observed);
  const environment = asking && forTarget(asking, wanted);
  const decision = decideMissing({
    run,
    observed,
    verb: command.verb,
    environment,
    options: { formatControl, pre, constraints },
  });
  if (decision.kind === 'none') {
    // A file without a digest was left out: that is what pip lacked, unless something else is missing.
    return observed.trouble.length > 0 ? { kind: 'trouble', observed } : { kind: 'pip', exitCode: run.exitCode };
  }
  return {
    kind: 'vet',
    missing: decision.kind === 'missing' ? decision.requirements : [],
    conflict: decision.kind === 'ask-roots' && decision.because === 'conflict',
  };
}

function forTarget(environment: TargetEnvironment, { target }: Pick<Wanted, 'target'>): TargetEnvironment {
  return target === undefined ? environment : { ...environment, target };
}

async function vet(
  asking: Omit<Asking, 'environment'>,
  { since, environment }: { since: number; environment: TargetEnvironment | undefined },
  ports: InstallPorts,
  journal: Journal,
): Promise<Answer> {
  const whole = { ...asking, environment: environment ?? (await ports.environment()) };
  const began = ports.now();
  const answer = await vetAll(
    whole,
    (ask, quietly) => ports.vet(ask, since, quietly),
    ({ record }) => {
      if (record !== undefined) journal.requests.push(record);
    },
  );
  ports.report({ code: 'vetting-ends', answer, seconds: (ports.now() - began) / 1000 });
  return answer;
}

function refusal(answer: Answer): Ending | undefined {
  return answer.kind === 'secure' ? undefined : { kind: 'vetting', answer };
}
