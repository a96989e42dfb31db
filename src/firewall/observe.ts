import type { ProjectName } from '../index/types.ts';
import { fitsGlob, isCurrent } from './lists.ts';
import type { Policy } from './policy.ts';
import type { Finding } from './types.ts';

/** What a policy observes instead of enforcing it. */
export type Observed = {
  readonly finding: (finding: Pick<Finding, 'rule' | 'state'>) => boolean;
  /** Whether it observes the points of the rules. */
  readonly score: boolean;
};

/** The name that stands for the points of the rules in the list of observed gates. */
export const scoreName = 'score';

/** The gates and lists that are enforced in every mode, because nobody tries out whether known malware may be installed. */
export const alwaysEnforced: readonly string[] = ['malware', 'quarantined', 'blockList'];

type Modes = Pick<Policy, 'mode' | 'observe'>;

/**
 * Returns what a policy observes for a project; undefined if it enforces everything.
 *
 * @param now epoch milliseconds
 */
export function observedFor({ mode, observe = {} }: Modes, name: ProjectName, now: number): Observed | undefined {
  const { gates, names } = observe;
  if (mode === 'enforce' || !isCurrent(observe, now)) return undefined;
  if (names !== undefined && !names.some((pattern) => fitsGlob(pattern, name))) return undefined;
  const isNamed = (gate: string): boolean => gates === undefined || gates.includes(gate);
  return {
    // An unknown signal is no advisory.
    finding: ({ rule, state }) => isNamed(rule) && !(state === 'fired' && alwaysEnforced.includes(rule)),
    score: isNamed(scoreName),
  };
}
