/** Pairs of symbols that people confuse. Symbols are those of normalised names: letters, digits and `-`. */

const keyRows = ['1234567890-', 'qwertyuiop', 'asdfghjkl', 'zxcvbnm'];
/** The horizontal offset of each keyboard row from the first, in key widths. */
const rowOffsets = [0, 0.5, 0.75, 1.25];

const lookAlikes = [
  '0o',
  '1l',
  '1i',
  'il',
  '5s',
  '3e',
  '4a',
  '7t',
  '8b',
  '2z',
  'uv',
  'vw',
  'mn',
  'ij',
  'gq',
  '9g',
  '6g',
  '6b',
  'gj',
  'lj',
  'hn',
];
const soundAlikes = ['ck', 'sz', 'iy', 'kq', 'cs', 'fv', 'gj', 'xs', 'td', 'bp', 'ei'];

const keyPositions = new Map(
  keyRows.flatMap((row, y) =>
    [...row].map((key, x): [string, [number, number]] => [key, [x + (rowOffsets[y] ?? 0), y]]),
  ),
);

const pairs = (list: readonly string[]): ReadonlySet<string> =>
  new Set(list.flatMap(([a = '', b = '']) => [a + b, b + a]));

const adjacentPairs = pairs(
  [...keyPositions.keys()].flatMap((a) => [...keyPositions.keys()].filter((b) => areAdjacent(a, b)).map((b) => a + b)),
);
const lookAlikePairs = pairs(lookAlikes);
const soundAlikePairs = pairs(soundAlikes);

function areAdjacent(a: string, b: string): boolean {
  const [left, right] = [keyPositions.get(a), keyPositions.get(b)];
  if (left === undefined || right === undefined || a === b) return false;
  return Math.abs(left[0] - right[0]) <= 1.01 && Math.abs(left[1] - right[1]) <= 1;
}

export const isAdjacentKey = (a: string, b: string): boolean => adjacentPairs.has(a + b);
export const isLookAlike = (a: string, b: string): boolean => lookAlikePairs.has(a + b);
export const isSoundAlike = (a: string, b: string): boolean => soundAlikePairs.has(a + b);
export const isVowel = (symbol: string): boolean => 'aeiouy'.includes(symbol);
export const isDigit = (symbol: string): boolean => symbol >= '0' && symbol <= '9';
