import { isProjectName, normaliseName } from '../../index/names.ts';
import type { ProjectName } from '../../index/types.ts';
import type { SimilarName } from '../types.ts';
import { editsAllowed, indexTargets, maxComparedLength, type Near } from './near.ts';
import { shadowedNames } from './protected-names.ts';
import { learnRarity, type Rarity } from './rarity.ts';
import { findRearranged, indexWords, type WordIndex } from './rearranged.ts';
import { gatherTargets, type Target } from './targets.ts';
import { findTypoPattern, type TypoPattern } from './typo-patterns.ts';

/** Part of the policy's version: raised whenever the detector answers differently. */
export const detectorRevision = 1;

/** Popular names that a name plausibly imitates, best first; empty for what is no name. */
export type SimilarNames = (name: string) => readonly SimilarName[];

/** Confidences of the two operating points: few false alarms, or few misses. */
export const operatingPoints = { careful: 0.9, keen: 0.25 } as const;

type Options = {
  /** Normalised names, best first. */
  readonly popular: readonly string[];
  /** A team's own names. */
  readonly protectedNames?: readonly string[];
  /** Most names answered. Default 3. */
  readonly limit?: number;
  /** False judges popular names too, as if they were not: for measuring. Default true. */
  readonly exemptPopular?: boolean;
};

type Detector = {
  readonly near: Near;
  readonly words: WordIndex;
  readonly rarity: Rarity;
  readonly shadowed: ReadonlySet<string>;
};

/** Prepares a detector: takes some tens of milliseconds, and then microseconds per name. */
export function similarNames({ popular, protectedNames = [], limit = 3, exemptPopular = true }: Options): SimilarNames {
  const exempt = new Set(popular);
  const targets = gatherTargets(popular, protectedNames);
  const detector: Detector = {
    near: indexTargets(targets),
    words: indexWords(targets),
    rarity: learnRarity(popular),
    shadowed: shadowedNames(),
  };
  return (given) => {
    const name = isProjectName(given) ? normaliseName(given) : undefined;
    if (name === undefined || name.length < 2 || name.length > maxComparedLength) return [];
    if (exempt.has(name)) return exemptPopular ? [] : detect(name, detector).slice(0, limit);
    if (detector.shadowed.has(name)) return [{ target: name, confidence: 0.95 }];
    return detect(name, detector).slice(0, limit);
  };
}

function detect(name: ProjectName, { near, words, rarity }: Detector): SimilarName[] {
  const best = new Map<ProjectName, number>();
  const offer = (target: Target, score: number): void => {
    const confidence = 1 / (1 + Math.exp(-score));
    if (confidence >= operatingPoints.keen && target.project !== name && confidence > (best.get(target.project) ?? 0)) {
      best.set(target.project, confidence);
    }
  };
  near(name, (target) => {
    if (target.name === name) return;
    const typoPattern = findTypoPattern(name, target.name, editsAllowed(Math.min(name.length, target.name.length)));
    if (typoPattern !== undefined) offer(target, scoreTypoPattern(name, target, typoPattern, rarity));
  });
  findRearranged(name, words, (target, score) => offer(target, score));
  return [...best]
    .map(([target, confidence]) => ({ target, confidence: Math.round(confidence * 1_000) / 1_000 }))
    .sort((a, b) => b.confidence - a.confidence);
}

/** Coefficients beside those of the slips: what is common in imitations against what honest names have too. */
const base = -1.48;
const perLogRank = -0.77;
const perNat = 0.191;
const perSymbol = 0.174;
const perSymbolOfWord = 0.563;
const secondEdit = -4.33;
const longWord = 8;

/** Log-odds that the name imitates the target: a noisy channel's three parts and a little about lengths. */
function scoreTypoPattern(name: string, target: Target, typoPattern: TypoPattern, rarity: Rarity): number {
  const family = familyOf(name, target.name);
  const known =
    base +
    typoPattern.weight +
    perLogRank * Math.log(target.rank) +
    perSymbol * (name.length - family) +
    perSymbolOfWord * Math.min(changedSymbols(name, target.name), longWord) +
    (typoPattern.count > 1 ? secondEdit : 0);
  // Spelling costs most to work out, and no name is more surprising than this.
  if (known + perNat * 6 * name.length < -2) return known;
  return known + perNat * rarity.of(name, [target.project, name]);
}

/** Families whose members differ by design. */
const families = ['types-', 'mypy-boto3-', 'types-boto3-', 'types-aiobotocore-'];

/** Symbols of the family's name that both begin with: they are no resemblance. */
function familyOf(name: string, target: string): number {
  const shared = families.filter((family) => name.startsWith(family) && target.startsWith(family));
  return Math.max(0, ...shared.map(({ length }) => length * 2));
}

/** Length of the target's words that differ: a slip in a short word makes another word. */
function changedSymbols(name: string, target: string): number {
  const [ours, theirs] = [name.split('-'), target.split('-')];
  if (ours.length !== theirs.length) return theirs.join('').length;
  return theirs.reduce((sum, word, index) => sum + (word === ours[index] ? 0 : word.length), 0);
}
