import type { Incompatibility, PackageKey } from './incompatibility.ts';
import { intersect, isSubset, only, type VersionSet } from './version-set.ts';

/** One step of the solution: a decided version, or versions excluded by an incompatibility. */
export type Assignment = {
  readonly key: PackageKey;
  readonly set: VersionSet;
  /** The number of decisions so far, including this one. */
  readonly level: number;
  /** The position in the order of all assignments. */
  readonly order: number;
  /** Undefined for a decision. */
  readonly cause: Incompatibility | undefined;
  /** The versions of the package that all assignments up to this one leave. */
  readonly remaining: VersionSet;
};

/** The decisions and derivations so far, in order, so that the solver can backtrack to any level. */
export type PartialSolution = {
  /** Returns the remaining versions of a package. */
  current(key: PackageKey): VersionSet;
  decision(key: PackageKey): number | undefined;
  /** Returns the packages with an assignment, in the order of their first one. */
  known(): Iterable<PackageKey>;
  derive(key: PackageKey, set: VersionSet, cause: Incompatibility): void;
  decide(key: PackageKey, position: number): void;
  backtrack(level: number): void;
  /** Returns the first assignment after which the package is within the set; undefined if it always was. */
  satisfier(key: PackageKey, set: VersionSet): Assignment | undefined;
  /** Returns the level of the decision on a package, and the versions that remained before it. */
  beforeDecision(key: PackageKey): { readonly level: number; readonly remaining: VersionSet } | undefined;
};

/** Returns an empty solution. `universeOf` returns all versions of a package. */
export function partialSolution(universeOf: (key: PackageKey) => VersionSet): PartialSolution {
  const trail: Assignment[] = [];
  const stacks = new Map<PackageKey, Assignment[]>();
  const decisions = new Map<PackageKey, number>();
  let level = 0;

  const current = (key: PackageKey): VersionSet => stacks.get(key)?.at(-1)?.remaining ?? universeOf(key);

  const assign = (key: PackageKey, set: VersionSet, cause: Incompatibility | undefined): void => {
    const remaining = intersect(current(key), set);
    const assignment = { key, set, level, order: trail.length, cause, remaining };
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
    satisfier: (key, set) => stacks.get(key)?.find(({ remaining }) => isSubset(remaining, set)),
    beforeDecision: (key) => {
      const stack = stacks.get(key) ?? [];
      const at = stack.findIndex(({ cause }) => cause === undefined);
      const decision = stack[at];
      if (decision === undefined) return undefined;
      return { level: decision.level, remaining: stack[at - 1]?.remaining ?? universeOf(key) };
    },
  };
}
