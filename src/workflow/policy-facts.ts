import { ageLimits } from '../firewall/age-limits.ts';
import { findEntry } from '../firewall/lists.ts';
import type { Policy } from '../firewall/policy.ts';
import type { PolicyFacts } from './ports.ts';

/** Returns a policy's version and the values that the tasks need. `now` returns epoch milliseconds. */
export function policyFacts(policy: Policy, version: string, now: () => number): PolicyFacts {
  return {
    version,
    withheldFiles: policy.withheldFiles,
    ...ageLimits(policy, now),
    allows: (release) => findEntry(policy.allow, release, now()) !== undefined,
  };
}
