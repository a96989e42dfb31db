import type { Requirement } from '../../index/types.ts';
import type { Refusal } from '../../vetting/types.ts';
import { intersect, isSame, minus, type VersionSet } from './version-set.ts';

/** The key of a package in the solver's sense: a project, an extra (`name[extra]`), or the root. */
export type PackageKey = string;

/** The root package: it has one version, whose requirements are the request's roots. */
export const rootKey: PackageKey = '';

/** A fact that is not derived from others. */
export type Leaf =
  | { readonly kind: 'root' }
  | { readonly kind: 'needs'; readonly parent: string; readonly requirement: Requirement }
  | { readonly kind: 'refused'; readonly refusals: readonly Refusal[] }
  | { readonly kind: 'unfit'; readonly refusals: readonly Refusal[] };

export type Cause =
  | Leaf
  | { readonly kind: 'derived'; readonly conflict: Incompatibility; readonly other: Incompatibility };

/** Version sets that can't all be chosen together, as in PubGrub. */
export type Incompatibility = {
  readonly terms: ReadonlyMap<PackageKey, VersionSet>;
  readonly cause: Cause;
};

/** Returns an incompatibility. It intersects the terms on one package and drops terms that are always true. */
export function createIncompatibility(
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

/** Returns the rest of a package's versions without a set. */
export function complement(set: VersionSet, whole: VersionSet): VersionSet {
  return minus(whole, set);
}

/** Returns the facts that an incompatibility was derived from, without duplicates. */
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
