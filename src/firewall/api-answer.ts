import type { Assessment, Finding, Verdict } from './types.ts';

/** The answer of `GET /package-check`: the seed's shape, key by key. */
export type PackageCheck = {
  readonly message: string;
  readonly package_name: string;
  readonly platform: 'pypi';
  readonly reasons: Readonly<Record<string, string>>;
  readonly risk_level: string;
  readonly score: number;
  readonly similar_packages: readonly string[];
  readonly status: string;
  readonly version: string | null;
  readonly evidence?: Evidence;
};

/** Everything behind an answer. */
type Evidence = {
  readonly outcome: Verdict['outcome'];
  readonly policy_version: string;
  /** What was judged, when no version was asked for. */
  readonly judged_version: string | null;
  /** Unknown signals counting nothing, and counting all. */
  readonly best_score: number;
  readonly worst_score: number;
  readonly held_until?: string | undefined;
  readonly rank: number | null;
  readonly signals: readonly Finding[];
  readonly would_change_the_verdict: readonly string[];
  /** Facts beside the rules, whether or not a gate asks for them. */
  readonly facts: Readonly<Record<string, unknown>>;
};

type Asked = {
  readonly name: string;
  readonly version: string | null;
  readonly explain: boolean;
};

const factNames = [
  'projectStatus',
  'firstReleasedAt',
  'yanked',
  'distributions',
  'repository',
  'repositoryArchived',
  'vulnerabilities',
  'installCode',
  'attested',
  'fixes',
] as const;

/** Words for an assessment. The score is the worst case, so that no reader takes an unknown for a nought. */
export function packageCheck({ verdict, signals, version }: Assessment, asked: Asked): PackageCheck {
  const answer: PackageCheck = {
    message: message(verdict),
    package_name: asked.name,
    platform: 'pypi',
    reasons: Object.fromEntries(verdict.reasons.map((reason) => [reason.text, weight(reason, verdict)])),
    risk_level: verdict.level,
    score: verdict.score.max,
    similar_packages: verdict.similarPackages,
    status: { ALLOWED: 'OK', HELD: 'Held', BLOCKED: 'Warning' }[verdict.outcome],
    version: asked.version,
  };
  if (!asked.explain) return answer;
  const evidence: Evidence = {
    outcome: verdict.outcome,
    policy_version: verdict.policyVersion,
    judged_version: version,
    best_score: verdict.score.min,
    worst_score: verdict.score.max,
    held_until: verdict.heldUntil,
    rank: signals.rank,
    signals: verdict.findings,
    would_change_the_verdict: wouldChange(verdict),
    facts: Object.fromEntries(
      factNames.flatMap((fact) => (signals[fact] === undefined ? [] : [[fact, signals[fact]]])),
    ),
  };
  return { ...answer, evidence };
}

function message({ outcome, score, heldUntil }: Verdict): string {
  if (outcome === 'ALLOWED') return 'Low risk package';
  if (outcome === 'BLOCKED') return 'High risk package';
  if (heldUntil !== undefined) return `Package held until ${heldUntil}`;
  return score.min === score.max ? 'Package held for a person to decide' : 'Package held: its risk is not known';
}

function weight({ text, points }: Verdict['reasons'][number], { findings }: Verdict): string {
  if (points !== undefined) return `+${points} points`;
  const finding = findings.find((one) => one.text === text);
  if (finding?.gate !== undefined) return finding.gate === 'block' ? 'blocks' : 'holds';
  return finding?.points === undefined ? 'no points' : `up to +${finding.points} points`;
}

/** What would have to become otherwise, one line each; empty for what is allowed. */
function wouldChange({ outcome, findings, heldUntil }: Verdict): readonly string[] {
  if (outcome === 'ALLOWED') return [];
  const waiting = heldUntil === undefined ? [] : [`waiting until ${heldUntil}`];
  const unknown = findings
    .filter(({ state, gate, points }) => state === 'unknown' && (gate === 'hold' || (points ?? 0) > 0))
    .map(({ signal, source }) => `learning \`${signal}\`, which ${source} did not say`);
  const fired = findings
    .filter(({ state, rule }) => state === 'fired' && rule !== 'cooldown' && rule !== 'allowList')
    .map(({ text }) => `\`${text}\` no longer being true`);
  return [...waiting, ...unknown, ...fired, 'an entry in the allow list of the policy'];
}
