/** Which results are cached, and for how long. */
export type MemoizeOptions<Result> = {
  readonly milliseconds: number;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Whether to cache a result. Failures are usually not cached. */
  readonly isCacheable: (result: Result) => boolean;
  /** Size of a result, in the unit of `maxWeight`. */
  readonly weigh: (result: Result) => number;
  readonly maxWeight: number;
};

type CacheEntry<Result> = { readonly result: Promise<Result>; until: number; weight: number };

/**
 * Caches the results of a function by key. Concurrent callers with the same key share one call.
 *
 * The oldest results are dropped when the total weight exceeds `maxWeight`.
 */
export function memoize<Key, Result>(
  compute: (key: Key) => Promise<Result>,
  { milliseconds, now, isCacheable, weigh, maxWeight }: MemoizeOptions<Result>,
): (key: Key) => Promise<Result> {
  const entries = new Map<Key, CacheEntry<Result>>();
  let total = 0;

  const discard = (key: Key): void => {
    total -= entries.get(key)?.weight ?? 0;
    entries.delete(key);
  };
  const cacheResult = (key: Key, entry: CacheEntry<Result>, result: Result): void => {
    if (entries.get(key) !== entry) return;
    if (!isCacheable(result)) {
      discard(key);
      return;
    }
    entry.until = now() + milliseconds;
    entry.weight = weigh(result);
    total += entry.weight;
    for (const [oldest, { until }] of entries) {
      if (total <= maxWeight) break;
      if (until !== Number.POSITIVE_INFINITY) discard(oldest);
    }
  };

  return (key) => {
    const cached = entries.get(key);
    if (cached !== undefined && cached.until > now()) return cached.result;
    discard(key);
    const entry: CacheEntry<Result> = { result: compute(key), until: Number.POSITIVE_INFINITY, weight: 0 };
    entries.set(key, entry);
    entry.result.then(
      (result) => cacheResult(key, entry, result),
      () => discard(key),
    );
    return entry.result;
  };
}
