/** Limits how many executions run at the same time. The others wait, first come first served. */
export type Slots = {
  /** Resolves when a slot is free, with a function that returns it. Rejects when `signal` aborts first. */
  take(signal: AbortSignal): Promise<() => void>;
};

/** Returns `count` slots. */
export function openSlots(count: number): Slots {
  let taken = 0;
  const waiting: (() => void)[] = [];
  const giveBack = (): void => {
    const next = waiting.shift();
    if (next) next();
    else taken -= 1;
  };
  /** Returns a function that gives a slot back, and does nothing when it is called again. */
  const slot = (): (() => void) => {
    let held = true;
    return () => {
      if (held) giveBack();
      held = false;
    };
  };
  return {
    take: (signal) =>
      new Promise((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason);
        if (taken < count) {
          taken += 1;
          return resolve(slot());
        }
        const leave = (): void => {
          waiting.splice(waiting.indexOf(begin), 1);
          reject(signal.reason);
        };
        const begin = (): void => {
          signal.removeEventListener('abort', leave);
          resolve(slot());
        };
        waiting.push(begin);
        return signal.addEventListener('abort', leave, { once: true });
      }),
  };
}
