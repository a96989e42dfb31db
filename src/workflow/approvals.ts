import type { Verdict } from '../firewall/types.ts';
import type { ProjectName, Release } from '../index/types.ts';
import { amendedVersion, describeApproval, standingApproval } from '../vetting/approvals.ts';
import type { Approval, Refusal } from '../vetting/types.ts';
import type { WorkflowPorts } from './ports.ts';

/** What a person decided about a release, as it stands now; each project is asked about once. */
export function approvalsAsked({
  store,
  now,
}: Pick<WorkflowPorts, 'store' | 'now'>): (release: Release) => Promise<Approval | undefined> {
  const asked = new Map<ProjectName, Promise<readonly Approval[]>>();
  return async ({ name, version }) => {
    const approvals = asked.get(name) ?? store.approvalsOf(name);
    asked.set(name, approvals);
    return standingApproval(await approvals, version, now());
  };
}

/**
 * The policy's verdict as a person amended it. An approval passes points, holds and blocks; malware that an advisory
 * names only when it says so in as many words. The score and the level stay the policy's, for the record.
 */
export function amend(verdict: Verdict, approval: Approval | undefined): Verdict {
  if (approval === undefined) return verdict;
  const text = describeApproval(approval);
  const policyVersion = amendedVersion(verdict.policyVersion, approval);
  const amended = { ...verdict, policyVersion, heldUntil: undefined };
  if (approval.kind === 'deny') {
    return { ...amended, outcome: 'BLOCKED', level: 'Red', reasons: [{ text }, ...verdict.reasons] };
  }
  if (isMalware(verdict) && approval.evenMalware !== true) {
    return { ...amended, reasons: [...verdict.reasons, { text: `${text}; that does not let malware in` }] };
  }
  return { ...amended, outcome: 'ALLOWED', reasons: [{ text }, ...verdict.reasons] };
}

/** The refusal of a release that a person denied. */
export function denial({ name, version }: Release, approval: Approval): Refusal {
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
