import { versionKey } from './page-facts.ts';
import type { ProjectFacts, ReleaseFacts } from './sources/types.ts';
import { newestTime, oldestTime } from './times.ts';

/** Values derived from PyPI's facts about a project. */
type ProjectIndex = {
  readonly count: number;
  /** By `versionKey`. */
  readonly releases: ReadonlyMap<string, ReleaseFacts>;
  /** ISO time of the newest upload; null if no release has a time. */
  readonly newest: string | null;
  /** ISO time of the oldest upload; null if no release has a time. */
  readonly oldest: string | null;
  /** Whether a release has no time, so that the true newest may be later and the true oldest earlier. */
  readonly partial: boolean;
};

const cache = new WeakMap<ProjectFacts, ProjectIndex>();

/** Returns the derived values of a project. They are cached per response of PyPI. */
export function indexProject(facts: ProjectFacts): ProjectIndex {
  const cached = cache.get(facts);
  if (cached !== undefined) return cached;
  const listed = Object.entries(facts.releases);
  const times = listed.map(([, { uploadedAt }]) => uploadedAt);
  const knownTimes = times.filter((time) => time !== null);
  const index: ProjectIndex = {
    count: listed.length,
    releases: new Map(listed.toReversed().map(([version, release]) => [versionKey(version), release])),
    newest: newestTime(knownTimes),
    oldest: oldestTime(knownTimes),
    partial: knownTimes.length < times.length,
  };
  cache.set(facts, index);
  return index;
}
