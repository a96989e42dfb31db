import type { Target } from './targets.ts';

/** Longest name that is compared at all: nothing popular is longer. */
export const maxComparedLength = 60;

/** Finds targets that may be within two edits of a name, by sieves that never lose one. */
export type Near = (name: string, visit: (target: Target) => void) => void;

/**
 * Sorts targets by length and keeps two signatures of each: which symbols and which pairs of symbols it has. An edit
 * changes few of those, so that a scan of some thousand numbers leaves a handful of names to compare.
 */
export function indexTargets(targets: readonly Target[]): Near {
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
    const [ownSymbols, ownPairs] = [symbolsOf(name), pairsOf(name)];
    const edits = editsAllowed(name.length);
    const last = startOf(name.length + edits + 1);
    for (let index = startOf(name.length - edits); index < last; index += 1) {
      // An edit takes away one symbol and adds one; a swap changes three pairs and so six signature bits.
      if (bits((symbols[index] ?? 0) ^ ownSymbols) > 2 * edits) continue;
      if (bits((pairs[index] ?? 0) ^ ownPairs) > 6 * edits) continue;
      const target = sorted[index];
      if (target !== undefined) visit(target);
    }
  };
}

/** Two edits in a short name make another name. */
export const editsAllowed = (length: number): number => (length >= 6 ? 2 : 1);

function symbolsOf(name: string): number {
  let mask = 0;
  for (let index = 0; index < name.length; index += 1) mask |= 1 << (hashed(name.charCodeAt(index)) & 31);
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

/** Letters keep a bit each; digits share five, and `-` has its own. */
function hashed(code: number): number {
  if (code >= 97) return code - 97;
  return code === 45 ? 26 : 27 + (code % 5);
}

function bits(mask: number): number {
  let left = mask - ((mask >>> 1) & 0x55555555);
  left = (left & 0x33333333) + ((left >>> 2) & 0x33333333);
  return Math.imul((left + (left >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
