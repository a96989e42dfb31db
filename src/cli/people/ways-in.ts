import type { Refusal } from '../../vetting/types.ts';
import { typed } from './spec.ts';

/** Refusals whose lines to type are printed; a person decides about one release at a time. */
const mostTold = 3;

/** The exact lines to type about a refusal or a hold: to see why, and to decide otherwise. */
export function presentDecision(refusal: Refusal): readonly string[] {
  const { kind, version, reasons } = refusal;
  if (kind !== 'BLOCKED' && kind !== 'HELD') return [];
  const release = typed(refusal);
  const whole = `the whole arithmetic: \`awspip explain ${release}\``;
  const isMalware = reasons.some(({ text }) => text.startsWith('Known malware'));
  if (version === null || isMalware) return [whole];
  return [whole, `to let it in all the same: \`awspip approve ${release} --reason "…"\``];
}

/** The lines for the first few of many. */
export function presentDecisions(refusals: readonly Refusal[]): readonly string[] {
  const undecided = refusals.filter(({ kind }) => kind === 'BLOCKED' || kind === 'HELD');
  return undecided.slice(0, mostTold).flatMap(presentDecision);
}
