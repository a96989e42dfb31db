/** Runs tasks, at most so many at once. */
export type Limit = {
  /** Before those that wait, unless it is only foresight. */
  run<T>(task: () => Promise<T>, urgency: 'now' | 'foresight'): Promise<T>;
  /** Drops foresight that has not begun; those promises never settle. */
  stop(): void;
};

/** A limit of `parallel` tasks. */
export function limit(parallel: number): Limit {
  const urgent: (() => void)[] = [];
  const idle: (() => void)[] = [];
  let running = 0;
  let stopped = false;
  const next = (): void => {
    while (running < parallel) {
      const start = urgent.shift() ?? (stopped ? undefined : idle.shift());
      if (start === undefined) return;
      running += 1;
      start();
    }
  };
  return {
    run: (task, urgency) =>
      new Promise((resolve, reject) => {
        const start = (): void => {
          task()
            .then(resolve, reject)
            .finally(() => {
              running -= 1;
              next();
            });
        };
        (urgency === 'now' ? urgent : idle).push(start);
        next();
      }),
    stop: () => {
      stopped = true;
      idle.length = 0;
    },
  };
}
