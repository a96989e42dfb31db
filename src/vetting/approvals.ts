import { satisfies } from '../index/versions.ts';
import type { Approval } from './types.ts';

/**
 * The approval or denial that speaks of a release now: the newest that fits it and has not lapsed, so that a person
 * changes their mind by typing the opposite. Of two made in one moment the denial speaks. `now` in epoch milliseconds.
 */
export function standingApproval(approvals: readonly Approval[], version: string, now: number): Approval | undefined {
  return approvals
    .filter(({ expiresAt }) => expiresAt === undefined || now < Date.parse(expiresAt))
    .filter(({ specifier }) => specifier === '' || satisfies(version, specifier, { prereleases: true }))
    .toSorted(newestFirst)[0];
}

function newestFirst(a: Approval, b: Approval): number {
  if (a.createdAt !== b.createdAt) return a.createdAt < b.createdAt ? 1 : -1;
  return Number(b.kind === 'deny') - Number(a.kind === 'deny');
}

/**
 * The policy's version as a person amended it for one release: a recorded BLOCKED or HELD lapses when an approval is
 * made, and again when it ends.
 */
export function amendedVersion(policyVersion: string, approval: Approval | undefined): string {
  return approval === undefined ? policyVersion : `${policyVersion}+${approval.id}`;
}

/** Who decided and why, in one line. */
export function describeApproval({ kind, owner, reason }: Approval): string {
  return `${kind === 'approve' ? 'Approved' : 'Denied'} by ${owner}: ${reason}`;
}
