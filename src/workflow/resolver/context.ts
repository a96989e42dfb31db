import type { ProjectName, Requirement } from '../../index/types.ts';
import type { Refusal } from '../../vetting/types.ts';
import type { Catalogue, Usable } from './catalogue.ts';
import type { Leaf } from './incompatibility.ts';
import type { ResolverInput, ResolverLimits } from './types.ts';

/** A release that was chosen, with the file pip would take of it. */
export type Chosen = { readonly name: ProjectName; readonly candidate: Usable };

/** Chosen releases by `name version`. */
export type ChosenReleases = ReadonlyMap<string, Chosen>;

/** One environment to be solved: the one that asked, or one in which an sdist is built. */
export type EnvironmentQuestion = {
  readonly roots: readonly Requirement[];
  readonly constraints: ReadonlyMap<ProjectName, readonly string[]>;
  readonly noDeps: boolean;
  /** Projects whose build needs this environment, outermost first. */
  readonly building: readonly ProjectName[];
  /** Epoch milliseconds at which to give up. */
  readonly deadline: number;
};

export type EnvironmentAnswer =
  | { readonly kind: 'solved'; readonly releases: ChosenReleases }
  | { readonly kind: 'unsolvable'; readonly leaves: readonly Leaf[] };

/** Everything one walk shares between the environments it solves. */
export type Context = {
  readonly input: ResolverInput;
  readonly bounds: ResolverLimits;
  readonly catalogue: Catalogue;
  /** Refusals met on the way, by `name version`. */
  readonly met: Map<string, Refusal>;
  readonly notes: Set<string>;
  /** Starts reading what a requirement will probably need. */
  readonly foresee: (requirement: Requirement) => void;
  readonly secure: (name: ProjectName) => Promise<ReadonlySet<string>>;
  readonly admit: (name: ProjectName, candidate: Usable) => Promise<Admission>;
  readonly solveEnvironment: (question: EnvironmentQuestion) => Promise<EnvironmentAnswer>;
};

/** Whether a release may be taken, build requirements aside. */
export type Admission =
  | { readonly kind: 'refused'; readonly refusals: readonly Refusal[] }
  | {
      readonly kind: 'allowed';
      readonly requirements: readonly Requirement[];
      readonly buildRequirements?: readonly Requirement[] | undefined;
    };

/** Keeps a refusal for the answer. */
export function meet({ met }: Pick<Context, 'met'>, refusal: Refusal): Refusal {
  const key = `${refusal.name} ${refusal.version ?? ''} ${refusal.version === null ? (refusal.detail ?? '') : ''}`;
  const known = met.get(key);
  if (known !== undefined) return known;
  const kept = { ...refusal, fatal: false };
  met.set(key, kept);
  return kept;
}
