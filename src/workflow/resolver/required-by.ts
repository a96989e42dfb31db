import type { Release } from '../../index/types.ts';
import type { ChosenRelease, ChosenReleases } from './context.ts';

/** The number of releases that are named for each one. */
const maxNamed = 10;

/** Adds chosen releases to others, with the releases that require them in either. */
export function addChosen(target: Map<string, ChosenRelease>, added: ChosenReleases): void {
  for (const [id, chosen] of added) {
    const known = target.get(id);
    const requiredBy = new Set([...(known?.requiredBy ?? []), ...chosen.requiredBy]);
    target.set(id, { ...chosen, requiredBy });
  }
}

/** Returns the releases that need a release, directly or through others, nearest first. */
export function neededBy(id: string, releases: ChosenReleases): readonly Release[] {
  const found = new Set<string>();
  const queue = [...(releases.get(id)?.requiredBy ?? [])];
  for (let next = queue.shift(); next !== undefined && found.size < maxNamed; next = queue.shift()) {
    if (next === id || found.has(next)) continue;
    found.add(next);
    queue.push(...(releases.get(next)?.requiredBy ?? []));
  }
  return [...found].flatMap((needer) => {
    const chosen = releases.get(needer);
    return chosen === undefined ? [] : [{ name: chosen.name, version: chosen.candidate.version }];
  });
}
