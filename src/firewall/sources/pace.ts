/** At most so many questions in so many milliseconds. */
export type Pace = { readonly max: number; readonly within: number };

/** Longest that a question waits for its turn. */
const patience = 10_000;

/**
 * Keeps a pace: waits for its turn and answers true, or false at once when that would take too long. Turns are given
 * out in the order of asking.
 */
export function pacer(
  paces: readonly Pace[],
  ports: { readonly now: () => number; readonly sleep?: ((milliseconds: number) => Promise<unknown>) | undefined },
): () => Promise<boolean> {
  const sleep = ports.sleep ?? ((milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)));
  const longest = Math.max(0, ...paces.map(({ max }) => max));
  /** Turns given out, oldest first; some lie ahead. */
  const turns: number[] = [];
  return async () => {
    const now = ports.now();
    const turn = Math.max(
      now,
      ...paces.map(({ max, within }) => (turns.at(-max) ?? Number.NEGATIVE_INFINITY) + within),
    );
    if (turn - now > patience) return false;
    turns.push(turn);
    if (turns.length > longest) turns.shift();
    if (turn > now) await sleep(turn - now);
    return true;
  };
}
