import type { Target } from './targets.ts';

/** Targets by their words in order of the alphabet, and by their letters alone. */
export type WordIndex = {
  readonly bySorted: ReadonlyMap<string, Target>;
  readonly bySquashed: ReadonlyMap<string, Target>;
};

/** Of targets with one key the first stands: they come best first, protected names last. */
export function indexWords(targets: readonly Target[]): WordIndex {
  const bySorted = new Map<string, Target>();
  const bySquashed = new Map<string, Target>();
  for (const target of targets.toReversed()) {
    if (target.name.includes('-')) bySorted.set(sortedWords(target.name), target);
    bySquashed.set(squashed(target.name), target);
  }
  return { bySorted, bySquashed };
}

const perLogRank = -0.77;
const otherOrder = 7.5;
const otherDelimiters = 7;

/** Same words in another order, or the same letters with delimiters elsewhere. */
export function findRearranged(name: string, words: WordIndex, found: (target: Target, score: number) => void): void {
  const reordered = name.includes('-') ? words.bySorted.get(sortedWords(name)) : undefined;
  if (reordered !== undefined && reordered.name !== name)
    found(reordered, otherOrder + perLogRank * Math.log(reordered.rank));
  const respaced = name.length >= 6 ? words.bySquashed.get(squashed(name)) : undefined;
  if (respaced !== undefined && respaced.name !== name)
    found(respaced, otherDelimiters + perLogRank * Math.log(respaced.rank));
}

const sortedWords = (name: string): string => name.split('-').sort().join('-');
const squashed = (name: string): string => name.replaceAll('-', '');
