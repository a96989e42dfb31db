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

/** A mode that was set for a deployment, over that of the policy. */
type ModeSwitch = { readonly mode: Policy['mode'] | 'file'; readonly until?: string | undefined };

/** Returns the same policy object while neither the policy nor the mode changes, so that what depends on it is kept. */
export function openModes(): typeof inMode {
  let last: { readonly policy: Policy; readonly result: Policy; readonly key: string } | undefined;
  return (policy, set, now) => {
    const key = JSON.stringify(isSet(set, now) ? [set.mode, set.until] : []);
    if (last?.policy !== policy || last.key !== key) last = { policy, key, result: inMode(policy, set, now) };
    return last.result;
  };
}

const isSet = (set: ModeSwitch | undefined, now: number): set is ModeSwitch =>
  set !== undefined && set.mode !== 'file' && isCurrent(set, now);

/**
 * Returns a policy in the mode that was set for the deployment. A switch to `observe` is about everything.
 *
 * @param now epoch milliseconds; after its `until`, the switch has no effect
 */
export function inMode(policy: Policy, set: ModeSwitch | undefined, now: number): Policy {
  if (!isSet(set, now)) return policy;
  const { observe: _, ...others } = policy;
  return set.mode === 'enforce'
    ? { ...others, mode: 'enforce' }
    : { ...others, mode: 'observe', observe: { until: set.until } };
}

/** Returns a check whether a policy observes what a gate found about a project. `now` returns epoch milliseconds. */
export function observes(policy: Modes, now: () => number): (gate: string, name: ProjectName) => boolean {
  return (rule, name) => observedFor(policy, name, now())?.finding({ rule, state: 'fired' }) === true;
}

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
