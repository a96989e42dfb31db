import { complement, type Incompatibility, incompatibility, type PackageKey, rootKey } from './incompatibility.ts';
import type { Assignment, PartialSolution } from './partial-solution.ts';
import { hasPosition, isEmpty, minus, type VersionSet } from './version-set.ts';

/** What a conflict came to: something learned, after taking decisions back; or the proof that nothing will do. */
type Resolved =
  | { readonly kind: 'learned'; readonly learned: Incompatibility; readonly isNew: boolean }
  | { readonly kind: 'unsolvable'; readonly proof: Incompatibility };

type Satisfier = {
  readonly key: PackageKey;
  readonly assignment: Assignment;
  /** What the assignment leaves beyond the term: the rest was ruled out before it. */
  readonly beyond: VersionSet;
  /** Level to which everything else in the incompatibility was already satisfied. */
  readonly previousLevel: number;
};

/**
 * Takes decisions back to where a satisfied incompatibility teaches something new (PubGrub's conflict resolution; the
 * rule of resolution joins it with the causes of what satisfies it, until one decision alone is to blame).
 */
export function resolveConflict(
  conflict: Incompatibility,
  solution: PartialSolution,
  universeOf: (key: PackageKey) => VersionSet,
): Resolved {
  let current = conflict;
  for (;;) {
    if (isProof(current)) return { kind: 'unsolvable', proof: current };
    const satisfier = latestSatisfier(current, solution, universeOf);
    if (satisfier === undefined) return { kind: 'unsolvable', proof: current };
    const { key, assignment, beyond, previousLevel } = satisfier;
    if (assignment.cause === undefined || previousLevel < assignment.level) {
      solution.backtrack(previousLevel);
      return { kind: 'learned', learned: current, isNew: current !== conflict };
    }
    const terms: [PackageKey, VersionSet][] = [...current.terms, ...assignment.cause.terms].filter(
      ([other]) => other !== key,
    );
    if (!isEmpty(beyond)) terms.push([key, complement(beyond, universeOf(key))]);
    current = incompatibility(terms, universeOf, { kind: 'derived', conflict: current, other: assignment.cause });
  }
}

/** Nothing but the command line itself is left to blame. */
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
    latest = { key, assignment, beyond: minus(assignment.set, set) };
  }
  if (latest === undefined) return undefined;
  if (!isEmpty(latest.beyond)) {
    const rest = solution.satisfier(latest.key, complement(latest.beyond, universeOf(latest.key)));
    previousLevel = Math.max(previousLevel, rest?.level ?? 0);
  }
  return { ...latest, previousLevel };
}
