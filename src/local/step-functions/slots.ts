/** Limits how many executions run at the same time. The others wait, first come first served. */
export type Slots = {
  /** Resolves when a slot is free, with a function that returns it. Rejects when `signal` aborts first. */
  take(key: string, signal: AbortSignal): Promise<() => void>;
  /** Returns how many others must end before this one gets a slot. 0 if it has one or does not wait. */
  ahead(key: string): number;
};

type Waiting = { readonly key: string; readonly begin: () => void };

/** Returns `count` slots. */
export function openSlots(count: number): Slots {
  let taken = 0;
  const waiting: Waiting[] = [];
  const giveBack = (): void => {
    const next = waiting.shift();
    if (next) next.begin();
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
    take: (key, signal) =>
      new Promise((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason);
        if (taken < count) {
          taken += 1;
          return resolve(slot());
        }
        const leave = (): void => {
          waiting.splice(waiting.indexOf(entry), 1);
          reject(signal.reason);
        };
        const begin = (): void => {
          signal.removeEventListener('abort', leave);
          resolve(slot());
        };
        const entry = { key, begin };
        waiting.push(entry);
        return signal.addEventListener('abort', leave, { once: true });
      }),
    ahead: (key) => {
      const index = waiting.findIndex((entry) => entry.key === key);
      return index < 0 ? 0 : taken + index;
    },
  };
}
