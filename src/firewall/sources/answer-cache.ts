import type { AnswerStore } from './types.ts';

/** A known answer as it is kept. */
export type Kept = { readonly value: unknown; readonly fetchedAt: number; readonly note?: string | undefined };

/** Known answers by key: in this process, and in a store where one is given. Unknown is never kept. */
export type AnswerCache = {
  readonly get: (key: string) => Promise<Kept | undefined>;
  readonly put: (key: string, kept: Kept) => Promise<void>;
};

/**
 * @param lifetime milliseconds an answer holds
 * @param size most that is kept in this process, in answers or by their weight; the oldest go first
 */
export function answerCache(options: {
  readonly lifetime: number;
  readonly size: number;
  /** What an answer counts; 1 unless said. */
  readonly weigh?: ((value: unknown) => number) | undefined;
  readonly now: () => number;
  readonly store?: AnswerStore | undefined;
}): AnswerCache {
  const { lifetime, size, now, store, weigh = () => 1 } = options;
  const kept = new Map<string, Kept>();
  let weight = 0;
  const fresh = (one: Kept | undefined): one is Kept =>
    one !== undefined && now() - one.fetchedAt < lifetime && one.fetchedAt <= now() + 60_000;
  const forget = (key: string): void => {
    const one = kept.get(key);
    if (one !== undefined) weight -= weigh(one.value);
    kept.delete(key);
  };
  const remember = (key: string, one: Kept): void => {
    forget(key);
    kept.set(key, one);
    weight += weigh(one.value);
    for (const oldest of kept.keys()) {
      if (weight <= size || oldest === key) return;
      forget(oldest);
    }
  };
  return {
    get: async (key) => {
      const here = kept.get(key);
      if (fresh(here)) return here;
      if (store === undefined) return undefined;
      const there = readKept(await store.get(key).catch(() => undefined));
      if (!fresh(there)) return undefined;
      remember(key, there);
      return there;
    },
    put: async (key, one) => {
      remember(key, one);
      await store?.put(key, JSON.stringify(one), one.fetchedAt + lifetime).catch(() => undefined);
    },
  };
}

function readKept(text: string | undefined): Kept | undefined {
  if (text === undefined) return undefined;
  try {
    const one = JSON.parse(text) as Partial<Kept> | null;
    if (typeof one?.fetchedAt !== 'number' || one.value === undefined) return undefined;
    return { value: one.value, fetchedAt: one.fetchedAt, note: typeof one.note === 'string' ? one.note : undefined };
  } catch {
    return undefined;
  }
}
