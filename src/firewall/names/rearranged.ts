import type { Target } from './targets.ts';

/** Targets by their sorted words, and by their name without delimiters. */
export type WordIndex = {
  readonly bySortedWords: ReadonlyMap<string, Target>;
  readonly withoutDelimiters: ReadonlyMap<string, Target>;
};

/** Indexes targets, most popular first. If several targets have the same key, the first one counts. */
export function indexWords(targets: readonly Target[]): WordIndex {
  const bySortedWords = new Map<string, Target>();
  const withoutDelimiters = new Map<string, Target>();
  for (const target of targets.toReversed()) {
    if (target.name.includes('-')) bySortedWords.set(sortWords(target.name), target);
    withoutDelimiters.set(removeDelimiters(target.name), target);
  }
  return { bySortedWords, withoutDelimiters };
}

/** The coefficients of the score, as log-odds. */
const perLogRank = -0.77;
const otherOrder = 7.5;
const otherDelimiters = 7;

/** Finds targets with the same words in another order, or with the same letters and other delimiters. */
export function findRearranged(name: string, words: WordIndex, visit: (target: Target, score: number) => void): void {
  const reordered = name.includes('-') ? words.bySortedWords.get(sortWords(name)) : undefined;
  if (reordered !== undefined && reordered.name !== name) {
    visit(reordered, otherOrder + perLogRank * Math.log(reordered.rank));
  }
  const delimited = name.length >= 6 ? words.withoutDelimiters.get(removeDelimiters(name)) : undefined;
  if (delimited !== undefined && delimited.name !== name) {
    visit(delimited, otherDelimiters + perLogRank * Math.log(delimited.rank));
  }
}

const sortWords = (name: string): string => name.split('-').sort().join('-');
const removeDelimiters = (name: string): string => name.replaceAll('-', '');
