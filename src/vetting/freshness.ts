import { createHash } from 'node:crypto';
import { parseRequirement } from '../index/requirement.ts';
import type { ProjectName, TargetEnvironment } from '../index/types.ts';
import { mapConcurrently } from '../map-concurrently.ts';
import type { VettingStore } from './store-types.ts';

const freshMilliseconds = 3_600_000;
/** Check times stored per project, one for each requirement and interpreter. */
const maxEntries = 50;
const parallel = 16;

/**
 * Returns the roots (PEP 508, as written) whose newest upstream release was not checked within the last hour for this
 * interpreter. A root that isn't a PEP 508 requirement counts as stale. `now` returns epoch milliseconds of the clock of
 * the records, and is called after a read.
 */
export async function staleRoots(
  store: Pick<VettingStore, 'readFreshness'>,
  roots: readonly string[],
  environment: TargetEnvironment,
  now: () => number,
): Promise<readonly string[]> {
  const stale = await Promise.all(
    roots.map(async (root) => {
      const requirement = parseRequirement(root);
      if (requirement === undefined) return true;
      const checkTimes = await store.readFreshness(requirement.name);
      return now() - (checkTimes[checkKey(root, environment)] ?? 0) >= freshMilliseconds;
    }),
  );
  return roots.filter((_, at) => stale[at]);
}

/** Records that the newest upstream releases of these roots were checked at `now`. */
export async function noteFreshness(
  store: Pick<VettingStore, 'readFreshness' | 'putFreshness'>,
  roots: readonly string[],
  environment: TargetEnvironment,
  now: number,
): Promise<void> {
  const byName = new Map<ProjectName, string[]>();
  for (const root of roots) {
    const name = parseRequirement(root)?.name;
    if (name !== undefined) byName.set(name, [...(byName.get(name) ?? []), checkKey(root, environment)]);
  }
  await mapConcurrently([...byName], parallel, async ([name, keys]) => {
    const checkTimes = {
      ...(await store.readFreshness(name)),
      ...Object.fromEntries(keys.map((key) => [key, now])),
    };
    const newest = Object.entries(checkTimes)
      .filter(([, at]) => now - at < freshMilliseconds)
      .sort(([, a], [, b]) => b - a)
      .slice(0, maxEntries);
    await store.putFreshness(name, Object.fromEntries(newest));
  });
}

/** Returns a key per requirement and interpreter: a check of `foo<2` doesn't cover `foo` or another interpreter. */
function checkKey(root: string, { markers, implementation, platform, target }: TargetEnvironment): string {
  const { python_version: python = '' } = markers;
  const text = [root.replace(/\s+/g, ''), python, implementation, platform, JSON.stringify(target) ?? ''].join('\n');
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
