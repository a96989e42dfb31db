import type { Known } from './gather.ts';
import type { Inspect } from './install-code/inspect.ts';
import type { Policy } from './policy.ts';
import type { Sources } from './sources/types.ts';
import type { Signal, Subject } from './types.ts';

/** What the further facts are gathered with. */
export type FurtherQuestion = {
  readonly known: Known;
  /** The version judged; null when there is none. */
  readonly release: string | null;
  readonly releasedAt: Signal<string>;
  readonly rank: number | null;
  readonly policy: Policy;
  readonly asked: Sources;
  readonly inspect: Inspect | undefined;
  readonly subject: Subject;
};
