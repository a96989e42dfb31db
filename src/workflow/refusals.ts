import type { Verdict } from '../firewall/types.ts';
import type { Release } from '../index/types.ts';
import type { ReleaseChange } from '../vetting/store-types.ts';
import type { Refusal, ReleaseRecord, RequestStatus } from '../vetting/types.ts';

const maxRefusals = 20;
/** Leaves room for the rest of a request's record within 4 KB: one read unit per poll. */
const maxRefusalBytes = 3_000;

/** Cuts a text that others wrote. */
export const cut = (text: string, length: number): string =>
  text.length <= length ? text : `${text.slice(0, length - 1)}…`;

/** The facts of a verdict that stay with the release's record. */
export function verdictFacts({
  level,
  score,
  reasons,
  similarPackages,
  heldUntil,
  policyVersion,
}: Verdict): ReleaseChange {
  return {
    riskLevel: level,
    score,
    reasons: reasons.slice(0, 20).map(({ text, points }) => ({ text: cut(text, 200), points })),
    similarPackages: similarPackages.slice(0, 10),
    heldUntil,
    policyVersion,
  };
}

/**
 * Why a release on record may not be taken in this execution; undefined when it may, or may be judged again: BLOCKED
 * lapses with the policy's version, HELD with the next request unless only its age is wrong, ERROR with the next
 * execution.
 */
export function knownRefusal(
  record: ReleaseRecord | undefined,
  at: { readonly execution: string; readonly startedAt: string; readonly policyVersion: string; readonly now: number },
): Refusal | undefined {
  if (record === undefined) return undefined;
  const samePolicy = record.policyVersion === at.policyVersion;
  const tooYoung = record.heldUntil !== undefined && Date.parse(record.heldUntil) > at.now;
  const stands =
    (record.status === 'BLOCKED' && samePolicy) ||
    (record.status === 'HELD' && samePolicy && (tooYoung || record.updatedAt >= at.startedAt)) ||
    (record.status === 'ERROR' && record.execution === at.execution);
  return stands ? refusalOf(record) : undefined;
}

function refusalOf(record: ReleaseRecord): Refusal {
  const { name, version, riskLevel, score, reasons = [], similarPackages = [], heldUntil, cause } = record;
  const kind = record.status === 'BLOCKED' || record.status === 'HELD' ? record.status : 'ERROR';
  const facts = kind === 'ERROR' ? { reasons: [] } : { riskLevel, score, reasons, heldUntil };
  return { name, version, kind, ...facts, similarPackages, detail: cause, fatal: false };
}

/** ISO time from which a release is old enough for the policy; undefined if it is, or if its age is unknown. */
export function cooldownEnd(uploadTime: string | undefined, cooldownSeconds: number, now: number): string | undefined {
  const uploaded = uploadTime === undefined ? Number.NaN : Date.parse(uploadTime);
  const until = uploaded + cooldownSeconds * 1000;
  // Upstream may say any time; a Date holds no later one than this.
  return Number.isNaN(until) || until <= now ? undefined : new Date(Math.min(until, 8.64e15)).toISOString();
}

/** The refusal of a release that is too young, in the firewall's words for it. */
export function cooldownRefusal(release: Release, heldUntil: string, cooldownSeconds: number): Refusal {
  const days = Math.round(cooldownSeconds / 8640) / 10;
  const text = `Released less than ${days} ${days === 1 ? 'day' : 'days'} ago`;
  return { ...release, kind: 'HELD', reasons: [{ text }], similarPackages: [], heldUntil, fatal: false };
}

/** What a verdict says against a release; undefined when it is allowed. */
export function verdictRefusal(release: Release, verdict: Verdict): Refusal | undefined {
  if (verdict.outcome === 'ALLOWED') return undefined;
  const { riskLevel, score, reasons = [], similarPackages = [], heldUntil } = verdictFacts(verdict);
  const facts = { riskLevel, score, reasons, similarPackages, heldUntil };
  return { ...release, kind: verdict.outcome, ...facts, fatal: false };
}

/** The refusals that find room in a request's record, fatal ones first, and how many do not. */
export function boundRefusals(refusals: readonly Refusal[]): { refusals: Refusal[]; refusalsOmitted: number } {
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
    reasons: refusal.reasons.slice(0, 8).map(({ text, points }) => ({ text: cut(text, 160), points })),
    similarPackages: refusal.similarPackages.slice(0, 5),
    detail: refusal.detail === undefined ? undefined : cut(refusal.detail, 300),
  };
}

/** What fatal refusals make of a request: what no waiting mends comes first. Undefined when none is fatal. */
export function refusedStatus(refusals: readonly Refusal[]): Exclude<RequestStatus, 'CHECK' | 'SECURE'> | undefined {
  const kinds = new Set(refusals.filter(({ fatal }) => fatal).map(({ kind }) => kind));
  if (kinds.has('BLOCKED') || kinds.has('NOT_FOUND')) return 'BLOCKED';
  if (kinds.has('HELD')) return 'HELD';
  return kinds.has('ERROR') ? 'ERROR' : undefined;
}
