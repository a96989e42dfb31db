/** A place in the queue for a slot. */
export type Place = {
  /** Resolves when the slot is free, with a function that returns it. Rejects when the signal aborts first. */
  readonly slot: Promise<() => void>;
  /** Returns how many others hold a slot or come first; 0 once this place has its slot. */
  others(): number;
};

/** Limits how many executions run at the same time. The others wait, first come first served. */
export type Slots = {
  /** Takes a place in the queue, and leaves it when `signal` aborts. */
  enter(signal: AbortSignal): Place;
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
    enter: (signal) => {
      if (signal.aborted) return { slot: Promise.reject(signal.reason), others: () => 0 };
      if (taken < count) {
        taken += 1;
        return { slot: Promise.resolve(slot()), others: () => 0 };
      }
      let begin = (): void => undefined;
      const begun = new Promise<() => void>((resolve, reject) => {
        const leave = (): void => {
          waiting.splice(waiting.indexOf(begin), 1);
          reject(signal.reason);
        };
        begin = () => {
          signal.removeEventListener('abort', leave);
          resolve(slot());
        };
        waiting.push(begin);
        signal.addEventListener('abort', leave, { once: true });
      });
      return { slot: begun, others: () => (waiting.includes(begin) ? taken + waiting.indexOf(begin) : 0) };
    },
  };
}
