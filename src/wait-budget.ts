/** The time that one command may spend waiting for services. Work of its own, such as a run of pip, does not count. */
export type WaitBudget = {
  /** Returns the milliseconds that are left; 0 when nothing is. */
  remaining(): number;
  /** Counts the time of a wait. Waits at the same time count once. */
  spend<T>(wait: () => Promise<T>): Promise<T>;
};

/** Returns a budget of this many milliseconds. `now` is in epoch milliseconds. */
export function openWaitBudget(milliseconds: number, now: () => number): WaitBudget {
  let spent = 0;
  let waits = 0;
  let startedAt = 0;
  const current = (): number => (waits > 0 ? now() - startedAt : 0);
  return {
    remaining: () => Math.max(0, milliseconds - spent - current()),
    spend: async (wait) => {
      if (waits === 0) startedAt = now();
      waits += 1;
      try {
        return await wait();
      } finally {
        const time = current();
        waits -= 1;
        if (waits === 0) spent += time;
      }
    },
  };
}
