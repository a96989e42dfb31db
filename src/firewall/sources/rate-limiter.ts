/** At most `max` requests in `period` milliseconds. */
export type RateLimit = { readonly max: number; readonly period: number };

/** The maximum wait for a turn, in milliseconds. */
const maxWait = 10_000;

/**
 * Returns a function that waits until the next request is allowed and then returns true. It returns false without a wait
 * if the wait would be too long. Requests are allowed in the order of the calls.
 */
export function rateLimiter(
  limits: readonly RateLimit[],
  ports: { readonly now: () => number; readonly sleep?: ((milliseconds: number) => Promise<unknown>) | undefined },
): () => Promise<boolean> {
  const sleep = ports.sleep ?? ((milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)));
  const maxTimes = Math.max(0, ...limits.map(({ max }) => max));
  /** The times of the latest requests, oldest first. Some may lie in the future. */
  const times: number[] = [];
  return async () => {
    const now = ports.now();
    const time = Math.max(
      now,
      ...limits.map(({ max, period }) => (times.at(-max) ?? Number.NEGATIVE_INFINITY) + period),
    );
    if (time - now > maxWait) return false;
    times.push(time);
    if (times.length > maxTimes) times.shift();
    if (time > now) await sleep(time - now);
    return true;
  };
}
