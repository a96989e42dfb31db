import { compareVersions } from '../../index/versions.ts';
import { releaseArgument } from '../../review/spec.ts';
import type { Refusal } from '../../vetting/types.ts';

/** Projects whose lines to type are printed; a person decides about one release at a time. */
const maxHints = 3;

/** The exact lines to type about a refusal or a hold: to see why, and to decide otherwise. */
export function presentDecision(refusal: Refusal): readonly string[] {
  const { kind, version, reasons } = refusal;
  if (kind !== 'BLOCKED' && kind !== 'HELD') return [];
  const release = releaseArgument(refusal);
  const whole = `the whole arithmetic: \`awspip explain ${release}\``;
  const isMalware = reasons.some(({ text }) => text.startsWith('Known malware'));
  if (version === null || isMalware) return [whole];
  return [whole, `to let it in all the same: \`awspip approve ${release} --reason "…"\``];
}

/** The lines for the newest refused release of each project; for the first few projects. */
export function presentDecisions(refusals: readonly Refusal[]): readonly string[] {
  const newest = new Map<string, Refusal>();
  for (const refusal of refusals.filter(({ kind }) => kind === 'BLOCKED' || kind === 'HELD')) {
    const before = newest.get(refusal.name);
    const isNewer = before === undefined || compareVersions(before.version ?? '', refusal.version ?? '') < 0;
    if (isNewer) newest.set(refusal.name, refusal);
  }
  return [...newest.values()].slice(0, maxHints).flatMap(presentDecision);
}
