/** Which results are cached, and for how long. */
export type MemoizeOptions<Answer> = {
  readonly milliseconds: number;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Whether to cache a result. Failures are usually not cached. */
  readonly keeps: (answer: Answer) => boolean;
  /** Size of a result, in the unit of `maxWeight`. */
  readonly weigh: (answer: Answer) => number;
  readonly maxWeight: number;
};

type Held<Answer> = { readonly answer: Promise<Answer>; until: number; weight: number };

/**
 * Caches the results of a function by key. Concurrent callers with the same key share one call.
 *
 * The oldest results are dropped when the total weight exceeds `maxWeight`.
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
