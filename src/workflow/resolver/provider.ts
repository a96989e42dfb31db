import type { Requirement } from '../../index/types.ts';
import type { Refusal } from '../../vetting/types.ts';
import type { Leaf, PackageKey } from './incompatibility.ts';
import type { VersionSet } from './version-set.ts';

/** A requirement of one version on another package. */
export type Dependency = {
  readonly key: PackageKey;
  /** The versions that satisfy it. With bit 0, the package may also be absent. */
  readonly set: VersionSet;
  readonly requirement: Requirement;
  readonly cause: Leaf;
};

export type Expansion =
  | { readonly kind: 'dependencies'; readonly dependencies: readonly Dependency[] }
  | { readonly kind: 'inadmissible'; readonly refusals: readonly Refusal[] };

export type Choice =
  | { readonly kind: 'take'; readonly position: number }
  | { readonly kind: 'none'; readonly refusals: readonly Refusal[] };

/** Everything that the solver reads about packages. */
export type Provider = {
  /** Returns all versions of a package and "none", for the root and every package that an expansion has named. */
  universeOf(key: PackageKey): VersionSet;
  /** Returns `name` for the extra `name[extra]`. */
  baseOf(key: PackageKey): PackageKey | undefined;
  /** Returns a number that differs for every package; the solver decides lower ones first. */
  rank(key: PackageKey): number;
  /** Chooses one of the allowed versions. `needs` are the requirements that currently apply to the package. */
  choose(key: PackageKey, allowed: VersionSet, base: number | undefined, needs: readonly Dependency[]): Promise<Choice>;
  /** Returns the requirements of a version, or why it is not admissible. */
  expand(key: PackageKey, position: number): Promise<Expansion>;
};
