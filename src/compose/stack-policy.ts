import { type Policy, recommendedPolicy } from '../firewall/policy.ts';
import { loadPolicy } from '../firewall/policy-file.ts';
import type { StackConfiguration } from './stack.ts';

/** Returns the policy that a stack of this configuration applies. */
export function stackPolicy({ policy }: StackConfiguration): Policy {
  return policy === undefined ? recommendedPolicy : loadPolicy(policy);
}
