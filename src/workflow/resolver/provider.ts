import type { Requirement } from '../../index/types.ts';
import type { Refusal } from '../../vetting/types.ts';
import type { Leaf, PackageKey } from './incompatibility.ts';
import type { VersionSet } from './version-set.ts';

/** What one version needs of another package. */
export type Dependency = {
  readonly key: PackageKey;
  /** Versions that will do. With bit 0 also none at all. */
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

/** The solver's whole view of the world. */
export type Provider = {
  /** All versions of a package and "none"; only for the root and what an expansion has named. */
  universeOf(key: PackageKey): VersionSet;
  /** `name` for the extra `name[extra]`. */
  baseOf(key: PackageKey): PackageKey | undefined;
  /** Lower is decided earlier; different for every package. */
  rank(key: PackageKey): number;
  /** The version to try of those allowed; `needs` are the requirements on the package that count now. */
  choose(key: PackageKey, allowed: VersionSet, base: number | undefined, needs: readonly Dependency[]): Promise<Choice>;
  /** What a version needs, or why it may not be taken. */
  expand(key: PackageKey, position: number): Promise<Expansion>;
};
