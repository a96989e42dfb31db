import type { ProjectData } from './gather.ts';
import type { Inspect } from './install-code/inspect.ts';
import type { Policy } from './policy.ts';
import type { Sources } from './sources/types.ts';
import type { RepositoryLink, Signal, Subject } from './types.ts';

/** The inputs for gathering the signals of gates. */
export type GatherContext = {
  readonly project: ProjectData;
  /** The judged version; null if there is none. */
  readonly release: string | null;
  readonly releasedAt: Signal<string>;
  readonly rank: number | null;
  readonly link: Signal<RepositoryLink>;
  readonly policy: Policy;
  readonly sources: Sources;
  readonly inspect: Inspect | undefined;
  readonly subject: Subject;
};
