import type { Verdict } from '../firewall/types.ts';
import type { Release } from '../index/types.ts';
import type { ReleaseChange } from '../vetting/store-types.ts';
import type { Refusal, ReleaseRecord, RequestStatus } from '../vetting/types.ts';

const maxRefusals = 20;
/** Keeps a request's record within 4 KB, so that each poll costs one read unit. */
const maxRefusalBytes = 3_000;

/** Limits the length of a text from another source. */
export const truncate = (text: string, length: number): string =>
  text.length <= length ? text : `${text.slice(0, length - 1)}…`;

/** Returns the facts of a verdict that a release's record keeps. */
export function verdictFacts({
  level,
  score,
  reasons,
  similarPackages,
  heldUntil,
  scope,
  policyVersion,
  outcome,
  findings,
  observed,
}: Verdict): ReleaseChange {
  return {
    riskLevel: level,
    score,
    reasons: reasons.slice(0, 20).map(({ text, points }) => ({ text: truncate(text, 200), points })),
    similarPackages: similarPackages.slice(0, 10),
    heldUntil,
    scope,
    policyVersion,
    unknownSources: outcome === 'HELD' ? unknownSources(findings) : undefined,
    observed: observed && {
      outcome: observed.outcome,
      reasons: observed.reasons.slice(0, 5).map(({ text }) => truncate(text, 200)),
    },
  };
}

/** Returns the sources whose missing answers hold a release or leave its score open. */
function unknownSources(findings: Verdict['findings']): readonly string[] | undefined {
  const open = findings.filter(
    ({ state, gate, points = 0 }) => state === 'unknown' && (gate === 'hold' || (gate === undefined && points > 0)),
  );
  const sources = [...new Set(open.map(({ source }) => truncate(source, 60)))];
  return sources.length === 0 ? undefined : sources.slice(0, 5);
}

/**
 * Returns the recorded reason against a release, or undefined if this execution may choose or assess it. BLOCKED is
 * stale under another policy version, and HELD in the next request unless it is within cooldown. An ERROR is no reason:
 * a service that fails doesn't change which release is chosen.
 */
export function recordedRefusal(
  record: ReleaseRecord | undefined,
  current: {
    readonly startedAt: string;
    readonly policyVersion: string;
    readonly now: number;
  },
): Refusal | undefined {
  if (record === undefined) return undefined;
  const hasSamePolicy = record.policyVersion === current.policyVersion;
  const isWithinCooldown = record.heldUntil !== undefined && Date.parse(record.heldUntil) > current.now;
  const isValid =
    (record.status === 'BLOCKED' && hasSamePolicy) ||
    (record.status === 'HELD' && hasSamePolicy && (isWithinCooldown || record.updatedAt >= current.startedAt));
  return isValid ? refusalOfRecord(record) : undefined;
}

/** Returns the refusal that a BLOCKED or HELD record holds; undefined for any other status. */
export function refusalOfRecord(record: ReleaseRecord): Refusal | undefined {
  const { name, version, status, riskLevel, score, reasons = [], similarPackages = [], heldUntil, cause } = record;
  if (status !== 'BLOCKED' && status !== 'HELD') return undefined;
  const { unknownSources } = record;
  const facts = { riskLevel, score, reasons, heldUntil, similarPackages, detail: cause, unknownSources };
  return { name, version, kind: status, ...facts, fatal: false };
}

/** Returns the ISO time at which a release's cooldown ends, or undefined if it has ended or the age is unknown. */
export function cooldownEnd(uploadTime: string | undefined, cooldownSeconds: number, now: number): string | undefined {
  const uploaded = uploadTime === undefined ? Number.NaN : Date.parse(uploadTime);
  const until = uploaded + cooldownSeconds * 1000;
  // Upstream can report any time, and 8.64e15 is the latest that a Date represents.
  return Number.isNaN(until) || until <= now ? undefined : new Date(Math.min(until, 8.64e15)).toISOString();
}

/** Returns the refusal of a release within cooldown, with the text of the firewall's gate. */
export function cooldownRefusal(release: Release, heldUntil: string, cooldownSeconds: number): Refusal {
  const days = Math.round(cooldownSeconds / 8640) / 10;
  const text = `Released less than ${days} ${days === 1 ? 'day' : 'days'} ago`;
  return { ...ageRefusal(release, text), heldUntil };
}

/** Returns the refusal of a release that is too new. */
export function ageRefusal(release: Release, text: string): Refusal {
  return { ...release, kind: 'HELD', reasons: [{ text }], similarPackages: [], fatal: false };
}

/** Returns the refusal of a release whose only fitting file is withheld. */
export function fileRefusal(release: Release, kind: 'BLOCKED' | 'HELD', reasons: readonly string[]): Refusal {
  return { ...release, kind, reasons: reasons.map((text) => ({ text })), similarPackages: [], fatal: false };
}

/** Returns the refusal of a release by a verdict, or undefined when the verdict allows it. */
export function verdictRefusal(release: Release, verdict: Verdict): Refusal | undefined {
  if (verdict.outcome === 'ALLOWED') return undefined;
  const { riskLevel, score, reasons = [], similarPackages = [], heldUntil, unknownSources } = verdictFacts(verdict);
  const facts = { riskLevel, score, reasons, similarPackages, heldUntil, unknownSources };
  return { ...release, kind: verdict.outcome, ...facts, fatal: false };
}

/** Returns the refusals that fit into a request's record, fatal ones first, and the number left out. */
export function limitRefusals(refusals: readonly Refusal[]): { refusals: Refusal[]; refusalsOmitted: number } {
  const ordered = [...refusals.filter(({ fatal }) => fatal), ...refusals.filter(({ fatal }) => !fatal)].map(shortened);
  const kept: Refusal[] = [];
  let bytes = 0;
  for (const refusal of ordered.slice(0, maxRefusals)) {
    bytes += Buffer.byteLength(JSON.stringify(refusal));
    if (kept.length > 0 && bytes > maxRefusalBytes) break;
    kept.push(refusal);
  }
  return { refusals: kept, refusalsOmitted: refusals.length - kept.length };
}

function shortened(refusal: Refusal): Refusal {
  return {
    ...refusal,
    reasons: refusal.reasons.slice(0, 8).map(({ text, points }) => ({ text: truncate(text, 240), points })),
    similarPackages: refusal.similarPackages.slice(0, 5),
    detail: refusal.detail === undefined ? undefined : truncate(refusal.detail, 300),
  };
}

/**
 * Returns a request's status from its fatal refusals, or undefined when none is fatal. Refusals that don't change with
 * time come first.
 */
export function statusOfRefusals(refusals: readonly Refusal[]): Exclude<RequestStatus, 'CHECK' | 'SECURE'> | undefined {
  const kinds = new Set(refusals.filter(({ fatal }) => fatal).map(({ kind }) => kind));
  if (kinds.has('BLOCKED') || kinds.has('NOT_FOUND')) return 'BLOCKED';
  if (kinds.has('HELD')) return 'HELD';
  return kinds.has('ERROR') ? 'ERROR' : undefined;
}
