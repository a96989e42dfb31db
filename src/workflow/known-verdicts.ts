import type { ProjectName, Release } from '../index/types.ts';
import { amendedVersion } from '../vetting/approvals.ts';
import type { Refusal, ReleaseRecord } from '../vetting/types.ts';
import { approvalsAsked, denial } from './approvals.ts';
import type { Claim } from './claim.ts';
import type { ResolverQuestion, WorkflowPorts } from './ports.ts';
import { cooldownEnd, cooldownRefusal, knownRefusal, verdictRefusal } from './refusals.ts';

/** Young releases that are judged in one walk; further ones are refused for their age alone. */
const maxCooldownAssessed = 20;

type Known = Pick<ResolverQuestion, 'refused' | 'secure'>;

/** What a closure walk may ask: of the table, one query per project; of the firewall, only about young releases. */
export function knownTo(ports: WorkflowPorts, { execution, startedAt }: Claim): Known {
  const { store, policy, now } = ports;
  const queries = new Map<ProjectName, Promise<readonly ReleaseRecord[]>>();
  const recordsOf = (name: ProjectName) => {
    const query = queries.get(name) ?? store.releasesOf(name);
    queries.set(name, query);
    return query;
  };
  const approvalOf = approvalsAsked(ports);
  const isSecure = ({ status, wasSecure }: ReleaseRecord) => status === 'SECURE' || wasSecure === true;
  const assessVersion = versionAssessor(ports);
  return {
    secure: async (name) => new Set((await recordsOf(name)).filter(isSecure).map(({ version }) => version)),
    refused: async ({ name, version }, uploadTime) => {
      const [records, approval] = await Promise.all([recordsOf(name), approvalOf({ name, version })]);
      if (approval?.kind === 'deny') return denial({ name, version }, approval);
      const record = records.find((one) => one.version === version);
      if (record !== undefined && isSecure(record)) return undefined;
      const policyVersion = amendedVersion(policy.version, approval);
      const known = knownRefusal(record, { execution, startedAt, policyVersion, now: now() });
      // What a person approved is judged in its batch, however young it is.
      return known ?? (approval === undefined ? assessVersion({ name, version }, uploadTime) : undefined);
    },
  };
}

/**
 * A release that the index calls young is judged at once rather than in its batch: the refusal then says everything
 * against it, the name it imitates included, and what the policy allows however young it is comes through.
 */
function versionAssessor({ assess, policy, now }: WorkflowPorts) {
  let judged = 0;
  return async (release: Release, uploadTime: string | undefined): Promise<Refusal | undefined> => {
    const { cooldownSeconds } = policy;
    const until = cooldownEnd(uploadTime, cooldownSeconds, now());
    if (until === undefined) return undefined;
    const byAge = cooldownRefusal(release, until, cooldownSeconds);
    judged += 1;
    if (judged > maxCooldownAssessed) return byAge;
    const answer = await assess(release).catch(() => undefined);
    return answer === undefined ? byAge : verdictRefusal(release, answer.verdict);
  };
}
