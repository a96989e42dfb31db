import { type Policy, recommendedPolicy } from '../firewall/policy.ts';
import { loadPolicy } from '../firewall/policy-file.ts';

/** Parses the text of a policy file. Without a text, returns the recommended policy. */
export function policyFrom(text: string | undefined): Policy {
  return text === undefined ? recommendedPolicy : loadPolicy(text);
}
