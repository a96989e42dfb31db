import { judge } from '../firewall/judge.ts';
import { type Policy, policyVersion } from '../firewall/policy.ts';
import type { Signals, SimilarName, Verdict } from '../firewall/types.ts';
import type { ProjectName } from '../index/types.ts';

/** A release as it was decided, with the evidence beside its record, which others wrote. */
export type Decided = {
  readonly name: ProjectName;
  readonly version: string;
  /** ISO. */
  readonly updatedAt: string;
  readonly evidence: unknown;
};

type Judged = Pick<Verdict, 'outcome' | 'score' | 'reasons'>;

/** A release that the other policy would decide otherwise. */
export type Change = {
  readonly name: ProjectName;
  readonly version: string;
  readonly before: Judged;
  readonly after: Judged;
  /** A person approved it since: it comes in under either policy. */
  readonly approved: boolean;
};

export type Replay = {
  readonly policyVersion: string;
  readonly replayed: number;
  readonly changes: readonly Change[];
  /** Releases on record whose evidence is missing, cut or unreadable. */
  readonly without: readonly string[];
};

/**
 * What would change if the facts on record were judged under another policy, each at the time it was judged. Names are
 * compared anew, for what may not be resembled is the policy's to say.
 */
export function replay(
  decided: readonly Decided[],
  policy: Policy,
  similar: (name: ProjectName) => readonly SimilarName[],
): Replay {
  const version = policyVersion(policy);
  const changes: Change[] = [];
  const without: string[] = [];
  for (const one of decided) {
    const change = rejudge(one, policy, version, similar);
    if (change === undefined) without.push(`${one.name} ${one.version}`);
    else if (change.before.outcome !== change.after.outcome) changes.push(change);
  }
  return { policyVersion: version, replayed: decided.length - without.length, changes, without };
}

type Evidence = {
  readonly signals: Signals;
  readonly verdict: Verdict;
  readonly judgedAt?: string;
  readonly approval?: { readonly kind?: string };
};

function rejudge(
  { name, version, updatedAt, evidence }: Decided,
  policy: Policy,
  policyVersion: string,
  similar: (name: ProjectName) => readonly SimilarName[],
): Change | undefined {
  const known = readEvidence(evidence);
  if (known === undefined) return undefined;
  const now = Date.parse(known.judgedAt ?? updatedAt);
  if (Number.isNaN(now)) return undefined;
  try {
    const signals = { ...known.signals, similar: similar(name) };
    const after = judge({ name, version, signals, policy, now, policyVersion });
    const approved = known.approval?.kind === 'approve';
    return { name, version, before: brief(known.verdict), after: brief(after), approved };
  } catch {
    return undefined; // facts that another version of awspip wrote down otherwise
  }
}

function readEvidence(evidence: unknown): Evidence | undefined {
  const { signals, verdict } = (typeof evidence === 'object' && evidence !== null ? evidence : {}) as Partial<Evidence>;
  const outcome = verdict?.outcome;
  if (typeof signals !== 'object' || signals === null) return undefined;
  return outcome === 'ALLOWED' || outcome === 'HELD' || outcome === 'BLOCKED' ? (evidence as Evidence) : undefined;
}

function brief({ outcome, score, reasons }: Judged): Judged {
  return { outcome, score, reasons };
}
