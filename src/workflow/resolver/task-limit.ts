/** `now`: the resolver waits for the result. `prefetch`: the result may be needed later. */
export type Priority = 'now' | 'prefetch';

/** Runs a limited number of tasks in parallel. */
export type TaskLimit = {
  /** Queues a task; those with priority `now` start before prefetches. */
  run<T>(task: () => Promise<T>, priority: Priority): Promise<T>;
  /** Drops queued prefetches, whose promises never settle. */
  stop(): void;
};

/** Returns a queue that runs at most `parallel` tasks at a time. */
export function taskLimit(parallel: number): TaskLimit {
  const needed: (() => void)[] = [];
  const prefetches: (() => void)[] = [];
  let running = 0;
  let stopped = false;
  const next = (): void => {
    while (running < parallel) {
      const start = needed.shift() ?? (stopped ? undefined : prefetches.shift());
      if (start === undefined) return;
      running += 1;
      start();
    }
  };
  return {
    run: (task, priority) =>
      new Promise((resolve, reject) => {
        const start = (): void => {
          task()
            .then(resolve, reject)
            .finally(() => {
              running -= 1;
              next();
            });
        };
        (priority === 'now' ? needed : prefetches).push(start);
        next();
      }),
    stop: () => {
      stopped = true;
      prefetches.length = 0;
    },
  };
}
