import { isAdjacentKey, isDigit, isLookAlike, isSoundAlike, isVowel } from './letters.ts';

/**
 * The weight of each kind of typo: coefficients of a logistic regression over labelled names, in which every imitated
 * project counts about once. A positive weight means that imitations contain the typo more often than honest names do.
 */
const weights = {
  transposed: 1.99,
  doubled: 1.41,
  addedAdjacentKey: 0.27,
  addedInside: -0.89,
  addedAtEnd: 0.11,
  addedAtStart: -1.9,
  addedPlural: 0.99,
  droppedDouble: 1.0,
  dropped: 1.06,
  droppedVowel: 0.95,
  droppedAtEnd: 1.2,
  droppedAtStart: 0.16,
  droppedPlural: 1.43,
  droppedDigit: -0.44,
  adjacentKey: -0.3,
  lookAlike: 0.2,
  soundAlike: 0.15,
  vowel: 1.02,
  letter: -2.13,
  lastLetter: -1.41,
  delimiterForLetter: -0.33,
  addedDelimiter: -0.58,
  droppedDelimiter: -0.78,
  addedDigitAtEnd: -0.59,
  addedVersion: -1.49,
  addedDigit: -0.2,
  otherDigit: -0.14,
  letterForDigit: -0.42,
  digitForLetter: -0.43,
} as const;

/** A kind of typo. */
type TypoKind = keyof typeof weights;

/** The weight of a change that is not a typo. Another digit, or a digit for the last letter, makes a sibling (`request2`). */
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
    else improve(cell, diagonal, 1, weigh(kindOfReplaced(a, b, row === target.length && column === name.length)));
  }
  if (row > 1 && column > 1 && a !== b && a === name.charAt(column - 2) && b === target.charAt(row - 2)) {
    improve(cell, cell - 2 * stride - 2, 1, weights.transposed);
  }
  if (column > 0) improve(cell, cell - 1, 1, weigh(kindOfAdded(name, column - 1)));
  if (row > 0) improve(cell, cell - stride, 1, weights[kindOfDropped(target, row - 1)]);
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

const weigh = (kind: TypoKind | undefined): number => (kind === undefined ? implausible : weights[kind]);

/** Returns the kind of a replacement, or undefined if it makes a sibling (`request2`, `urllib4`) and not a typo. */
function kindOfReplaced(a: string, b: string, isLast: boolean): TypoKind | undefined {
  if (isDigit(a) && isDigit(b)) return isLast ? undefined : 'otherDigit';
  if (isLookAlike(a, b)) return 'lookAlike';
  if (b === '-') return 'delimiterForLetter';
  if (a === '-') return undefined;
  if (isDigit(a)) return isAdjacentKey(a, b) ? 'adjacentKey' : 'letterForDigit';
  if (isDigit(b)) return isLast ? undefined : isAdjacentKey(a, b) ? 'adjacentKey' : 'digitForLetter';
  if (isVowel(a) && isVowel(b)) return 'vowel';
  if (isSoundAlike(a, b)) return 'soundAlike';
  if (isAdjacentKey(a, b)) return 'adjacentKey';
  return isLast ? 'lastLetter' : 'letter';
}

/** Returns the kind of an addition at a position of the name, or undefined if it makes a version of the target (`request-2`). */
function kindOfAdded(name: string, index: number): TypoKind | undefined {
  const [previous, added, next] = [name.charAt(index - 1), name.charAt(index), name.charAt(index + 1)];
  if (added === '-') return 'addedDelimiter';
  if (isDigit(added)) return kindOfAddedDigit(previous, added, next);
  if (added === previous || added === next) return 'doubled';
  if (added === 's' && (next === '' || next === '-')) return 'addedPlural';
  if (isAdjacentKey(previous, added) || isAdjacentKey(next, added)) return 'addedAdjacentKey';
  if (next === '') return 'addedAtEnd';
  return previous === '' ? 'addedAtStart' : 'addedInside';
}

/** A successor of a project often has its name with 2, 3 or 4 at the end, which typos rarely have. */
function kindOfAddedDigit(previous: string, added: string, next: string): TypoKind | undefined {
  if (previous === '-') return undefined;
  if (next !== '' && next !== '-') return 'addedDigit';
  return /[234]/.test(added) && !isDigit(previous) ? 'addedVersion' : 'addedDigitAtEnd';
}

/** Returns the kind of an omission at a position of the target. */
function kindOfDropped(target: string, index: number): TypoKind {
  const [previous, dropped, next] = [target.charAt(index - 1), target.charAt(index), target.charAt(index + 1)];
  if (dropped === '-') return 'droppedDelimiter';
  if (dropped === previous || dropped === next) return 'droppedDouble';
  if (dropped === 's' && (next === '' || next === '-')) return 'droppedPlural';
  if (isDigit(dropped)) return 'droppedDigit';
  if (next === '') return 'droppedAtEnd';
  if (previous === '') return 'droppedAtStart';
  return isVowel(dropped) ? 'droppedVowel' : 'dropped';
}
