/** Returns a function that waits until its caller's turn. Turns are `milliseconds` apart. */
export function rateLimiter({
  milliseconds,
  now,
  sleep,
}: {
  readonly milliseconds: number;
  readonly now: () => number;
  readonly sleep: (milliseconds: number) => Promise<unknown>;
}): () => Promise<void> {
  let nextTurn = 0;
  return async () => {
    const turn = Math.max(now(), nextTurn);
    nextTurn = turn + milliseconds;
    const wait = turn - now();
    if (wait > 0) await sleep(wait);
  };
}
