import { withoutInstallCode } from '../firewall/conditions/policy-conditions.ts';
import { judge } from '../firewall/judge.ts';
import { type Policy, policyVersion } from '../firewall/policy.ts';
import type { Signals, SimilarName, Verdict } from '../firewall/types.ts';
import type { ProjectName } from '../index/types.ts';

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

/** The result of a replay. `awspip policy replay --json` prints it. */
export type Replay = {
  readonly policyVersion: string;
  readonly replayed: number;
  readonly changes: readonly Change[];
  /** Releases whose evidence is missing, truncated or unreadable. */
  readonly without: readonly string[];
};

/**
 * Judges the recorded signals under another policy, each release at the time of its verdict, and returns the changes.
 * Name similarity is computed again, because the policy decides which names are protected.
 */
export function replay(
  releases: readonly JudgedRelease[],
  policy: Policy,
  similar: (name: ProjectName) => readonly SimilarName[],
): Replay {
  const version = policyVersion(policy);
  const changes: Change[] = [];
  const without: string[] = [];
  for (const release of releases) {
    const change = judgeAgain(release, policy, version, similar);
    if (change === undefined) without.push(`${release.name} ${release.version}`);
    else if (change.before.outcome !== change.after.outcome) changes.push(change);
  }
  return { policyVersion: version, replayed: releases.length - without.length, changes, without };
}

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
): Change | undefined {
  const evidence = readEvidence(recorded);
  if (evidence === undefined) return undefined;
  const now = Date.parse(evidence.judgedAt ?? updatedAt);
  if (Number.isNaN(now)) return undefined;
  try {
    const signals = { ...evidence.signals, similar: similar(name) };
    // The files of a release that the assessment rejected were not inspected.
    const applied = signals.installCode === undefined ? withoutInstallCode(policy) : policy;
    const after = judge({ name, version, signals, policy: applied, now, policyVersion });
    const approved = evidence.approval?.kind === 'approve';
    return { name, version, before: summarise(evidence.verdict), after: summarise(after), approved };
  } catch {
    // Another version of awspip may have recorded the signals in another form.
    return undefined;
  }
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
