import type { Incompatibility, PackageKey } from './incompatibility.ts';
import { intersect, isSubset, only, type VersionSet } from './version-set.ts';

/** One step of the way: a version decided, or versions ruled out by an incompatibility. */
export type Assignment = {
  readonly key: PackageKey;
  readonly set: VersionSet;
  /** Decisions made so far, this one included. */
  readonly level: number;
  /** Place in the order of all assignments. */
  readonly order: number;
  /** Undefined for a decision. */
  readonly cause: Incompatibility | undefined;
  /** What all assignments on the package up to this one leave of it. */
  readonly left: VersionSet;
};

/** Everything decided and derived so far, in order, so that it can be taken back to any level. */
export type PartialSolution = {
  /** What is still possible of a package. */
  current(key: PackageKey): VersionSet;
  decision(key: PackageKey): number | undefined;
  /** Packages something is known of, first known first. */
  known(): Iterable<PackageKey>;
  derive(key: PackageKey, set: VersionSet, cause: Incompatibility): void;
  decide(key: PackageKey, position: number): void;
  backtrack(level: number): void;
  /** The assignment after which the package was within the set; undefined when it always was. */
  satisfier(key: PackageKey, set: VersionSet): Assignment | undefined;
  /** The decision on a package, with what was possible before it. */
  beforeDecision(key: PackageKey): { readonly level: number; readonly left: VersionSet } | undefined;
};

/** An empty solution over packages whose whole sets `universeOf` knows. */
export function partialSolution(universeOf: (key: PackageKey) => VersionSet): PartialSolution {
  const trail: Assignment[] = [];
  const stacks = new Map<PackageKey, Assignment[]>();
  const decisions = new Map<PackageKey, number>();
  let level = 0;

  const current = (key: PackageKey): VersionSet => stacks.get(key)?.at(-1)?.left ?? universeOf(key);

  const assign = (key: PackageKey, set: VersionSet, cause: Incompatibility | undefined): void => {
    const left = intersect(current(key), set);
    const assignment = { key, set, level, order: trail.length, cause, left };
    trail.push(assignment);
    const stack = stacks.get(key);
    if (stack === undefined) stacks.set(key, [assignment]);
    else stack.push(assignment);
  };

  return {
    current,
    decision: (key) => decisions.get(key),
    known: () => stacks.keys(),
    derive: (key, set, cause) => assign(key, set, cause),
    decide: (key, position) => {
      level += 1;
      assign(key, only(universeOf(key), position), undefined);
      decisions.set(key, position);
    },
    backtrack: (target) => {
      for (let last = trail.at(-1); last !== undefined && last.level > target; last = trail.at(-1)) {
        trail.pop();
        const stack = stacks.get(last.key);
        stack?.pop();
        if (stack?.length === 0) stacks.delete(last.key);
        if (last.cause === undefined) decisions.delete(last.key);
      }
      level = target;
    },
    satisfier: (key, set) => stacks.get(key)?.find(({ left }) => isSubset(left, set)),
    beforeDecision: (key) => {
      const stack = stacks.get(key) ?? [];
      const at = stack.findIndex(({ cause }) => cause === undefined);
      const decision = stack[at];
      if (decision === undefined) return undefined;
      return { level: decision.level, left: stack[at - 1]?.left ?? universeOf(key) };
    },
  };
}
