import { mapConcurrently } from '../map-concurrently.ts';
import type { RequestRecord } from '../vetting/types.ts';
import type { Change, StoppedVettings } from './replay.ts';
import type { Records } from './types.ts';

const maxVettings = 2_000;
const parallel = 8;

/** Counts the vettings on record, the newest first, that need a release which a policy stops and nobody approved. */
export async function stoppedVettings(
  records: Pick<Records, 'listByStatus' | 'requestReleases'>,
  changes: readonly Change[],
): Promise<StoppedVettings> {
  const stopped = changes.filter(({ before, after, approved }) => {
    return before.outcome === 'ALLOWED' && after.outcome !== 'ALLOWED' && !approved;
  });
  const keys = new Set(stopped.map(({ name, version }) => `${name} ${version}`));
  const { requests } = await records.listByStatus('SECURE', { limit: 2 * maxVettings });
  const vettings = requests.slice(0, maxVettings);
  const needsOne = async ({ requestId, execution }: RequestRecord): Promise<boolean> => {
    const releases = (await records.requestReleases(requestId)).filter((release) => release.execution === execution);
    const last = releases.reduce((max, { round }) => Math.max(max, round), 0);
    return releases.some(({ name, version, round }) => round === last && keys.has(`${name} ${version}`));
  };
  const found = keys.size === 0 ? [] : await mapConcurrently(vettings, parallel, needsOne);
  return {
    total: vettings.length,
    stopped: found.filter(Boolean).length,
    complete: requests.length <= maxVettings,
  };
}
