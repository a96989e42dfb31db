import type { Target } from './targets.ts';

/** The maximum length of a compared name. No popular name is longer. */
export const maxComparedLength = 60;

/** Visits all targets that are within two edits of a name, and a few others. */
export type FindCandidates = (name: string, visit: (target: Target) => void) => void;

/**
 * Indexes targets by length and by two bit signatures: the symbols and the pairs of symbols of each name. An edit changes
 * few bits, so comparing signatures leaves only a few names for the exact comparison.
 */
export function indexTargets(targets: readonly Target[]): FindCandidates {
  const sorted = targets
    .filter(({ name }) => name.length <= maxComparedLength)
    .sort((a, b) => a.name.length - b.name.length);
  const symbols = Int32Array.from(sorted, ({ name }) => symbolsOf(name));
  const pairs = Int32Array.from(sorted, ({ name }) => pairsOf(name));
  const firstOfLength = new Int32Array(maxComparedLength + 4);
  let first = 0;
  for (let length = 0; length < firstOfLength.length; length += 1) {
    while ((sorted[first]?.name.length ?? Infinity) < length) first += 1;
    firstOfLength[length] = first;
  }
  const startOf = (length: number): number => firstOfLength[Math.min(Math.max(length, 0), maxComparedLength + 3)] ?? 0;
  return (name, visit) => {
    const [nameSymbols, namePairs] = [symbolsOf(name), pairsOf(name)];
    const edits = maxEdits(name.length);
    const last = startOf(name.length + edits + 1);
    for (let index = startOf(name.length - edits); index < last; index += 1) {
      // An edit removes at most one symbol and adds one. A transposition changes three pairs, and so six bits.
      if (countBits((symbols[index] ?? 0) ^ nameSymbols) > 2 * edits) continue;
      if (countBits((pairs[index] ?? 0) ^ namePairs) > 6 * edits) continue;
      const target = sorted[index];
      if (target !== undefined) visit(target);
    }
  };
}

/** Returns the maximum number of edits. Two edits in a short name produce an unrelated name. */
export const maxEdits = (length: number): number => (length >= 6 ? 2 : 1);

function symbolsOf(name: string): number {
  let mask = 0;
  for (let index = 0; index < name.length; index += 1) mask |= 1 << (hashSymbol(name.charCodeAt(index)) & 31);
  return mask;
}

function pairsOf(name: string): number {
  let mask = 0;
  for (let index = 1; index < name.length; index += 1) {
    const pair = name.charCodeAt(index - 1) * 31 + name.charCodeAt(index);
    mask |= 1 << (Math.imul(pair, 0x9e3779b1) >>> 27);
  }
  return mask;
}

/** Returns the bit of a symbol: one bit per letter, one for `-`, and five for all digits. */
function hashSymbol(code: number): number {
  if (code >= 97) return code - 97;
  return code === 45 ? 26 : 27 + (code % 5);
}

/** Returns the number of set bits, by adding up neighbouring groups of bits. */
function countBits(mask: number): number {
  let sums = mask - ((mask >>> 1) & 0x55555555);
  sums = (sums & 0x33333333) + ((sums >>> 2) & 0x33333333);
  return Math.imul((sums + (sums >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
