import { satisfies } from '../index/versions.ts';
import type { Approval } from './types.ts';

/**
 * Returns the approval or denial in force for a release: the newest that matches the version and has not expired. A
 * newer decision therefore overrides an older one. Of two with the same creation time the denial is in force. `now` is
 * in epoch milliseconds.
 */
export function activeApproval(approvals: readonly Approval[], version: string, now: number): Approval | undefined {
  return approvals
    .filter(({ expiresAt }) => expiresAt === undefined || now < Date.parse(expiresAt))
    .filter(({ specifier }) => coversVersion(specifier, version))
    .toSorted(newestFirst)[0];
}

/** Checks whether the specifier of a decision covers a version. An empty one covers all. */
export function coversVersion(specifier: string, version: string): boolean {
  return specifier === '' || satisfies(version, specifier, { prereleases: true });
}

/** Compares decisions: the newest first, and of two with the same time the denial. */
export function newestFirst(a: Approval, b: Approval): number {
  if (a.createdAt !== b.createdAt) return a.createdAt < b.createdAt ? 1 : -1;
  return Number(b.kind === 'deny') - Number(a.kind === 'deny');
}

/**
 * Returns the policy version that a verdict on one release depends on: the policy's own version and the decision in
 * force. A recorded BLOCKED or HELD becomes stale when an approval is made, and again when it expires.
 */
export function amendedPolicyVersion(policyVersion: string, approval: Approval | undefined): string {
  return approval === undefined ? policyVersion : `${policyVersion}+${approval.id}`;
}

/** Returns one line that says who decided and why. */
export function describeApproval({ kind, owner, reason }: Approval): string {
  return `${kind === 'approve' ? 'Approved' : 'Denied'} by ${owner}: ${reason}`;
}
