import type { ProjectName, Release } from '../index/types.ts';
import { oncePer } from '../once.ts';
import { amendedPolicyVersion } from '../vetting/approvals.ts';
import type { VettingStore } from '../vetting/store-types.ts';
import type { Approval, Refusal, ReleaseRecord } from '../vetting/types.ts';
import { amendVerdict, approvalLookup, denialRefusal } from './approvals.ts';
import type { Claim } from './claim.ts';
import { fileRefusals } from './file-refusals.ts';
import type { ResolutionQuery, WorkflowPorts } from './ports.ts';
import { type Refused, refusalOfProject } from './project-refusal.ts';
import { ageRefusal, cooldownEnd, cooldownRefusal, recordedRefusal, verdictRefusal } from './refusals.ts';

/** Releases that one resolution assesses itself. Further ones within cooldown are on hold for their age alone. */
const maxAssessed = 20;
/** Releases that one resolution assesses to suggest a version. */
const maxSuggestionsAssessed = 60;

type RecordedVerdicts = Pick<
  ResolutionQuery,
  'prepare' | 'refusalOf' | 'secureVersions' | 'wouldPass' | 'withheld' | 'refusalOfFile'
>;

/** A project's records, and the refusals of this resolution. */
type ProjectVerdicts = { readonly records: readonly ReleaseRecord[]; readonly refused: Refused[] };

/**
 * Returns the resolver's view of recorded verdicts. It queries the table once per project.
 *
 * A refusal for a reason that concerns the project is the refusal of all its releases. The resolution itself assesses
 * releases within cooldown, and further candidates of a project of which one was refused, so that a round considers
 * several of them.
 */
export function recordedVerdicts(ports: WorkflowPorts, claim: Claim): RecordedVerdicts {
  const { policy } = ports;
  const approvalOf = approvalLookup(ports);
  const recordsOf = oncePer((name: ProjectName) => ports.store.projectRecords(name));
  const verdictsOf = oncePer((name: ProjectName) => readVerdicts(name, { ...ports, approvalOf, recordsOf }, claim));
  const recordOf = async ({ name, version }: Release): Promise<ReleaseRecord | undefined> =>
    (await verdictsOf(name)).records.find((record) => record.version === version);
  const assess = candidateAssessor(ports);
  const mayPass = passAssessor(ports, approvalOf);
  const files = fileRefusals(ports, {
    ...{ approvalOf, recordOf },
    withheldOf: async (name) => (await recordsOf(name)).withheld,
    refusedOf: async (name) => (await verdictsOf(name)).refused,
  });
  return {
    // The decisions of a project are read together, so any version reads them.
    prepare: (name) => Promise.all([verdictsOf(name), files.withheld(name), approvalOf({ name, version: '0' })]),
    secureVersions: async (name) =>
      new Set((await verdictsOf(name)).records.filter(isSecure).map(({ version }) => version)),
    ...files,
    refusalOf: async (release, uploadTime) => {
      const [{ records, refused }, approval] = await Promise.all([verdictsOf(release.name), approvalOf(release)]);
      if (approval?.kind === 'deny') return denialRefusal(release, approval);
      const record = records.find(({ version }) => version === release.version);
      if (record !== undefined && isSecure(record)) return undefined;
      const own = refused.find(({ refusal }) => refusal.version === release.version);
      if (own !== undefined) return own.refusal;
      // The batch assesses releases that a person or the policy allows, even within cooldown.
      if (approval !== undefined || policy.allows?.(release) === true) return undefined;
      return refusalOfProject(refused) ?? assess(release, uploadTime, refused);
    },
    wouldPass: async (release, file) => {
      const record = await recordOf(release);
      const passes = (record !== undefined && isSecure(record)) || (await mayPass(release));
      return passes && (await files.filePasses(release, file));
    },
  };
}

type ApprovalOf = (release: Release) => Promise<Approval | undefined>;

async function readVerdicts(
  name: ProjectName,
  {
    policy,
    now,
    approvalOf,
    recordsOf,
  }: WorkflowPorts & { readonly approvalOf: ApprovalOf; readonly recordsOf: VettingStore['projectRecords'] },
  { startedAt }: Claim,
): Promise<ProjectVerdicts> {
  const { releases: records } = await recordsOf(name);
  const refused: Refused[] = [];
  for (const record of records) {
    const policyVersion = amendedPolicyVersion(policy.version, await approvalOf(record));
    const refusal = recordedRefusal(record, { startedAt, policyVersion, now: now() });
    if (refusal === undefined) continue;
    // A hold of an earlier request may have had reasons of that time, so it says nothing about other releases.
    const isCurrent = record.status === 'BLOCKED' || record.updatedAt >= startedAt;
    refused.push({ refusal, scope: isCurrent ? record.scope : undefined });
  }
  return { records, refused };
}

const isSecure = ({ status, wasSecure }: ReleaseRecord): boolean => status === 'SECURE' || wasSecure === true;

/**
 * Returns a function that assesses a release during the resolution instead of in its batch, if it is within cooldown or
 * another release of the project was refused. It adds the refusal to `refused`. The refusal has every reason, such as
 * the name it imitates, and the policy can still allow the release.
 */
function candidateAssessor({ assess, policy, now }: WorkflowPorts) {
  let assessed = 0;
  return async (release: Release, uploadTime: string | undefined, refused: Refused[]): Promise<Refusal | undefined> => {
    const { cooldownSeconds, isExempt, tooNew } = policy;
    // It is refused without an assessment, and doesn't count as a refusal of the project, because older releases pass.
    const reason = tooNew?.(uploadTime, release.name);
    if (reason !== undefined) return ageRefusal(release, reason);
    const until = isExempt?.(release) === true ? undefined : cooldownEnd(uploadTime, cooldownSeconds, now());
    if (until === undefined && refused.length === 0) return undefined;
    const byAge = until === undefined ? undefined : cooldownRefusal(release, until, cooldownSeconds);
    assessed += 1;
    if (assessed > maxAssessed) return byAge;
    const answer = await assess(release).catch(() => undefined);
    if (answer === undefined) return byAge;
    const refusal = verdictRefusal(release, answer.verdict);
    if (refusal !== undefined) refused.push({ refusal, scope: answer.verdict.scope });
    return refusal;
  };
}

/** Returns a check whether an assessment, with people's decisions, allows a release. An assessment that fails doesn't. */
function passAssessor({ assess }: WorkflowPorts, approvalOf: ApprovalOf) {
  let assessed = 0;
  return async (release: Release): Promise<boolean> => {
    assessed += 1;
    if (assessed > maxSuggestionsAssessed) return false;
    const [answer, approval] = await Promise.all([assess(release).catch(() => undefined), approvalOf(release)]);
    return answer !== undefined && amendVerdict(answer.verdict, approval).outcome === 'ALLOWED';
  };
}
