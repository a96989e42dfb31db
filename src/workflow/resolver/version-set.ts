/**
 * A set of versions of a project, one bit each. Bit 0 means "the project is not selected", and bit 1 + i means its i-th
 * candidate, newest first. Sets are immutable.
 */
export type VersionSet = Uint32Array;

/** Returns the set of bit 0 and `count` candidates. */
export function universe(count: number): VersionSet {
  return setOf(count, () => true, true);
}

/** Returns the set of positions that `accepts` selects, with bit 0 if `unselected`. */
export function setOf(count: number, accepts: (position: number) => boolean, unselected = false): VersionSet {
  const set = new Uint32Array((count + 1 + 31) >>> 5);
  if (unselected) set[0] = 1;
  for (let position = 0; position < count; position += 1) {
    const bit = position + 1;
    const word = bit >>> 5;
    if (accepts(position)) set[word] = ((set[word] ?? 0) | (1 << (bit & 31))) >>> 0;
  }
  return set;
}

/** Returns the set of one candidate. `whole` is any set of the same project. */
export function only(whole: VersionSet, position: number): VersionSet {
  const set = new Uint32Array(whole.length);
  const bit = position + 1;
  set[bit >>> 5] = (1 << (bit & 31)) >>> 0;
  return set;
}

export function intersect(a: VersionSet, b: VersionSet): VersionSet {
  return a.map((word, index) => word & (b[index] ?? 0));
}

/** Returns the members of `a` that are not in `b`. */
export function minus(a: VersionSet, b: VersionSet): VersionSet {
  return a.map((word, index) => word & ~(b[index] ?? 0));
}

export function isEmpty(set: VersionSet): boolean {
  return set.every((word) => word === 0);
}

export function isSubset(a: VersionSet, b: VersionSet): boolean {
  for (let index = 0; index < a.length; index += 1) {
    if (((a[index] ?? 0) & ~(b[index] ?? 0)) !== 0) return false;
  }
  return true;
}

export function isDisjoint(a: VersionSet, b: VersionSet): boolean {
  for (let index = 0; index < a.length; index += 1) {
    if (((a[index] ?? 0) & (b[index] ?? 0)) !== 0) return false;
  }
  return true;
}

export function isSame(a: VersionSet, b: VersionSet): boolean {
  return a.length === b.length && a.every((word, index) => word === b[index]);
}

export function hasPosition(set: VersionSet, position: number): boolean {
  const bit = position + 1;
  return ((set[bit >>> 5] ?? 0) & (1 << (bit & 31))) !== 0;
}

/** Checks whether "not selected" is excluded, so that the project needs a version. */
export function isSelected(set: VersionSet): boolean {
  return ((set[0] ?? 0) & 1) === 0;
}

/** Returns the positions of its candidates, newest first. */
export function positions(set: VersionSet): number[] {
  const found: number[] = [];
  for (let word = 0; word < set.length; word += 1) {
    for (let rest = set[word] ?? 0; rest !== 0; rest = (rest & (rest - 1)) >>> 0) {
      const bit = word * 32 + 31 - Math.clz32(rest & -rest);
      if (bit > 0) found.push(bit - 1);
    }
  }
  return found;
}
