import { parseRequirement } from '../index/requirement.ts';
import type { VettingStore } from '../vetting/store-types.ts';
import type { VettedWith } from '../vetting/types.ts';
import { maxVettedWith } from '../vetting/vetted-with.ts';
import type { Chosen } from './batches.ts';

/** More roots name most of what they require themselves. */
const maxRoots = 20;

/** Records what a request resolved for its roots, so that a client can read pages and METADATA before they are requested. */
export async function recordVettedWith(
  store: Pick<VettingStore, 'metadataOf' | 'putVettedWith'>,
  roots: readonly string[],
  chosen: readonly Pick<Chosen, 'release'>[],
): Promise<void> {
  const releases = chosen.map(({ release }) => release);
  const names = new Set(roots.flatMap((root) => parseRequirement(root)?.name ?? []));
  if (names.size > maxRoots || releases.length > maxVettedWith) return;
  const metadata = await store.metadataOf(releases);
  const projects: VettedWith = new Map(releases.map(({ name }, at) => [name, onlyText(metadata[at])]));
  const resolved = [...names].filter((name) => projects.has(name));
  await Promise.all(resolved.map((root) => store.putVettedWith(root, projects)));
}

function onlyText(digests: ReadonlyMap<string, string> | undefined): string | undefined {
  const texts = new Set(digests?.values());
  return texts.size === 1 ? [...texts][0] : undefined;
}
