/** Lets one caller through at a time, so many milliseconds apart. */
export function paced({
  milliseconds,
  now,
  sleep,
}: {
  readonly milliseconds: number;
  readonly now: () => number;
  readonly sleep: (milliseconds: number) => Promise<unknown>;
}): () => Promise<void> {
  let free = 0;
  return async () => {
    const at = Math.max(now(), free);
    free = at + milliseconds;
    const wait = at - now();
    if (wait > 0) await sleep(wait);
  };
}
