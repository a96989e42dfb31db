import { popularityUnder } from '../firewall/other-index.ts';
import type { Policy } from '../firewall/policy.ts';
import { mapConcurrently } from '../map-concurrently.ts';
import type { Status } from '../vetting/types.ts';
import { type JudgedRelease, type Replay, replayAgain } from './replay.ts';
import { stoppedVettings } from './stopped-vettings.ts';
import type { Records, ReviewService } from './types.ts';

const maxReplayed = 10_000;
const maxConcurrentReads = 8;
const decidedStatuses = ['SECURE', 'BLOCKED', 'HELD'] as const satisfies readonly Status[];

type ReplayRecords = Pick<Records, 'listByStatus' | 'readEvidence' | 'requestReleases'>;

/**
 * Judges the releases on record under another policy, as if it were enforced, and counts the vettings that it would have
 * stopped. Asks the sources of this machine again for what the evidence lacks.
 */
export async function replayRecords(
  records: ReplayRecords,
  { mode: _, observe: __, ...rules }: Policy,
  openFirewall: ReviewService['firewall'],
): Promise<Replay> {
  const policy: Policy = { ...rules, mode: 'enforce' };
  const { similar } = popularityUnder(policy);
  const replayed = await replayAgain(await decidedReleases(records), policy, similar, async () => {
    const { assess, close } = await openFirewall(policy);
    return { ask: async (name, version) => (await assess(name, version)).signals, close };
  });
  return { ...replayed, vettings: await stoppedVettings(records, replayed.changes) };
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
