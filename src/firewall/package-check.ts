import { pointsText } from './points-text.ts';
import type { Assessment, Finding, FurtherSignals, Verdict } from './types.ts';

/** The response body of `GET /package-check`, in the format of the original system. */
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

/** The details of a verdict. */
type Evidence = {
  readonly outcome: Verdict['outcome'];
  readonly policy_version: string;
  /** The judged version, which is the newest if the request names none. */
  readonly judged_version: string | null;
  /** The score if unknown signals count no points. */
  readonly best_score: number;
  /** The score if unknown signals count all points. */
  readonly worst_score: number;
  readonly held_until?: string | undefined;
  readonly rank: number | null;
  readonly signals: readonly Finding[];
  readonly would_change_the_verdict: readonly string[];
  /** The signals of the gates, including disabled ones. */
  readonly facts: Readonly<Record<string, unknown>>;
};

type CheckRequest = {
  readonly name: string;
  readonly version: string | null;
  readonly explain: boolean;
};

/** Every signal of a gate. A new one does not compile until it is here. */
const isFact: Readonly<Record<keyof FurtherSignals | 'projectStatus', true>> = {
  projectStatus: true,
  firstReleasedAt: true,
  yanked: true,
  distributions: true,
  repository: true,
  repositoryArchived: true,
  vulnerabilities: true,
  installCode: true,
  attested: true,
  fixes: true,
  licence: true,
};

/** The signals that an explained answer contains. */
export const factNames = Object.keys(isFact) as readonly (keyof typeof isFact)[];

/**
 * Returns the response body for an assessment. Its score is the worst case, so that unknown signals never count as 0. Its
 * level is Green for a release that a person allowed, because clients of the original system read only the level.
 */
export function packageCheck({ verdict, signals, version }: Assessment, request: CheckRequest): PackageCheck {
  const response: PackageCheck = {
    message: message(verdict),
    package_name: request.name,
    platform: 'pypi',
    reasons: Object.fromEntries(scoredReasons(verdict).map((reason) => [reason.text, weight(reason, verdict)])),
    risk_level: verdict.outcome === 'ALLOWED' ? 'Green' : verdict.level,
    score: verdict.score.max,
    similar_packages: verdict.similarPackages,
    status: { ALLOWED: 'OK', HELD: 'Held', BLOCKED: 'Warning' }[verdict.outcome],
    version: request.version,
  };
  if (!request.explain) return response;
  const evidence: Evidence = {
    outcome: verdict.outcome,
    policy_version: verdict.policyVersion,
    judged_version: version,
    best_score: verdict.score.min,
    worst_score: verdict.score.max,
    held_until: verdict.heldUntil,
    rank: signals.rank,
    signals: verdict.findings,
    would_change_the_verdict: verdictChanges(verdict),
    facts: Object.fromEntries(
      factNames.flatMap((fact) => (signals[fact] === undefined ? [] : [[fact, signals[fact]]])),
    ),
  };
  return { ...response, evidence };
}

/** The response body for a project or version that does not exist. It has no risk, so its level and score are null. */
type PackageNotFound = Omit<PackageCheck, 'risk_level' | 'score' | 'evidence'> & {
  readonly risk_level: null;
  readonly score: null;
};

/** Returns the response body for a project or version that does not exist. */
export function packageNotFound(
  { missing, verdict }: Assessment,
  { name, version }: Omit<CheckRequest, 'explain'>,
): PackageNotFound {
  return {
    message: missing === 'version' ? 'Version not found' : 'Package not found',
    package_name: name,
    platform: 'pypi',
    reasons: {},
    risk_level: null,
    score: null,
    similar_packages: verdict.similarPackages,
    status: 'Not found',
    version,
  };
}

/** Returns the reasons of a verdict with the unknown signals that its worst score counts, so that the points agree. */
function scoredReasons({ reasons, findings }: Verdict): Verdict['reasons'] {
  const unknown = findings.filter(
    ({ state, points = 0, text }) =>
      state === 'unknown' && points > 0 && !reasons.some((reason) => reason.text === text),
  );
  return [...reasons, ...unknown.map(({ text }) => ({ text }))];
}

function message({ outcome, level, score, heldUntil }: Verdict): string {
  if (outcome === 'ALLOWED') return level === 'Green' ? 'Low risk package' : 'Allowed by a person';
  if (outcome === 'BLOCKED') return 'High risk package';
  if (heldUntil !== undefined) return `Package on hold until ${heldUntil}`;
  return score.min === score.max ? 'Package on hold: a person must decide' : 'Package on hold: its risk is unknown';
}

function weight({ text, points }: Verdict['reasons'][number], { findings }: Verdict): string {
  if (points !== undefined) return `${pointsText(points)} points`;
  const finding = findings.find((candidate) => candidate.text === text);
  if (finding?.gate !== undefined) return finding.gate === 'block' ? 'blocks' : 'holds';
  return finding?.points === undefined ? 'no points' : `up to ${pointsText(finding.points)} points`;
}

/** Returns the changes that could change the verdict; empty for an allowed release. */
function verdictChanges({ outcome, findings, heldUntil }: Verdict): readonly string[] {
  if (outcome === 'ALLOWED') return [];
  const waiting = heldUntil === undefined ? [] : [`the end of the cooldown at ${heldUntil}`];
  const unknown = findings
    .filter(({ state, gate, points }) => state === 'unknown' && (gate === 'hold' || (points ?? 0) > 0))
    .map(({ signal, source }) => `a value for \`${signal}\`, which is unknown (${source})`);
  const fired = findings
    .filter(({ state, rule }) => state === 'fired' && rule !== 'cooldown' && rule !== 'allowList')
    .map(({ text }) => `\`${text}\` is no longer true`);
  return [...waiting, ...unknown, ...fired, 'an entry in the allow list of the policy'];
}
