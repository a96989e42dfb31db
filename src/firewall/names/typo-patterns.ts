import { isAdjacentKey, isDigit, isLookAlike, isSoundAlike, isVowel } from './letters.ts';

/**
 * How much each kind of slip speaks for an imitation: coefficients of a logistic regression over labelled names in which
 * every imitated project counts about once. Positive: imitations do it more often than honest names that come close.
 */
const weights = {
  swapped: 1.99,
  doubled: 2.0,
  addedBesideKey: 1.02,
  addedInside: -1.04,
  addedAtEnd: 0.59,
  addedAtStart: -2.47,
  addedPlural: 1.98,
  droppedDouble: 1.14,
  dropped: 0.81,
  droppedVowel: 1.81,
  droppedAtEnd: 0.5,
  droppedAtStart: -0.29,
  droppedPlural: 2.69,
  droppedDigit: -2.11,
  besideKey: 0.25,
  lookAlike: 0.88,
  soundAlike: 0.5,
  vowel: 0.74,
  letter: -1.4,
  lastLetter: -0.27,
  delimiterForLetter: -0.99,
  addedDelimiter: -3.24,
  droppedDelimiter: -2.55,
} as const;

/** A slip that is none: another digit or a digit for a letter makes a sibling (`request2`), not a typing error. */
const implausible = -100;

/** Slips that make `target` into `name`, at most two: how many, and what they weigh together. */
export type TypoPattern = { readonly count: number; readonly weight: number };

const wide = 64;
const counts = new Uint8Array(wide * wide);
const sums = new Float64Array(wide * wide);

/** Cheapest way from target to name (optimal string alignment), of equally short ways the most plausible one. Undefined beyond `most`. */
export function findTypoPattern(name: string, target: string, max: number): TypoPattern | undefined {
  const [width, height] = [name.length + 1, target.length + 1];
  if (width > wide || height > wide || !within(name, target, max)) return undefined;
  for (let row = 0; row < height; row += 1) {
    for (let column = 0; column < width; column += 1) fillCell(name, target, row, column);
  }
  const end = (height - 1) * wide + width - 1;
  const count = counts[end] ?? 255;
  const weight = sums[end] ?? implausible;
  return count > max || weight < implausible / 2 ? undefined : { count, weight };
}

/**
 * Whether at most one or two edits lie between two texts, by trying them: from the first difference on, each kind of edit
 * must lead to equal rests. Far cheaper than a matrix, and nearly all that pass the sieves fail here.
 */
function within(a: string, b: string, edits: number): boolean {
  return leads(a, 0, b, 0, edits);
}

function leads(a: string, fromA: number, b: string, fromB: number, edits: number): boolean {
  let [i, j] = [fromA, fromB];
  while (i < a.length && j < b.length && a.charCodeAt(i) === b.charCodeAt(j)) {
    i += 1;
    j += 1;
  }
  const [restA, restB] = [a.length - i, b.length - j];
  if (restA === 0 || restB === 0) return restA + restB <= edits;
  if (edits === 0 || Math.abs(restA - restB) > edits) return false;
  return (
    leads(a, i + 1, b, j + 1, edits - 1) ||
    leads(a, i + 1, b, j, edits - 1) ||
    leads(a, i, b, j + 1, edits - 1) ||
    (restA > 1 &&
      restB > 1 &&
      a.charCodeAt(i) === b.charCodeAt(j + 1) &&
      a.charCodeAt(i + 1) === b.charCodeAt(j) &&
      leads(a, i + 2, b, j + 2, edits - 1))
  );
}

function fillCell(name: string, target: string, row: number, column: number): void {
  const cell = row * wide + column;
  if (cell === 0) {
    counts[0] = 0;
    sums[0] = 0;
    return;
  }
  counts[cell] = 255;
  const [a, b] = [target.charAt(row - 1), name.charAt(column - 1)];
  if (row > 0 && column > 0) {
    const before = cell - wide - 1;
    if (a === b) offer(cell, before, 0, 0);
    else offer(cell, before, 1, weighReplaced(a, b, row === target.length && column === name.length));
  }
  if (row > 1 && column > 1 && a !== b && a === name.charAt(column - 2) && b === target.charAt(row - 2)) {
    offer(cell, cell - 2 * wide - 2, 1, weights.swapped);
  }
  if (column > 0) offer(cell, cell - 1, 1, weighAdded(name, column - 1));
  if (row > 0) offer(cell, cell - wide, 1, weighDropped(target, row - 1));
}

function offer(cell: number, from: number, steps: number, weight: number): void {
  const count = (counts[from] ?? 255) + steps;
  if (count > 254) return;
  const sum = (sums[from] ?? 0) + weight;
  const best = counts[cell] ?? 255;
  if (count < best || (count === best && sum > (sums[cell] ?? 0))) {
    counts[cell] = count;
    sums[cell] = sum;
  }
}

function weighReplaced(a: string, b: string, last: boolean): number {
  if (isDigit(a) && isDigit(b)) return !last && isAdjacentKey(a, b) ? weights.besideKey : implausible;
  if (isLookAlike(a, b)) return weights.lookAlike;
  if (b === '-') return weights.delimiterForLetter;
  if (a === '-') return implausible;
  if (isDigit(a) || isDigit(b)) return !last && isAdjacentKey(a, b) ? weights.besideKey : implausible;
  if (isVowel(a) && isVowel(b)) return weights.vowel;
  if (isSoundAlike(a, b)) return weights.soundAlike;
  if (isAdjacentKey(a, b)) return weights.besideKey;
  return last ? weights.lastLetter : weights.letter;
}

function weighAdded(name: string, index: number): number {
  const [before, added, after] = [name.charAt(index - 1), name.charAt(index), name.charAt(index + 1)];
  if (added === '-') return weights.addedDelimiter;
  if (added === before || added === after) return weights.doubled;
  if (added === 's' && (after === '' || after === '-')) return weights.addedPlural;
  if (isDigit(added)) return implausible;
  if (isAdjacentKey(before, added) || isAdjacentKey(after, added)) return weights.addedBesideKey;
  if (after === '') return weights.addedAtEnd;
  return before === '' ? weights.addedAtStart : weights.addedInside;
}

function weighDropped(target: string, index: number): number {
  const [before, dropped, after] = [target.charAt(index - 1), target.charAt(index), target.charAt(index + 1)];
  if (dropped === '-') return weights.droppedDelimiter;
  if (dropped === before || dropped === after) return weights.droppedDouble;
  if (dropped === 's' && (after === '' || after === '-')) return weights.droppedPlural;
  if (isDigit(dropped)) return weights.droppedDigit;
  if (after === '') return weights.droppedAtEnd;
  if (before === '') return weights.droppedAtStart;
  return isVowel(dropped) ? weights.droppedVowel : weights.dropped;
}
