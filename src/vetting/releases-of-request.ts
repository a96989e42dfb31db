import type { VettingStore } from './store-types.ts';
import type { ReleaseKey, Status } from './types.ts';

/**
 * Returns the releases in the last round of a request's newest execution with their status; CHECK for unclaimed ones.
 */
export async function releasesOfRequest(
  store: Pick<VettingStore, 'readRequest' | 'requestReleases' | 'readReleases'>,
  requestId: string,
): Promise<readonly (ReleaseKey & { readonly status: Status })[]> {
  const request = await store.readRequest(requestId, { consistent: true });
  const releases = (await store.requestReleases(requestId)).filter(({ execution }) => execution === request?.execution);
  const last = releases.reduce((max, { round }) => Math.max(max, round), 0);
  const chosen = releases.filter(({ round }) => round === last);
  const records = await store.readReleases(chosen);
  return chosen.map(({ name, version }, at) => ({ name, version, status: records[at]?.status ?? 'CHECK' }));
}
