import {
  complement,
  createIncompatibility,
  type Incompatibility,
  type PackageKey,
  rootKey,
} from './incompatibility.ts';
import type { Assignment, PartialSolution } from './partial-solution.ts';
import { hasPosition, isEmpty, minus, type VersionSet } from './version-set.ts';

/** The result of a conflict: an incompatibility to learn after backtracking, or the proof that no solution exists. */
type ConflictResolution =
  | { readonly kind: 'learned'; readonly learned: Incompatibility; readonly isNew: boolean }
  | { readonly kind: 'unsolvable'; readonly proof: Incompatibility };

type Satisfier = {
  readonly key: PackageKey;
  readonly assignment: Assignment;
  /** The part of the assignment outside the term, which earlier assignments excluded. */
  readonly difference: VersionSet;
  /** The level at which all other terms of the incompatibility were satisfied. */
  readonly previousLevel: number;
};

/**
 * Backtracks to the level at which a satisfied incompatibility leads to a new conclusion. This is PubGrub's conflict
 * resolution: it joins the incompatibility with the causes of its satisfiers until a single decision remains.
 */
export function resolveConflict(
  conflict: Incompatibility,
  solution: PartialSolution,
  universeOf: (key: PackageKey) => VersionSet,
): ConflictResolution {
  let current = conflict;
  for (;;) {
    if (isProof(current)) return { kind: 'unsolvable', proof: current };
    const satisfier = latestSatisfier(current, solution, universeOf);
    if (satisfier === undefined) return { kind: 'unsolvable', proof: current };
    const { key, assignment, difference, previousLevel } = satisfier;
    if (assignment.cause === undefined || previousLevel < assignment.level) {
      solution.backtrack(previousLevel);
      return { kind: 'learned', learned: current, isNew: current !== conflict };
    }
    const terms: [PackageKey, VersionSet][] = [...current.terms, ...assignment.cause.terms].filter(
      ([other]) => other !== key,
    );
    if (!isEmpty(difference)) terms.push([key, complement(difference, universeOf(key))]);
    current = createIncompatibility(terms, universeOf, { kind: 'derived', conflict: current, other: assignment.cause });
  }
}

/** Checks whether the incompatibility rules out the root itself. */
function isProof({ terms }: Incompatibility): boolean {
  const root = terms.get(rootKey);
  return terms.size === 0 || (terms.size === 1 && root !== undefined && hasPosition(root, 0));
}

function latestSatisfier(
  { terms }: Incompatibility,
  solution: PartialSolution,
  universeOf: (key: PackageKey) => VersionSet,
): Satisfier | undefined {
  let latest: Omit<Satisfier, 'previousLevel'> | undefined;
  let previousLevel = 1;
  for (const [key, set] of terms) {
    const assignment = solution.satisfier(key, set);
    if (assignment === undefined) return undefined;
    if (latest !== undefined && latest.assignment.order > assignment.order) {
      previousLevel = Math.max(previousLevel, assignment.level);
      continue;
    }
    if (latest !== undefined) previousLevel = Math.max(previousLevel, latest.assignment.level);
    latest = { key, assignment, difference: minus(assignment.set, set) };
  }
  if (latest === undefined) return undefined;
  if (!isEmpty(latest.difference)) {
    const rest = solution.satisfier(latest.key, complement(latest.difference, universeOf(latest.key)));
    previousLevel = Math.max(previousLevel, rest?.level ?? 0);
  }
  return { ...latest, previousLevel };
}
