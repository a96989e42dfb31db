import type { AnswerStore } from './types.ts';

/** A cached answer with the time of its request, in epoch milliseconds. */
export type CachedAnswer = { readonly value: unknown; readonly fetchedAt: number; readonly note?: string | undefined };

/** A cache of known answers in this process and, if given, in a store. Unknown signals are not cached. */
type AnswerCache = {
  readonly get: (key: string) => Promise<CachedAnswer | undefined>;
  readonly put: (key: string, answer: CachedAnswer) => Promise<void>;
};

/** Creates a cache. If the process cache is full, it discards the oldest answers. */
export function answerCache(options: {
  /** Milliseconds for which an answer is valid. */
  readonly lifetime: number;
  /** The maximum total weight of the answers in this process. */
  readonly size: number;
  /** Returns the weight of an answer. Default 1. */
  readonly weigh?: ((value: unknown) => number) | undefined;
  readonly now: () => number;
  readonly store?: AnswerStore | undefined;
}): AnswerCache {
  const { lifetime, size, now, store, weigh = () => 1 } = options;
  const answers = new Map<string, CachedAnswer>();
  let weight = 0;
  // A fetch time in the future means that a clock was wrong.
  const isFresh = (answer: CachedAnswer | undefined): answer is CachedAnswer =>
    answer !== undefined && now() - answer.fetchedAt < lifetime && answer.fetchedAt <= now() + 60_000;
  const remove = (key: string): void => {
    const answer = answers.get(key);
    if (answer !== undefined) weight -= weigh(answer.value);
    answers.delete(key);
  };
  const add = (key: string, answer: CachedAnswer): void => {
    remove(key);
    answers.set(key, answer);
    weight += weigh(answer.value);
    for (const oldest of answers.keys()) {
      if (weight <= size || oldest === key) return;
      remove(oldest);
    }
  };
  return {
    get: async (key) => {
      const answer = answers.get(key);
      if (isFresh(answer)) return answer;
      if (store === undefined) return undefined;
      const stored = parseAnswer(await store.get(key).catch(() => undefined));
      if (!isFresh(stored)) return undefined;
      add(key, stored);
      return stored;
    },
    put: async (key, answer) => {
      add(key, answer);
      await store?.put(key, JSON.stringify(answer), answer.fetchedAt + lifetime).catch(() => undefined);
    },
  };
}

function parseAnswer(text: string | undefined): CachedAnswer | undefined {
  if (text === undefined) return undefined;
  try {
    const parsed = JSON.parse(text) as Partial<CachedAnswer> | null;
    if (typeof parsed?.fetchedAt !== 'number' || parsed.value === undefined) return undefined;
    const note = typeof parsed.note === 'string' ? parsed.note : undefined;
    return { value: parsed.value, fetchedAt: parsed.fetchedAt, note };
  } catch {
    return undefined;
  }
}
