import type { ConditionRule, Policy } from '../policy.ts';
import { type Condition, readCondition } from './condition.ts';
import { conditionSignals } from './signal-table.ts';

const isOwn = (rule: Policy['rules'][number]): rule is ConditionRule => rule.signal === undefined;

/** Returns the conditions of a policy's own rules and gates. */
export function policyConditions({ rules, gates }: Policy): readonly Condition[] {
  return [...rules.filter(isOwn), ...gates.own].map(({ when }) => readCondition(when));
}

/** Checks whether a condition of the policy uses a signal. */
export function usesSignal(policy: Policy, signal: string): boolean {
  return policyConditions(policy).some((condition) => hasSignal(condition, signal));
}

const hasSignal = ({ names }: Condition, signal: string): boolean =>
  names.some((name) => conditionSignals[name]?.signal === signal);

/** Returns the downloads below which the exact number can change a verdict; infinite if every number can. */
export function downloadsThreshold(policy: Policy): number {
  const builtIn = policy.rules.map((rule) => (rule.signal === 'downloads' ? rule.below : 0));
  const own = policyConditions(policy).flatMap(({ usesFreely, comparisons }) => {
    if (usesFreely('downloads')) return [Number.POSITIVE_INFINITY];
    return comparisons.filter(({ name }) => name === 'downloads').map(({ limit = 0 }) => limit);
  });
  return Math.max(0, ...builtIn, ...own);
}

/** The names that a condition on install-time code can use, because the workflow inspects files on their own. */
const namesWithInstallCode = ['installCode', 'name', 'version', 'isPrerelease', 'isRanked'];

/** Checks whether a condition is about install-time code. */
export const usesInstallCode = (when: string): boolean => hasSignal(readCondition(when), 'installCode');

/** Returns the name that a condition on install-time code cannot use; undefined if it uses none. */
export function nameBesideInstallCode(when: string): string | undefined {
  return usesInstallCode(when)
    ? readCondition(when).names.find((name) => !namesWithInstallCode.includes(name))
    : undefined;
}

/** Returns a policy for releases whose files are inspected later, or were not inspected. */
export function withoutInstallCode(policy: Policy): Policy {
  const { gates } = policy;
  return {
    ...policy,
    gates: {
      ...gates,
      installCode: { ...gates.installCode, enabled: false },
      own: gates.own.filter(({ when }) => !usesInstallCode(when)),
    },
  };
}
