import { popularityUnder } from '../firewall/other-index.ts';
import type { Policy } from '../firewall/policy.ts';
import { mapConcurrently } from '../map-concurrently.ts';
import { activeApproval } from '../vetting/approvals.ts';
import type { Status } from '../vetting/types.ts';
import { isMalwareReason } from './queue.ts';
import { type Change, type JudgedRelease, type Replay, replayAgain } from './replay.ts';
import { stoppedVettings } from './stopped-vettings.ts';
import type { Records, ReviewService } from './types.ts';

const maxReplayed = 10_000;
const maxConcurrentReads = 8;
const decidedStatuses = ['SECURE', 'BLOCKED', 'HELD'] as const satisfies readonly Status[];

type ReplayRecords = Pick<Records, 'listByStatus' | 'readEvidence' | 'requestReleases' | 'approvalsOf'>;

/**
 * Judges the releases on record under another policy, as if it were enforced, and counts the vettings that it would have
 * stopped. Asks the sources of this machine again for what the evidence lacks.
 *
 * @param now epoch milliseconds, at which decisions of people must be in force
 */
export async function replayRecords(
  records: ReplayRecords,
  { mode: _, observe: __, ...rules }: Policy,
  openFirewall: ReviewService['firewall'],
  now: number,
): Promise<Replay> {
  const policy: Policy = { ...rules, mode: 'enforce' };
  const { similar } = popularityUnder(policy);
  const replayed = await replayAgain(await decidedReleases(records), policy, similar, async () => {
    const { assess, close } = await openFirewall(policy);
    return { ask: async (name, version) => (await assess(name, version)).signals, close };
  });
  const changes = await mapConcurrently(replayed.changes, maxConcurrentReads, async (change) => ({
    ...change,
    approved: change.approved || (await isApproved(records, change, now)),
  }));
  return { ...replayed, changes, vettings: await stoppedVettings(records, changes) };
}

/**
 * Checks whether an approval in force allows a release that the policy stops. The evidence doesn't have an approval that
 * was made after its verdict.
 */
async function isApproved(
  records: Pick<ReplayRecords, 'approvalsOf'>,
  { name, version, after }: Change,
  now: number,
): Promise<boolean> {
  if (after.outcome === 'ALLOWED') return false;
  const decision = activeApproval(await records.approvalsOf(name), version, now);
  if (decision?.kind !== 'approve') return false;
  return decision.evenMalware === true || !after.reasons.some(({ text }) => isMalwareReason(text));
}

async function decidedReleases(records: ReplayRecords): Promise<readonly JudgedRelease[]> {
  const listed = await Promise.all(
    decidedStatuses.map((status) => records.listByStatus(status, { limit: maxReplayed })),
  );
  const releases = listed.flatMap((one) => one.releases).slice(0, maxReplayed);
  return mapConcurrently(releases, maxConcurrentReads, async ({ name, version, updatedAt }) => ({
    ...{ name, version, updatedAt, evidence: await records.readEvidence({ name, version }) },
  }));
}
