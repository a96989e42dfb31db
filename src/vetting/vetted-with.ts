import { isProjectName, normaliseName } from '../index/names.ts';
import type { ProjectName } from '../index/types.ts';
import { vettedWithKey } from './keys.ts';
import type { VettingStore } from './store-types.ts';
import type { TableClient } from './table-client.ts';
import type { VettedWith } from './types.ts';

/** More would be a matter of several commands. An item must stay small, because it is read with a page. */
export const maxVettedWith = 150;

/** Returns the store's methods for the projects that were vetted with a root. */
export function vettedWithItems(
  items: Pick<TableClient, 'get' | 'put'>,
  now: () => number,
): Pick<VettingStore, 'putVettedWith' | 'vettedWith'> {
  return {
    async putVettedWith(root, projects) {
      const digests = Object.fromEntries([...projects].map(([name, sha256]) => [name, sha256 ?? null]));
      await items.put({ ...vettedWithKey(root), projects: digests, at: new Date(now()).toISOString() });
    },
    vettedWith: async (root) => readVettedWith(await items.get(vettedWithKey(root), false)),
  };
}

/** Reads an item. Members that are not valid are ignored. */
export function readVettedWith({ projects }: Record<string, unknown> = {}): VettedWith {
  const found = new Map<ProjectName, string | undefined>();
  for (const [name, sha256] of Object.entries(typeof projects === 'object' ? (projects ?? {}) : {})) {
    if (!isProjectName(name) || found.size === maxVettedWith) continue;
    const isDigest = typeof sha256 === 'string' && /^[0-9a-f]{64}$/.test(sha256);
    found.set(normaliseName(name), isDigest ? sha256 : undefined);
  }
  return found;
}
