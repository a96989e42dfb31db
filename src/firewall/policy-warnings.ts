import { readCondition } from './conditions/condition.ts';
import { isCurrent } from './lists.ts';
import type { Policy } from './policy.ts';

/** Something in a valid policy that is probably a mistake, with the key that it is about. */
export type PolicyWarning = { readonly key: string; readonly text: string };

/**
 * Returns the warnings about a policy.
 *
 * @param now epoch milliseconds
 */
export function policyWarnings(policy: Policy, now: number): readonly PolicyWarning[] {
  return [
    ...allowedNames(policy),
    ...expiredEntries(policy, now),
    ...unreachedLevels(policy),
    ...disabledMalware(policy),
    ...repeatedRules(policy),
    ...constantConditions(policy),
    ...observeWarnings(policy, now),
  ];
}

function allowedNames({ allow }: Policy): PolicyWarning[] {
  return allow.flatMap(({ name, versions }, index) =>
    /^\*+$/.test(name) && versions === undefined
      ? [{ key: `allow.${index}`, text: `\`${name}\` allows every release that no gate blocks` }]
      : [],
  );
}

function expiredEntries({ block, allow, ignore, gates }: Policy, now: number): PolicyWarning[] {
  const lists = { block, allow, ignore, 'gates.cooldown.except': gates.cooldown.except };
  return Object.entries(lists).flatMap(([key, entries]) =>
    entries.flatMap((entry, index) =>
      isCurrent(entry, now) ? [] : [{ key: `${key}.${index}`, text: `expired on ${entry.until}, so it has no effect` }],
    ),
  );
}

function unreachedLevels({ levels, rules }: Policy): PolicyWarning[] {
  const highest = rules.reduce((sum, { points }) => sum + Math.max(0, points), 0);
  return (['yellow', 'red'] as const).flatMap((level) =>
    levels[level] > highest
      ? [{ key: `levels.${level}`, text: `no score reaches ${levels[level]}; the points of all rules are ${highest}` }]
      : [],
  );
}

function disabledMalware({ gates }: Policy): PolicyWarning[] {
  return gates.malware.enabled ? [] : [{ key: 'gates.malware', text: 'the gate is off, so known malware can pass' }];
}

function observeWarnings({ mode, observe }: Policy, now: number): PolicyWarning[] {
  if (observe === undefined) return [];
  if (mode === 'enforce') return [{ key: 'observe', text: 'has no effect without `mode: observe`' }];
  if (isCurrent(observe, now)) return [];
  return [{ key: 'observe', text: `expired on ${observe.until}, so the policy is enforced` }];
}

/** Two rules on the same signal both count, which a list appended to that of the extended policy makes likely. */
function repeatedRules({ rules }: Policy): PolicyWarning[] {
  const seen = new Set<string>();
  return rules.flatMap(({ signal }, index) => {
    if (signal === undefined || !seen.has(signal)) {
      if (signal !== undefined) seen.add(signal);
      return [];
    }
    return [{ key: `rules.${index}`, text: `an earlier rule on \`${signal}\` counts too` }];
  });
}

function constantConditions({ rules, gates }: Policy): PolicyWarning[] {
  const conditions = [
    ...rules.map((rule, index) => ({
      key: `rules.${index}.when`,
      when: rule.signal === undefined ? rule.when : undefined,
    })),
    ...gates.own.map(({ when }, index) => ({ key: `gates.own.${index}.when`, when })),
  ];
  return conditions.flatMap(({ key, when }) =>
    when !== undefined && readCondition(when).names.length === 0
      ? [{ key, text: 'names no signal, so it is the same for every release' }]
      : [],
  );
}
