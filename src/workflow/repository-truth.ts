import { mapConcurrently } from '../map-concurrently.ts';
import { amendedPolicyVersion } from '../vetting/approvals.ts';
import type { ReleaseChange } from '../vetting/store-types.ts';
import type { ReleaseRecord } from '../vetting/types.ts';
import { approvalLookup } from './approvals.ts';
import type { WorkflowPorts } from './ports.ts';

const parallel = 16;
/** The statuses of a package version whose files can be downloaded. */
const installable: ReadonlySet<string> = new Set(['Published', 'Unlisted', 'Unfinished']);

type Ports = Pick<WorkflowPorts, 'store' | 'secureStatus' | 'policy' | 'now'>;

/**
 * Compares SECURE records with secure-pypi and returns their new state. The repository is the truth: a
 * record whose release is missing there becomes ERROR, which the next batch claims. A release that a person archived
 * or disposed of becomes HELD.
 *
 * @throws AwspipError when CodeArtifact doesn't answer
 */
export async function compareWithRepository(
  records: readonly (ReleaseRecord | undefined)[],
  ports: Ports,
): Promise<(ReleaseRecord | undefined)[]> {
  const { store, secureStatus, policy } = ports;
  const approvalOf = approvalLookup(ports);
  return mapConcurrently([...records], parallel, async (record) => {
    if (record?.status !== 'SECURE') return record;
    const status = await secureStatus(record);
    if (status !== undefined && installable.has(status)) return record;
    const { name, version, execution } = record;
    const change: ReleaseChange =
      status === undefined
        ? { status: 'ERROR', cause: `secure-pypi has no ${name} ${version}, which was vetted before`, retriable: true }
        : {
            ...withdrawal(`${name} ${version} is ${status} in secure-pypi`),
            policyVersion: amendedPolicyVersion(policy.version, await approvalOf(record)),
          };
    const written = await store.advance(record, execution, 'SECURE', { ...change, leaseUntil: 0 });
    return written ? { ...record, ...change } : store.readRelease(record, { consistent: true });
  });
}

/** Returns the change to HELD for a release that a person has to decide about. */
export function withdrawal(text: string) {
  return {
    status: 'HELD',
    reasons: [{ text }],
    riskLevel: undefined,
    score: undefined,
    similarPackages: undefined,
    scope: 'release',
    cause: undefined,
  } satisfies ReleaseChange;
}
