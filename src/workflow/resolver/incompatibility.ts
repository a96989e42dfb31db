import type { Requirement } from '../../index/types.ts';
import type { Refusal } from '../../vetting/types.ts';
import { intersect, isSame, minus, type VersionSet } from './version-set.ts';

/** What is chosen a version for: a project, an extra of one (`name[extra]`), or the command line itself. */
export type PackageKey = string;

/** The command line: one version, whose requirements are the roots. */
export const rootKey: PackageKey = '';

/** A fact of the world from which others are derived. */
export type Leaf =
  | { readonly kind: 'root' }
  | { readonly kind: 'needs'; readonly parent: string; readonly requirement: Requirement }
  | { readonly kind: 'refused'; readonly refusals: readonly Refusal[] }
  | { readonly kind: 'unfit'; readonly refusals: readonly Refusal[] };

export type Cause =
  | Leaf
  | { readonly kind: 'derived'; readonly conflict: Incompatibility; readonly other: Incompatibility };

/** Versions that can't all be chosen together: the only form of knowledge the solver has (PubGrub). */
export type Incompatibility = {
  readonly terms: ReadonlyMap<PackageKey, VersionSet>;
  readonly cause: Cause;
};

/** Joins terms; several on one package become what they have in common, and what is always true goes. */
export function incompatibility(
  terms: Iterable<readonly [PackageKey, VersionSet]>,
  universeOf: (key: PackageKey) => VersionSet,
  cause: Cause,
): Incompatibility {
  const joined = new Map<PackageKey, VersionSet>();
  for (const [key, set] of terms) {
    const before = joined.get(key);
    joined.set(key, before === undefined ? set : intersect(before, set));
  }
  for (const [key, set] of joined) if (isSame(set, universeOf(key))) joined.delete(key);
  return { terms: joined, cause };
}

/** What is left of a package when a set is ruled out. */
export function complement(set: VersionSet, whole: VersionSet): VersionSet {
  return minus(whole, set);
}

/** The facts an incompatibility was derived from, each once. */
export function leavesOf(start: Incompatibility): Leaf[] {
  const seen = new Set<Incompatibility>();
  const leaves: Leaf[] = [];
  const waiting = [start];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    if (next.cause.kind === 'derived') waiting.push(next.cause.other, next.cause.conflict);
    else leaves.push(next.cause);
  }
  return leaves;
}
