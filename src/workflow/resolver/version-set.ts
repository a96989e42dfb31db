/**
 * Which versions of a project are still possible, one bit each. Bit 0 stands for "the project is not selected at all",
 * bit 1 + i for its i-th candidate, newest first. Never changed once made.
 */
export type VersionSet = Uint32Array;

/** Bit 0 and `count` candidates. */
export function universe(count: number): VersionSet {
  return setOf(count, () => true, true);
}

/** The candidates a test accepts, by position; with `unselected` also bit 0. */
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

/** One candidate of those a set is made for. */
export function only(whole: VersionSet, position: number): VersionSet {
  const set = new Uint32Array(whole.length);
  const bit = position + 1;
  set[bit >>> 5] = (1 << (bit & 31)) >>> 0;
  return set;
}

export function intersect(a: VersionSet, b: VersionSet): VersionSet {
  return a.map((word, index) => word & (b[index] ?? 0));
}

/** What is in `a` and not in `b`. */
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

/** Whether "not selected" is ruled out: some version it must be. */
export function isSelected(set: VersionSet): boolean {
  return ((set[0] ?? 0) & 1) === 0;
}

/** Positions of the candidates in it, newest first. */
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
