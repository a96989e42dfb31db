import type { ObservedOutcome } from '../vetting/types.ts';
import { truncate } from './refusals.ts';

const maxReasons = 5;

/** Returns the strictest of the verdicts that observe mode did not apply, with the reasons of all; undefined for none. */
export function joinObserved(all: readonly (ObservedOutcome | undefined)[]): ObservedOutcome | undefined {
  const found = all.filter((each) => each !== undefined);
  if (found.length === 0) return undefined;
  const reasons = [...new Set(found.flatMap((each) => each.reasons))].slice(0, maxReasons);
  return {
    outcome: found.some(({ outcome }) => outcome === 'BLOCKED') ? 'BLOCKED' : 'HELD',
    reasons: reasons.map((text) => truncate(text, 200)),
  };
}
