import { createHash } from 'node:crypto';
import { parseRequirement } from '../index/requirement.ts';
import type { TargetEnvironment } from '../index/types.ts';
import type { VettingStore } from './store-types.ts';

const freshMilliseconds = 3_600_000;
/** Questions kept per project: one per way of asking and interpreter. */
const maxQuestions = 50;

/**
 * The roots (PEP 508, as written) whose newest release upstream was not asked for within the hour, for this
 * interpreter. What is no plain requirement counts as stale. `now` in epoch milliseconds.
 */
export async function staleRoots(
  store: Pick<VettingStore, 'readFreshness'>,
  roots: readonly string[],
  environment: TargetEnvironment,
  now: number,
): Promise<readonly string[]> {
  const stale = await Promise.all(
    roots.map(async (root) => {
      const requirement = parseRequirement(root);
      if (requirement === undefined) return true;
      const asked = await store.readFreshness(requirement.name);
      return now - (asked[questionKey(root, environment)] ?? 0) >= freshMilliseconds;
    }),
  );
  return roots.filter((_, at) => stale[at]);
}

/** Notes that upstream was asked for the newest releases of these roots. */
export async function noteFreshness(
  store: Pick<VettingStore, 'readFreshness' | 'putFreshness'>,
  roots: readonly string[],
  environment: TargetEnvironment,
  now: number,
): Promise<void> {
  for (const root of roots) {
    const requirement = parseRequirement(root);
    if (requirement === undefined) continue;
    const asked = { ...(await store.readFreshness(requirement.name)), [questionKey(root, environment)]: now };
    const newest = Object.entries(asked)
      .filter(([, at]) => now - at < freshMilliseconds)
      .sort(([, a], [, b]) => b - a)
      .slice(0, maxQuestions);
    await store.putFreshness(requirement.name, Object.fromEntries(newest));
  }
}

/** `foo<2` having been asked for says nothing of `foo`, nor one interpreter's newest release of another's. */
function questionKey(root: string, { markers, implementation, platform, target }: TargetEnvironment): string {
  const { python_version: python = '' } = markers;
  const text = [root.replace(/\s+/g, ''), python, implementation, platform, JSON.stringify(target) ?? ''].join('\n');
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
