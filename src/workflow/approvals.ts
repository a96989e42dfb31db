import type { Verdict } from '../firewall/types.ts';
import type { ProjectName, Release } from '../index/types.ts';
import { oncePer } from '../once.ts';
import { activeApproval, amendedPolicyVersion, describeApproval } from '../vetting/approvals.ts';
import type { Approval, Refusal } from '../vetting/types.ts';
import type { WorkflowPorts } from './ports.ts';

/** Returns a lookup of the approval or denial in force for a release. It reads each project's decisions once. */
export function approvalLookup({
  store,
  now,
}: Pick<WorkflowPorts, 'store' | 'now'>): (release: Release) => Promise<Approval | undefined> {
  const approvalsOf = oncePer((name: ProjectName) => store.approvalsOf(name));
  return async ({ name, version }) => activeApproval(await approvalsOf(name), version, now());
}

/**
 * Returns the policy's verdict as a person's decision changes it. An approval overrides points, holds and blocks, and a
 * malware advisory only if the approval explicitly includes malware. The record keeps the policy's score and level.
 */
export function amendVerdict(verdict: Verdict, approval: Approval | undefined): Verdict {
  if (approval === undefined) return verdict;
  const text = describeApproval(approval);
  const policyVersion = amendedPolicyVersion(verdict.policyVersion, approval);
  const amended = { ...verdict, policyVersion, heldUntil: undefined, scope: undefined, observed: undefined };
  if (approval.kind === 'deny') {
    return { ...amended, outcome: 'BLOCKED', level: 'Red', reasons: [{ text }, ...verdict.reasons] };
  }
  if (isMalware(verdict) && approval.evenMalware !== true) {
    return { ...amended, reasons: [...verdict.reasons, { text: `${text}; this does not cover known malware` }] };
  }
  return { ...amended, outcome: 'ALLOWED', reasons: [{ text }, ...verdict.reasons] };
}

/** Returns the refusal of a release that a person denied. */
export function denialRefusal({ name, version }: Release, approval: Approval): Refusal {
  return {
    name,
    version,
    kind: 'BLOCKED',
    reasons: [{ text: describeApproval(approval) }],
    similarPackages: [],
    fatal: false,
  };
}

function isMalware({ findings }: Verdict): boolean {
  return findings.some(({ rule, state }) => rule === 'malware' && state === 'fired');
}
