import type { ProjectName, Release, Requirement, UpstreamIndex } from '../../index/types.ts';
import type { Refusal, RequestContent } from '../../vetting/types.ts';

/** How much a walk may cost. All inputs are hostile: a walk past a bound ends instead of going on. */
export type ResolverLimits = {
  /** Releases in the answer, and projects looked at. */
  readonly releases: number;
  /** Build requirements of build requirements of … */
  readonly buildDepth: number;
  /** Bytes read of one distribution file, packed. */
  readonly bytesPerFile: number;
  /** Wall time of the whole walk. */
  readonly seconds: number;
  /** Decisions of one solution. */
  readonly steps: number;
  /** Requests to the index at once. */
  readonly parallel: number;
};

/** What a walk costs at most, when the caller does not say. */
export const defaultLimits: ResolverLimits = {
  releases: 2_000,
  buildDepth: 8,
  bytesPerFile: 512 * 1024 * 1024,
  seconds: 240,
  steps: 100_000,
  parallel: 8,
};

/** What the closure walk is asked, and what it reaches. */
export type ResolverInput = {
  readonly request: Pick<RequestContent, 'roots' | 'constraints' | 'options' | 'environment'>;
  readonly index: UpstreamIndex;
  /** Why a release may not be taken, if so; `uploadTime` as the index gives it (ISO). Asked once per release. */
  readonly refused: (release: Release, uploadTime?: string) => Promise<Refusal | undefined> | Refusal | undefined;
  /** Versions of a project that are in secure-pypi, as the index spells them. */
  readonly secure: (name: ProjectName) => Promise<ReadonlySet<string>>;
  /** Real names that a name nobody registered may have meant, best first. */
  readonly nearest?: ((name: ProjectName) => readonly string[]) | undefined;
  /** Names of one's own, which no public index is to be asked for. */
  readonly isPrivate?: ((name: ProjectName) => boolean) | undefined;
  readonly bounds?: Partial<ResolverLimits> | undefined;
  /** Epoch milliseconds. */
  readonly now: () => number;
};

export type ResolvedRelease = Release & {
  /** File name → hex, of every file of the release; empty where the index gives none. */
  readonly sha256: Readonly<Record<string, string>>;
  readonly uploadTime?: string | undefined;
};

export type ResolverAnswer = {
  /** Runtime and build requirements; empty unless solved. In order of name and version. */
  readonly releases: readonly ResolvedRelease[];
  /** Fatal ones first. */
  readonly refusals: readonly Refusal[];
  /** `solved`: every root has a solution, if need be each its own. */
  readonly outcome: 'solved' | 'refused' | 'not-found';
  /** What the walk could not know, in sentences. */
  readonly notes: readonly string[];
};

/** What a distribution file says of itself. */
export type FileFacts = {
  /** As the metadata spell it; undefined where there is none. */
  readonly name?: string | undefined;
  readonly requiresPython?: string | undefined;
  readonly requirements: readonly Requirement[];
  /** Of an sdist: what building it needs first (PEP 518). */
  readonly buildRequirements?: readonly Requirement[] | undefined;
  readonly notes: readonly string[];
};
