import { isProjectName, normaliseName } from '../../index/names.ts';
import type { ProjectName } from '../../index/types.ts';
import type { SimilarName } from '../types.ts';
import { type AffixKind, kindsOfAffix } from './affixes.ts';
import { maxComparedLength } from './index-targets.ts';
import { gatherTargets, type Target } from './targets.ts';

/** Returns the popular names that a name contains next to an affix, most likely first; none if the text is not a project name. */
export type ContainedNames = (name: string) => readonly SimilarName[];

/**
 * The minimum confidence of a result. Most names that contain a popular name are honest plugins, so this is a weaker signal
 * than a similar name.
 */
export const minContainedConfidence = 0.5;

/** Less popular names are part of too many honest names. */
const maxContainedRank = 5_000;
/** Shorter names are part of unrelated words. */
const minContainedLength = 4;
const minJoinedLength = 5;
/** No contained name has more words. */
const maxContainedWords = 4;

type Options = {
  /** Normalised names, most popular first. */
  readonly popular: readonly string[];
  /** The protected names of the policy. */
  readonly protectedNames?: readonly string[];
  /** The maximum number of results. Default 3. */
  readonly limit?: number;
};

/** A target by its letters. `family` is the number of popular names that contain it. */
type Entry = { readonly target: Target; readonly isStem: boolean; family: number };
type Entries = ReadonlyMap<string, Entry>;

/** Prepares a detector, which takes tens of milliseconds. A detection then takes microseconds. */
export function containedNames({ popular, protectedNames = [], limit = 3 }: Options): ContainedNames {
  const exempt = new Set(popular);
  const entries = indexEntries(gatherTargets(popular, protectedNames), popular);
  return (text) => {
    const name = isProjectName(text) ? normaliseName(text) : undefined;
    if (name === undefined || name.length > maxComparedLength || exempt.has(name)) return [];
    return detect(name, entries).slice(0, limit);
  };
}

function detect(name: ProjectName, entries: Entries): SimilarName[] {
  const best = new Map<ProjectName, number>();
  visitContained(name, entries, ({ target, isStem, family }, start, end) => {
    // A digit at the end makes a sibling (`request2`), which is a matter of similar names.
    if (start === 0 && /^s?[0-9]$/.test(name.slice(end))) return;
    const score = scoreTarget(target, isStem, family) + scoreAffixes(name, start, end, entries);
    const confidence = Math.round(1_000 / (1 + Math.exp(-score))) / 1_000;
    if (confidence < minContainedConfidence || target.project === name) return;
    if (confidence > (best.get(target.project) ?? 0)) best.set(target.project, confidence);
  });
  return [...best].map(([target, confidence]) => ({ target, confidence })).sort((a, b) => b.confidence - a.confidence);
}

/** Coefficients of a logistic regression over labelled names, in which frequent targets have a reduced weight. */
const intercept = 4.062;
const perLogRank = -0.801;
const perTargetSymbol = 0.073;
const perLogFamily = -0.568;
const stem = -0.483;
const joined = -0.444;
const onBothSides = -1.312;
const before = -0.817;
const perShare = 3.498;
const perFurtherAffix = -1.012;
const affixWeights: Readonly<Record<AffixKind, number>> = {
  edition: 0.04,
  tool: 0.12,
  language: 0.48,
  version: 1.43,
  project: -1.57,
  other: -1.72,
};
const maxTargetSymbols = 12;

/** Returns the part of the log-odds that only the target determines. Honest plugins make large families. */
function scoreTarget(target: Target, isStem: boolean, family: number): number {
  return (
    intercept +
    perLogRank * Math.log(target.rank) +
    perTargetSymbol * Math.min(target.name.length, maxTargetSymbols) +
    perLogFamily * Math.log(1 + family) +
    (isStem ? stem : 0)
  );
}

/** Returns the part of the log-odds that the rest of the name determines. */
function scoreAffixes(name: string, start: number, end: number, entries: Entries): number {
  const [prefix, suffix] = [name.slice(0, start), name.slice(end)];
  const kinds = [...prefix.split('-'), ...suffix.split('-')]
    .filter((affix) => affix !== '')
    .flatMap((affix): readonly AffixKind[] => kindsOfAffix(affix) ?? [entries.has(affix) ? 'project' : 'other']);
  const isJoined = /[^-]$/.test(prefix) || /^[^-]/.test(suffix);
  const side = prefix === '' ? 0 : suffix === '' ? before : onBothSides;
  return (
    [...new Set(kinds)].reduce((sum, kind) => sum + affixWeights[kind], 0) +
    perFurtherAffix * (kinds.length - 1) +
    (perShare * (end - start)) / name.length +
    (isJoined ? joined : 0) +
    side
  );
}

function indexEntries(targets: readonly Target[], popular: readonly string[]): Entries {
  const entries = new Map<string, Entry>();
  for (const target of targets) if (target.rank <= maxContainedRank) addEntries(entries, target);
  for (const name of popular) {
    const counted = new Set<Entry>();
    visitContained(name, entries, (entry) => counted.add(entry));
    for (const entry of counted) entry.family += 1;
  }
  return entries;
}

/**
 * Adds a target by its letters, and without its last `s` or digits. Of two targets with the same letters the first one
 * counts, except that `request` means `requests` only if `request` itself is far less popular.
 */
function addEntries(entries: Map<string, Entry>, target: Target): void {
  const letters = target.name.replaceAll('-', '');
  const known = entries.get(letters);
  if (
    letters.length >= minContainedLength &&
    (known === undefined || (known.isStem && target.rank < 4 * known.target.rank))
  ) {
    entries.set(letters, { target, isStem: false, family: 0 });
  }
  const shortened = letters.replace(/s$|[0-9]+$/, '');
  if (shortened.length >= minContainedLength && !entries.has(shortened)) {
    entries.set(shortened, { target, isStem: true, family: 0 });
  }
}

type Visit = (entry: Entry, start: number, end: number) => void;

/** Visits the targets in a name: sequences of its words, and the beginnings and ends of its words. */
function visitContained(name: string, entries: Entries, visit: Visit): void {
  const check = (letters: string, start: number, end: number): void => {
    const entry = letters.length < name.length ? entries.get(letters) : undefined;
    if (entry !== undefined && end - start < name.length) visit(entry, start, end);
  };
  const words = name.split('-');
  let start = 0;
  for (const [index, word] of words.entries()) {
    let [letters, end] = ['', start - 1];
    for (const further of words.slice(index, index + maxContainedWords)) {
      letters += further;
      end += 1 + further.length;
      check(letters, start, end);
    }
    for (let length = minJoinedLength; length < word.length; length += 1) {
      check(word.slice(0, length), start, start + length);
      check(word.slice(-length), start + word.length - length, start + word.length);
    }
    start += word.length + 1;
  }
}
