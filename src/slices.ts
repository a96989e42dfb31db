import { setImmediate } from 'node:timers/promises';

/** Divides a long computation into slices, so that the process can answer others between them. */
export type Slices = {
  /** Returns undefined while the current slice has time left, otherwise a promise that resolves after other work. */
  next(): Promise<void> | undefined;
};

/** Starts the first slice. Each takes about `milliseconds`. `now` is in milliseconds. */
export function openSlices(milliseconds = 20, now: () => number = () => performance.now()): Slices {
  let end = now() + milliseconds;
  const pause = async (): Promise<void> => {
    await setImmediate();
    end = now() + milliseconds;
  };
  return { next: () => (now() < end ? undefined : pause()) };
}
