import type { ProjectName } from '../index/types.ts';
import { findEntry, isAfter, newestText } from './lists.ts';
import { observes } from './observe.ts';
import type { Policy } from './policy.ts';

type Release = { readonly name: ProjectName; readonly version: string };

/** The limits of a policy on the age of releases, by which a resolver chooses an older release. */
export type AgeLimits = {
  readonly cooldownSeconds: number;
  /** Returns whether a release need not wait for the end of its cooldown. */
  readonly isExempt: (release: Release) => boolean;
  /** Returns why a release is too new for the policy. The end of its cooldown changes nothing. `uploadTime` is an ISO time. */
  readonly tooNew: (uploadTime: string | undefined, name: ProjectName) => string | undefined;
};

/**
 * Returns the limits of a policy.
 *
 * @param now returns epoch milliseconds
 */
export function ageLimits(policy: Policy, now: () => number): AgeLimits {
  const { gates, newest } = policy;
  const isObserved = observes(policy, now);
  return {
    cooldownSeconds: gates.cooldown.days * 86_400,
    isExempt: (release) =>
      findEntry(gates.cooldown.except, release, now()) !== undefined || isObserved('cooldown', release.name),
    tooNew(uploadTime, name) {
      const isLate = newest !== undefined && uploadTime !== undefined && isAfter(uploadTime, newest);
      return isLate && !isObserved('newest', name) ? newestText(newest) : undefined;
    },
  };
}
