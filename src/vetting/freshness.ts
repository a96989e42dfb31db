import { createHash } from 'node:crypto';
import { parseRequirement } from '../index/requirement.ts';
import type { ProjectName, TargetEnvironment } from '../index/types.ts';
import { mapConcurrently } from '../map-concurrently.ts';
import type { VettingStore } from './store-types.ts';

const hourMilliseconds = 3_600_000;
/** Older check times are of no use to anyone. */
const maxAgeMilliseconds = 30 * 24 * hourMilliseconds;
/** Check times stored per project, one for each requirement and interpreter. */
const maxEntries = 50;
const parallel = 16;

/**
 * What looked at the newest upstream release of a root: an upgrade, or an installation that had no reason to prefer an
 * older one.
 */
export type CheckKind = 'upgrade' | 'install';

/** A check of one of these kinds within the last `hours` counts. */
export type Freshness = { readonly hours: number; readonly kinds: readonly CheckKind[] };

const upgradesWithinAnHour: Freshness = { hours: 1, kinds: ['upgrade'] };

/**
 * Returns the roots (PEP 508, as written) whose newest upstream release was not checked for this interpreter; by
 * default by an upgrade within the last hour. A root that isn't a PEP 508 requirement counts as stale. `now` returns epoch milliseconds of the clock of
 * the records, and is called after a read.
 */
export async function staleRoots(
  store: Pick<VettingStore, 'readFreshness'>,
  roots: readonly string[],
  environment: TargetEnvironment,
  now: () => number,
  { hours, kinds }: Freshness = upgradesWithinAnHour,
): Promise<readonly string[]> {
  const stale = await mapConcurrently(roots, parallel, async (root) => {
    const requirement = parseRequirement(root);
    if (requirement === undefined) return true;
    const checkTimes = await store.readFreshness(requirement.name);
    const times = kinds.map((kind) => checkTimes[checkKey(root, environment, kind)] ?? 0);
    return now() - Math.max(...times) >= hours * hourMilliseconds;
  });
  return roots.filter((_, at) => stale[at]);
}

/** Records that the newest upstream releases of these roots were checked at `now`. */
export async function noteFreshness(
  store: Pick<VettingStore, 'readFreshness' | 'putFreshness'>,
  roots: readonly string[],
  environment: TargetEnvironment,
  now: number,
  kind: CheckKind = 'upgrade',
): Promise<void> {
  const byName = new Map<ProjectName, string[]>();
  for (const root of roots) {
    const name = parseRequirement(root)?.name;
    if (name !== undefined) byName.set(name, [...(byName.get(name) ?? []), checkKey(root, environment, kind)]);
  }
  await mapConcurrently([...byName], parallel, async ([name, keys]) => {
    const checkTimes = {
      ...(await store.readFreshness(name)),
      ...Object.fromEntries(keys.map((key) => [key, now])),
    };
    const newest = Object.entries(checkTimes)
      .filter(([, at]) => now - at < maxAgeMilliseconds)
      .sort(([, a], [, b]) => b - a)
      .slice(0, maxEntries);
    await store.putFreshness(name, Object.fromEntries(newest));
  });
}

/** Returns a key per requirement and interpreter: a check of `foo<2` doesn't cover `foo` or another interpreter. */
function checkKey(
  root: string,
  { markers, implementation, platform, target }: TargetEnvironment,
  kind: CheckKind,
): string {
  const { python_version: python = '' } = markers;
  const parts = [root.replace(/\s+/g, ''), python, implementation, platform, JSON.stringify(target) ?? ''];
  const text = [...parts, ...(kind === 'upgrade' ? [] : [kind])].join('\n');
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
