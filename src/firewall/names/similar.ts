import { isProjectName, normaliseName } from '../../index/names.ts';
import type { ProjectName } from '../../index/types.ts';
import type { SimilarName } from '../types.ts';
import { type FindCandidates, indexTargets, maxComparedLength, maxEdits } from './index-targets.ts';
import { shadowedNames } from './protected-names.ts';
import { learnRarity, type Rarity } from './rarity.ts';
import { findRearranged, indexWords, type WordIndex } from './rearranged.ts';
import { gatherTargets, type Target } from './targets.ts';
import { findTypoPattern, type TypoPattern } from './typo-patterns.ts';

/** Part of the policy version. Increment it if the results of the detector change. */
export const detectorRevision = 2;

/** Returns the names that a name may imitate, most likely first; none if the text is not a project name. */
export type SimilarNames = (name: string) => readonly SimilarName[];

/** Minimum confidences for high precision (few false positives) and high recall (few false negatives). */
export const operatingPoints = { highPrecision: 0.9, highRecall: 0.25 } as const;

type Options = {
  /** Normalised names, most popular first. */
  readonly popular: readonly string[];
  /** The protected names of the policy. */
  readonly protectedNames?: readonly string[];
  /** The maximum number of results. Default 3. */
  readonly limit?: number;
  /** Whether popular names have no similar names. False is for measurements. Default true. */
  readonly exemptPopular?: boolean;
};

type Detector = {
  readonly findCandidates: FindCandidates;
  readonly words: WordIndex;
  readonly rarity: Rarity;
  readonly shadowed: ReadonlySet<string>;
};

/** Prepares a detector, which takes tens of milliseconds. A detection then takes microseconds. */
export function similarNames({ popular, protectedNames = [], limit = 3, exemptPopular = true }: Options): SimilarNames {
  const exempt = new Set(popular);
  const targets = gatherTargets(popular, protectedNames);
  const detector: Detector = {
    findCandidates: indexTargets(targets),
    words: indexWords(targets),
    rarity: learnRarity(popular),
    shadowed: shadowedNames(),
  };
  return (text) => {
    const name = isProjectName(text) ? normaliseName(text) : undefined;
    if (name === undefined || name.length < 2 || name.length > maxComparedLength) return [];
    if (exempt.has(name)) return exemptPopular ? [] : detect(name, detector).slice(0, limit);
    if (detector.shadowed.has(name)) return [{ target: name, confidence: 0.95 }];
    return detect(name, detector).slice(0, limit);
  };
}

function detect(name: ProjectName, { findCandidates, words, rarity }: Detector): SimilarName[] {
  const best = new Map<ProjectName, number>();
  const add = (target: Target, score: number): void => {
    const confidence = 1 / (1 + Math.exp(-score));
    if (confidence < operatingPoints.highRecall || target.project === name) return;
    if (confidence > (best.get(target.project) ?? 0)) best.set(target.project, confidence);
  };
  findCandidates(name, (target) => {
    if (target.name === name) return;
    const typoPattern = findTypoPattern(name, target.name, maxEdits(Math.min(name.length, target.name.length)));
    if (typoPattern !== undefined) add(target, scoreTypoPattern(name, target, typoPattern, rarity));
  });
  findRearranged(name, words, add);
  return [...best]
    .map(([target, confidence]) => ({ target, confidence: Math.round(confidence * 1_000) / 1_000 }))
    .sort((a, b) => b.confidence - a.confidence);
}

/** Coefficients of the logistic regression, in addition to the weights of the typos. */
const intercept = 0.932;
const perLogRank = -0.887;
const perNat = 0.162;
const perSymbol = 0.211;
const perChangedWordSymbol = 0.428;
const secondEdit = -4.276;
const maxChangedSymbols = 8;

/**
 * Returns the log-odds that the name imitates the target: a noisy channel model with the typo, the popularity of the
 * target, the rarity of the name, and the lengths.
 */
function scoreTypoPattern(name: string, target: Target, typoPattern: TypoPattern, rarity: Rarity): number {
  const score =
    intercept +
    typoPattern.weight +
    perLogRank * Math.log(target.rank) +
    perSymbol * (name.length - familyPenalty(name, target.name)) +
    perChangedWordSymbol * Math.min(changedSymbols(name, target.name), maxChangedSymbols) +
    (typoPattern.count > 1 ? secondEdit : 0);
  // The rarity is the most expensive part. No name has more than 6 nats per symbol, so it cannot raise this score enough.
  if (score + perNat * 6 * name.length < -2) return score;
  return score + perNat * rarity.of(name, [target.project, name]);
}

/** Prefixes of project families whose members have similar names by design. */
const families = ['types-', 'mypy-boto3-', 'types-boto3-', 'types-aiobotocore-'];

/** Returns twice the length of a family prefix that both names share, because it is not evidence of imitation. */
function familyPenalty(name: string, target: string): number {
  const shared = families.filter((family) => name.startsWith(family) && target.startsWith(family));
  return Math.max(0, ...shared.map(({ length }) => length * 2));
}

/** Returns the total length of the target's words that the name changes. A typo in a short word makes another word. */
function changedSymbols(name: string, target: string): number {
  const [nameWords, targetWords] = [name.split('-'), target.split('-')];
  if (nameWords.length !== targetWords.length) return targetWords.join('').length;
  return targetWords.reduce((sum, word, index) => sum + (word === nameWords[index] ? 0 : word.length), 0);
}
