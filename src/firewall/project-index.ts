import { versionKey } from './page-facts.ts';
import type { ProjectFacts, ReleaseFacts } from './sources/types.ts';
import { newestTime, oldestTime } from './times.ts';

/** What is asked of a project's facts again and again: worked out once per answer of PyPI. */
export type ProjectIndex = {
  readonly count: number;
  /** By `versionKey`. */
  readonly releases: ReadonlyMap<string, ReleaseFacts>;
  /** ISO times; null when none can be read. */
  readonly newest: string | null;
  readonly oldest: string | null;
  /** Some release has no time: the newest may be newer, the oldest older. */
  readonly partial: boolean;
};

const already = new WeakMap<ProjectFacts, ProjectIndex>();

export function indexProject(facts: ProjectFacts): ProjectIndex {
  const before = already.get(facts);
  if (before !== undefined) return before;
  const listed = Object.entries(facts.releases);
  const times = listed.map(([, { uploadedAt }]) => uploadedAt);
  const said = times.filter((time) => time !== null);
  const index: ProjectIndex = {
    count: listed.length,
    releases: new Map(listed.toReversed().map(([version, release]) => [versionKey(version), release])),
    newest: newestTime(said),
    oldest: oldestTime(said),
    partial: said.length < times.length,
  };
  already.set(facts, index);
  return index;
}
