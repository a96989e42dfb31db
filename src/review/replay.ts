import { withoutInstallCode } from '../firewall/conditions/policy-conditions.ts';
import { judge } from '../firewall/judge.ts';
import { type Policy, policyVersion } from '../firewall/policy.ts';
import type { Signal, Signals, SimilarName, Verdict } from '../firewall/types.ts';
import { indexOf } from '../index/named-indexes.ts';
import type { ProjectName } from '../index/types.ts';
import { mapConcurrently } from '../map-concurrently.ts';

/** A judged release with its evidence. The evidence is unchecked, because other versions of awspip may have written it. */
export type JudgedRelease = {
  readonly name: ProjectName;
  readonly version: string;
  /** ISO 8601. */
  readonly updatedAt: string;
  readonly evidence: unknown;
};

type VerdictSummary = Pick<Verdict, 'outcome' | 'score' | 'reasons'>;

/** A release whose outcome would change under the other policy. */
export type Change = {
  readonly name: ProjectName;
  readonly version: string;
  readonly before: VerdictSummary;
  readonly after: VerdictSummary;
  /** Whether a person has approved it, so that it is allowed under either policy. */
  readonly approved: boolean;
};

/** How many vettings that allowed all of their releases another policy would have stopped. */
export type StoppedVettings = {
  readonly total: number;
  readonly stopped: number;
  /** False if there are more on record. */
  readonly complete: boolean;
};

/** The result of a replay. `awspip policy replay --json` prints it. */
export type Replay = {
  readonly policyVersion: string;
  readonly replayed: number;
  readonly changes: readonly Change[];
  /** Releases whose evidence is missing, truncated or unreadable, or about another index. */
  readonly without: readonly string[];
  /** The number of releases for which a source was asked again. */
  readonly asked: number;
  /** Vettings that allowed all of their releases, and how many of them the policy would have stopped. */
  readonly vettings?: StoppedVettings | undefined;
  /** The signals that a verdict needs and neither the evidence nor a source has. */
  readonly notRecorded: readonly {
    readonly name: ProjectName;
    readonly version: string;
    readonly signals: readonly string[];
  }[];
};

/** Asks the sources again for the signals of a release. */
export type AskAgain = {
  readonly ask: (name: ProjectName, version: string) => Promise<Signals>;
  readonly close: () => Promise<void>;
};

/**
 * Judges the recorded signals under another policy, each release at the time of its verdict, and returns the changes.
 * Name similarity is computed again, because the policy decides which names are protected. `asked` has newer signals of
 * releases, which replace those that the evidence only bounds or lacks.
 */
export function replay(
  releases: readonly JudgedRelease[],
  policy: Policy,
  similar: (name: ProjectName) => readonly SimilarName[],
  asked: ReadonlyMap<string, Signals> = new Map(),
): Replay {
  const version = policyVersion(policy);
  const changes: Change[] = [];
  const without: string[] = [];
  const notRecorded: Replay['notRecorded'][number][] = [];
  for (const release of releases) {
    const again = judgeAgain(release, policy, version, similar, asked.get(keyOf(release)));
    if (again === undefined) {
      without.push(keyOf(release));
      continue;
    }
    if (again.change.before.outcome !== again.change.after.outcome) changes.push(again.change);
    if (again.open.length > 0) {
      notRecorded.push({ name: release.name, version: release.version, signals: again.open });
    }
  }
  const replayed = releases.length - without.length;
  return { policyVersion: version, replayed, changes, without, asked: asked.size, notRecorded };
}

/** The most releases for which sources are asked again, because pypistats answers thirty requests per minute. */
const maxAsked = 100;
const maxConcurrent = 8;

/** Replays, and asks the sources again for signals that a verdict needs and the evidence only bounds or lacks. */
export async function replayAgain(
  releases: readonly JudgedRelease[],
  policy: Policy,
  similar: (name: ProjectName) => readonly SimilarName[],
  open: () => Promise<AskAgain>,
): Promise<Replay> {
  const first = replay(releases, policy, similar);
  if (first.notRecorded.length === 0) return first;
  const asked = new Map<string, Signals>();
  const { ask, close } = await open();
  try {
    await mapConcurrently(first.notRecorded.slice(0, maxAsked), maxConcurrent, async ({ name, version }) => {
      const signals = await ask(name, version).catch(() => undefined);
      if (signals !== undefined) asked.set(keyOf({ name, version }), signals);
    });
  } finally {
    await close();
  }
  return replay(releases, policy, similar, asked);
}

const keyOf = ({ name, version }: Pick<JudgedRelease, 'name' | 'version'>): string => `${name} ${version}`;

type Evidence = {
  readonly signals: Signals;
  readonly verdict: Verdict;
  readonly judgedAt?: string;
  readonly approval?: { readonly kind?: string };
};

function judgeAgain(
  { name, version, updatedAt, evidence: recorded }: JudgedRelease,
  policy: Policy,
  policyVersion: string,
  similar: (name: ProjectName) => readonly SimilarName[],
  newer: Signals | undefined,
): { readonly change: Change; readonly open: readonly string[] } | undefined {
  const evidence = readEvidence(recorded);
  // Signals of the project on one index say nothing about that of the same name on another.
  if (evidence === undefined || indexOf(name, policy.indexes)?.url !== evidence.signals.index?.value) return undefined;
  const now = Date.parse(evidence.judgedAt ?? updatedAt);
  if (Number.isNaN(now)) return undefined;
  try {
    const recordedSignals = { ...evidence.signals, similar: similar(name) };
    const signals = newer === undefined ? recordedSignals : completed(recordedSignals, newer);
    // The files of a release that the assessment rejected were not inspected.
    const applied = signals.installCode === undefined ? withoutInstallCode(policy) : policy;
    const after = judge({ name, version, signals, policy: applied, now, policyVersion });
    const approved = evidence.approval?.kind === 'approve';
    const change = { name, version, before: summarise(evidence.verdict), after: summarise(after), approved };
    return { change, open: openSignals(after, signals) };
  } catch {
    // Another version of awspip may have recorded the signals in another form.
    return undefined;
  }
}

type Recorded = Readonly<Partial<Record<string, Signal<unknown>>>>;

/** Checks whether the evidence has no value of a signal, or only a bound. */
function isOpen(signal: Signal<unknown> | undefined): boolean {
  return signal === undefined || (signal.known && signal.lowerBound === true);
}

/** Returns the signals without a recorded value that leave a finding unknown. */
function openSignals({ findings }: Verdict, signals: Signals): string[] {
  const names = findings
    .filter(({ state, signal }) => state === 'unknown' && signal !== 'installCode')
    .flatMap(({ signal }) => signal.split(', '))
    .filter((name) => !alwaysPresent.has(name) && isOpen((signals as unknown as Recorded)[name]));
  return [...new Set(names)];
}

/** Signals without a source, which are no `Signal`. */
const alwaysPresent = new Set(['name', 'version', 'rank', 'similar', '']);

/** Returns recorded signals with newer values for those that have none or only a bound. */
function completed(recorded: Signals, newer: Signals): Signals {
  const added = Object.entries(newer as unknown as Recorded).filter(
    ([name, signal]) =>
      !alwaysPresent.has(name) &&
      name !== 'installCode' &&
      signal?.known &&
      isOpen((recorded as unknown as Recorded)[name]),
  );
  const noted = added.map(([name, signal]) => [name, { ...signal, note: 'asked again' }]);
  return { ...recorded, ...Object.fromEntries(noted) };
}

function readEvidence(evidence: unknown): Evidence | undefined {
  const { signals, verdict } = (typeof evidence === 'object' && evidence !== null ? evidence : {}) as Partial<Evidence>;
  const outcome = verdict?.outcome;
  if (typeof signals !== 'object' || signals === null) return undefined;
  return outcome === 'ALLOWED' || outcome === 'HELD' || outcome === 'BLOCKED' ? (evidence as Evidence) : undefined;
}

function summarise({ outcome, score, reasons }: VerdictSummary): VerdictSummary {
  return { outcome, score, reasons };
}
