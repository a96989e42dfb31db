/** What to keep of answers, and for how long. */
export type MemoizeOptions<Answer> = {
  readonly milliseconds: number;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Whether an answer is worth keeping; failures are best asked again. */
  readonly keeps: (answer: Answer) => boolean;
  /** Size of an answer, in whatever unit `maxWeight` counts. */
  readonly weigh: (answer: Answer) => number;
  readonly maxWeight: number;
};

type Held<Answer> = { readonly answer: Promise<Answer>; until: number; weight: number };

/**
 * Asks one question at a time per key: who asks meanwhile gets the same answer, and so does who asks soon after.
 *
 * The oldest answers go first when all together weigh too much.
 */
export function memoize<Key, Answer>(
  ask: (key: Key) => Promise<Answer>,
  { milliseconds, now, keeps, weigh, maxWeight }: MemoizeOptions<Answer>,
): (key: Key) => Promise<Answer> {
  const held = new Map<Key, Held<Answer>>();
  let total = 0;

  const drop = (key: Key): void => {
    total -= held.get(key)?.weight ?? 0;
    held.delete(key);
  };
  const settle = (key: Key, entry: Held<Answer>, answer: Answer): void => {
    if (held.get(key) !== entry) return;
    if (!keeps(answer)) {
      drop(key);
      return;
    }
    entry.until = now() + milliseconds;
    entry.weight = weigh(answer);
    total += entry.weight;
    for (const [oldest, { until }] of held) {
      if (total <= maxWeight) break;
      if (until !== Number.POSITIVE_INFINITY) drop(oldest);
    }
  };

  return (key) => {
    const known = held.get(key);
    if (known !== undefined && known.until > now()) return known.answer;
    drop(key);
    const entry: Held<Answer> = { answer: ask(key), until: Number.POSITIVE_INFINITY, weight: 0 };
    held.set(key, entry);
    entry.answer.then(
      (answer) => settle(key, entry, answer),
      () => drop(key),
    );
    return entry.answer;
  };
}
