import type { ProjectName, Requirement } from '../../index/types.ts';
import type { Refusal } from '../../vetting/types.ts';
import type { Catalogue, UsableCandidate } from './catalogue.ts';
import type { Leaf } from './incompatibility.ts';
import type { ResolverInput, ResolverLimits } from './types.ts';

/** A release that the resolver chose, with the file that pip prefers. */
export type ChosenRelease = {
  readonly name: ProjectName;
  readonly candidate: UsableCandidate;
  /** The chosen releases that require it, or that it builds, by `name version`. */
  readonly requiredBy: ReadonlySet<string>;
};

/** Chosen releases by `name version`. */
export type ChosenReleases = ReadonlyMap<string, ChosenRelease>;

/** The input of one solution: the environment of the request, or the build environment of an sdist. */
export type EnvironmentInput = {
  readonly roots: readonly Requirement[];
  readonly constraints: ReadonlyMap<ProjectName, readonly string[]>;
  readonly noDeps: boolean;
  /** Projects whose build needs this environment, outermost first. */
  readonly building: readonly ProjectName[];
  /** Epoch milliseconds at which the solver stops. */
  readonly deadline: number;
};

export type EnvironmentSolution =
  | { readonly kind: 'solved'; readonly releases: ChosenReleases }
  | { readonly kind: 'unsolvable'; readonly leaves: readonly Leaf[] };

/** The state that all environments of one resolution share. */
export type Context = {
  readonly input: ResolverInput;
  readonly bounds: ResolverLimits;
  readonly catalogue: Catalogue;
  /** The refusals so far, by `name version`. */
  readonly knownRefusals: Map<string, Refusal>;
  readonly notes: Set<string>;
  /** Projects for which a vetted release was preferred to a newer one. */
  readonly behind: Set<ProjectName>;
  /** Starts to read the pages and files that a requirement will probably need. */
  readonly prefetch: (requirement: Requirement) => void;
  readonly secureVersions: (name: ProjectName) => Promise<ReadonlySet<string>>;
  readonly admit: (name: ProjectName, candidate: UsableCandidate) => Promise<Admission>;
  readonly solveEnvironment: (environment: EnvironmentInput) => Promise<EnvironmentSolution>;
};

/** Whether the resolver can choose a release, apart from its build requirements. */
export type Admission =
  | { readonly kind: 'refused'; readonly refusals: readonly Refusal[] }
  | {
      readonly kind: 'allowed';
      readonly requirements: readonly Requirement[];
      readonly buildRequirements?: readonly Requirement[] | undefined;
    };

/** Adds a refusal to the result unless it is there, and returns the shared instance. */
export function recordRefusal({ knownRefusals }: Pick<Context, 'knownRefusals'>, refusal: Refusal): Refusal {
  const key = `${refusal.name} ${refusal.version ?? ''} ${refusal.version === null ? (refusal.detail ?? '') : ''}`;
  const known = knownRefusals.get(key);
  if (known !== undefined) return known;
  const recorded = { ...refusal, fatal: false };
  knownRefusals.set(key, recorded);
  return recorded;
}
