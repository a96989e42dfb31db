import { isAdjacentKey, isDigit, isLookAlike, isSoundAlike, isVowel } from './letters.ts';

/**
 * The weight of each kind of typo: coefficients of a logistic regression over labelled names, in which every imitated
 * project counts about once. A positive weight means that imitations contain the typo more often than honest names do.
 */
const weights = {
  transposed: 1.99,
  doubled: 2.0,
  addedAdjacentKey: 1.02,
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
  adjacentKey: 0.25,
  lookAlike: 0.88,
  soundAlike: 0.5,
  vowel: 0.74,
  letter: -1.4,
  lastLetter: -0.27,
  delimiterForLetter: -0.99,
  addedDelimiter: -3.24,
  droppedDelimiter: -2.55,
} as const;

/** The weight of a change that is not a typo. Another digit, or a digit for a letter, makes a sibling (`request2`). */
const implausible = -100;

/** The typos that turn a target into a name: their number and the sum of their weights. */
export type TypoPattern = { readonly count: number; readonly weight: number };

const stride = 64;
const counts = new Uint8Array(stride * stride);
const sums = new Float64Array(stride * stride);

/**
 * Finds the fewest typos that turn `target` into `name` (optimal string alignment), and of those the most plausible ones.
 * Returns undefined if there are more than `maxCount` or if one is implausible.
 */
export function findTypoPattern(name: string, target: string, maxCount: number): TypoPattern | undefined {
  const [width, height] = [name.length + 1, target.length + 1];
  if (width > stride || height > stride || !isWithinEdits(name, 0, target, 0, maxCount)) return undefined;
  for (let row = 0; row < height; row += 1) {
    for (let column = 0; column < width; column += 1) fillCell(name, target, row, column);
  }
  const end = (height - 1) * stride + width - 1;
  const count = counts[end] ?? 255;
  const weight = sums[end] ?? implausible;
  return count > maxCount || weight < implausible / 2 ? undefined : { count, weight };
}

/**
 * Checks whether the rests of two texts differ by at most `edits` edits. It tries each kind of edit at the first
 * difference, which is far cheaper than the matrix, and most candidates fail here.
 */
function isWithinEdits(a: string, startA: number, b: string, startB: number, edits: number): boolean {
  let [i, j] = [startA, startB];
  while (i < a.length && j < b.length && a.charCodeAt(i) === b.charCodeAt(j)) {
    i += 1;
    j += 1;
  }
  const [restA, restB] = [a.length - i, b.length - j];
  if (restA === 0 || restB === 0) return restA + restB <= edits;
  if (edits === 0 || Math.abs(restA - restB) > edits) return false;
  return (
    isWithinEdits(a, i + 1, b, j + 1, edits - 1) ||
    isWithinEdits(a, i + 1, b, j, edits - 1) ||
    isWithinEdits(a, i, b, j + 1, edits - 1) ||
    (restA > 1 &&
      restB > 1 &&
      a.charCodeAt(i) === b.charCodeAt(j + 1) &&
      a.charCodeAt(i + 1) === b.charCodeAt(j) &&
      isWithinEdits(a, i + 2, b, j + 2, edits - 1))
  );
}

function fillCell(name: string, target: string, row: number, column: number): void {
  const cell = row * stride + column;
  if (cell === 0) {
    counts[0] = 0;
    sums[0] = 0;
    return;
  }
  counts[cell] = 255;
  const [a, b] = [target.charAt(row - 1), name.charAt(column - 1)];
  if (row > 0 && column > 0) {
    const diagonal = cell - stride - 1;
    if (a === b) improve(cell, diagonal, 0, 0);
    else improve(cell, diagonal, 1, weighReplaced(a, b, row === target.length && column === name.length));
  }
  if (row > 1 && column > 1 && a !== b && a === name.charAt(column - 2) && b === target.charAt(row - 2)) {
    improve(cell, cell - 2 * stride - 2, 1, weights.transposed);
  }
  if (column > 0) improve(cell, cell - 1, 1, weighAdded(name, column - 1));
  if (row > 0) improve(cell, cell - stride, 1, weighDropped(target, row - 1));
}

/** Updates a cell if the path from `previous` has fewer typos, or as many with a greater weight. */
function improve(cell: number, previous: number, typos: number, weight: number): void {
  const count = (counts[previous] ?? 255) + typos;
  if (count > 254) return;
  const sum = (sums[previous] ?? 0) + weight;
  const best = counts[cell] ?? 255;
  if (count < best || (count === best && sum > (sums[cell] ?? 0))) {
    counts[cell] = count;
    sums[cell] = sum;
  }
}

function weighReplaced(a: string, b: string, isLast: boolean): number {
  if (isDigit(a) && isDigit(b)) return !isLast && isAdjacentKey(a, b) ? weights.adjacentKey : implausible;
  if (isLookAlike(a, b)) return weights.lookAlike;
  if (b === '-') return weights.delimiterForLetter;
  if (a === '-') return implausible;
  if (isDigit(a) || isDigit(b)) return !isLast && isAdjacentKey(a, b) ? weights.adjacentKey : implausible;
  if (isVowel(a) && isVowel(b)) return weights.vowel;
  if (isSoundAlike(a, b)) return weights.soundAlike;
  if (isAdjacentKey(a, b)) return weights.adjacentKey;
  return isLast ? weights.lastLetter : weights.letter;
}

function weighAdded(name: string, index: number): number {
  const [previous, added, next] = [name.charAt(index - 1), name.charAt(index), name.charAt(index + 1)];
  if (added === '-') return weights.addedDelimiter;
  if (added === previous || added === next) return weights.doubled;
  if (added === 's' && (next === '' || next === '-')) return weights.addedPlural;
  if (isDigit(added)) return implausible;
  if (isAdjacentKey(previous, added) || isAdjacentKey(next, added)) return weights.addedAdjacentKey;
  if (next === '') return weights.addedAtEnd;
  return previous === '' ? weights.addedAtStart : weights.addedInside;
}

function weighDropped(target: string, index: number): number {
  const [previous, dropped, next] = [target.charAt(index - 1), target.charAt(index), target.charAt(index + 1)];
  if (dropped === '-') return weights.droppedDelimiter;
  if (dropped === previous || dropped === next) return weights.droppedDouble;
  if (dropped === 's' && (next === '' || next === '-')) return weights.droppedPlural;
  if (isDigit(dropped)) return weights.droppedDigit;
  if (next === '') return weights.droppedAtEnd;
  if (previous === '') return weights.droppedAtStart;
  return isVowel(dropped) ? weights.droppedVowel : weights.dropped;
}
