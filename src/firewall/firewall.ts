import type { Policy } from './policy.ts';
import { policyVersion } from './policy.ts';
import type { Sources } from './sources/sources.ts';
import type { Firewall } from './types.ts';

/**
 * The package firewall: facts about a release in, a verdict out.
 * @param now epoch milliseconds
 */
export function openFirewall({ policy }: { policy: Policy; sources: Sources; now: () => number }): Firewall {
  return {
    policyVersion: policyVersion(policy),
    assess: async () => {
      throw new Error('not built yet');
    },
  };
}
