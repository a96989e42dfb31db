import type { PipRun, WaitingPip } from '../pip/run.ts';

/** The process of pip that waits to run next, if there is one. */
export type NextPip = {
  /** Starts the process for these arguments, unless there is one. */
  readonly prepare: (argv: readonly string[]) => void;
  /** Lets it run. Undefined if there is none for these arguments. */
  readonly run: (argv: readonly string[]) => Promise<PipRun | undefined>;
  /** Ends it. */
  readonly close: () => Promise<void>;
};

/** `start` starts a process that waits; undefined where that isn't possible. Without one, pip is started as usual. */
export function openNextPip(start: (argv: readonly string[]) => Promise<WaitingPip | undefined>): NextPip {
  let next: { readonly argv: readonly string[]; readonly waiting: Promise<WaitingPip | undefined> } | undefined;
  return {
    prepare: (argv) => {
      next ??= { argv, waiting: start(argv).catch(() => undefined) };
    },
    run: async (argv) => {
      const prepared = next;
      next = undefined;
      const waiting = await prepared?.waiting;
      if (prepared?.argv === argv) return waiting?.run();
      waiting?.discard();
      return undefined;
    },
    close: async () => (await next?.waiting)?.discard(),
  };
}
