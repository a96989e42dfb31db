import type { ProjectName, Release } from '../index/types.ts';
import { amendedPolicyVersion } from '../vetting/approvals.ts';
import type { Refusal, ReleaseRecord } from '../vetting/types.ts';
import { approvalLookup, denialRefusal } from './approvals.ts';
import type { Claim } from './claim.ts';
import type { ResolutionQuery, WorkflowPorts } from './ports.ts';
import { cooldownEnd, cooldownRefusal, recordedRefusal, verdictRefusal } from './refusals.ts';

/** Releases within cooldown that one resolution assesses. Further ones are on hold for their age alone. */
const maxCooldownAssessed = 20;

type RecordedVerdicts = Pick<ResolutionQuery, 'refusalOf' | 'secureVersions'>;

/**
 * Returns the resolver's view of recorded verdicts. It queries the table once per project, and asks the firewall only
 * about releases within cooldown.
 */
export function recordedVerdicts(ports: WorkflowPorts, { execution, startedAt }: Claim): RecordedVerdicts {
  const { store, policy, now } = ports;
  const queries = new Map<ProjectName, Promise<readonly ReleaseRecord[]>>();
  const recordsOf = (name: ProjectName) => {
    const query = queries.get(name) ?? store.releasesOf(name);
    queries.set(name, query);
    return query;
  };
  const approvalOf = approvalLookup(ports);
  const isSecure = ({ status, wasSecure }: ReleaseRecord) => status === 'SECURE' || wasSecure === true;
  const assessCooldown = cooldownAssessor(ports);
  return {
    secureVersions: async (name) => new Set((await recordsOf(name)).filter(isSecure).map(({ version }) => version)),
    refusalOf: async ({ name, version }, uploadTime) => {
      const [records, approval] = await Promise.all([recordsOf(name), approvalOf({ name, version })]);
      if (approval?.kind === 'deny') return denialRefusal({ name, version }, approval);
      const record = records.find((candidate) => candidate.version === version);
      if (record !== undefined && isSecure(record)) return undefined;
      const policyVersion = amendedPolicyVersion(policy.version, approval);
      const refusal = recordedRefusal(record, { execution, startedAt, policyVersion, now: now() });
      // The batch assesses an approved release, even within cooldown.
      return refusal ?? (approval === undefined ? assessCooldown({ name, version }, uploadTime) : undefined);
    },
  };
}

/**
 * Returns a function that assesses a release within cooldown during the resolution instead of in its batch. The refusal
 * then has every reason, such as the name it imitates, and the policy can still allow the release.
 */
function cooldownAssessor({ assess, policy, now }: WorkflowPorts) {
  let assessed = 0;
  return async (release: Release, uploadTime: string | undefined): Promise<Refusal | undefined> => {
    const { cooldownSeconds } = policy;
    const until = cooldownEnd(uploadTime, cooldownSeconds, now());
    if (until === undefined) return undefined;
    const byAge = cooldownRefusal(release, until, cooldownSeconds);
    assessed += 1;
    if (assessed > maxCooldownAssessed) return byAge;
    const answer = await assess(release).catch(() => undefined);
    return answer === undefined ? byAge : verdictRefusal(release, answer.verdict);
  };
}
