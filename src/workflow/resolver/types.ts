import type { IndexFile, ProjectName, Release, Requirement, UpstreamIndex } from '../../index/types.ts';
import type { Refusal, RequestContent } from '../../vetting/types.ts';

/** The limits of one resolution, which protect against hostile input. */
export type ResolverLimits = {
  /** Releases in the result. The resolver reads at most twice as many projects. */
  readonly releases: number;
  /** Levels of nested builds. */
  readonly buildDepth: number;
  /** Compressed bytes read of one distribution file. */
  readonly bytesPerFile: number;
  /** Wall time of the whole resolution. */
  readonly seconds: number;
  /** Decisions per solution. */
  readonly steps: number;
  /** Parallel requests to the index. */
  readonly parallel: number;
};

/** The limits that apply by default. */
export const defaultLimits: ResolverLimits = {
  releases: 2_000,
  buildDepth: 8,
  bytesPerFile: 512 * 1024 * 1024,
  seconds: 240,
  steps: 100_000,
  parallel: 8,
};

/** The request and the services that the resolver uses. */
export type ResolverInput = {
  readonly request: Pick<RequestContent, 'roots' | 'constraints' | 'options' | 'environment'>;
  readonly index: UpstreamIndex;
  /**
   * Returns why a release is not allowed, or undefined. `uploadTime` is the ISO time from the index. The resolver calls
   * it once per release.
   */
  readonly refusalOf: (release: Release, uploadTime?: string) => Promise<Refusal | undefined> | Refusal | undefined;
  /** Returns the files of vetted releases of a project that may not be chosen: by version, why not by file name. */
  readonly withheld?: ((name: ProjectName) => Promise<WithheldByVersion>) | undefined;
  /** Reads what is recorded of a project, which the resolver will probably ask for. */
  readonly prepare?: ((name: ProjectName) => Promise<unknown>) | undefined;
  /** Returns the versions of a project that are in secure-pypi, as the index spells them. */
  readonly secureVersions: (name: ProjectName) => Promise<ReadonlySet<string>>;
  /** Returns why the file that the request needs of a release is not allowed, or undefined. */
  readonly refusalOfFile?: ((release: Release, file: IndexFile) => Promise<Refusal | undefined>) | undefined;
  /** Returns whether a release and the needed file of it would pass an assessment. Without it, no refusal of a release suffices for a suggestion. */
  readonly wouldPass?: ((release: Release, file: IndexFile) => Promise<boolean>) | undefined;
  /** Returns existing names similar to a name that no index has, best first. */
  readonly nearest?: ((name: ProjectName) => readonly string[]) | undefined;
  /** Checks for internal names, which are never looked up in a public index. */
  readonly isPrivate?: ((name: ProjectName) => boolean) | undefined;
  /** Called for each file that will probably be imported. A conflict may replace its release by another one. */
  readonly expect?: ((file: IndexFile) => void) | undefined;
  readonly bounds?: Partial<ResolverLimits> | undefined;
  /** Reads the requirements of a file. By default it is read from the index each time. */
  readonly readFacts?: ReadFacts | undefined;
  /** Returns epoch milliseconds. */
  readonly now: () => number;
};

/** Refusals of files: by version, then by file name. */
export type WithheldByVersion = ReadonlyMap<string, ReadonlyMap<string, Refusal>>;

/** A release of the resolved set. */
export type ResolvedRelease = Release & {
  /** File name → hex digest of every file; empty for a file without a digest in the index. */
  readonly sha256: Readonly<Record<string, string>>;
  readonly uploadTime?: string | undefined;
  /** ISO times by file name, if the request limits them. */
  readonly uploadTimes?: Readonly<Record<string, string>> | undefined;
  /** The file that pip prefers. */
  readonly file: string;
  /** Releases of the set that need it, directly or through others, nearest first; at most 10. */
  readonly requiredBy?: readonly Release[] | undefined;
};

export type ResolverResult = {
  /** Releases for runtime and builds, sorted by name and version; empty unless solved. */
  readonly releases: readonly ResolvedRelease[];
  /** Fatal ones first. */
  readonly refusals: readonly Refusal[];
  /** `solved`: every root has a solution, jointly or separately. */
  readonly outcome: 'solved' | 'refused' | 'not-found';
  /** Sentences about what the resolver could not determine. */
  readonly notes: readonly string[];
  /** Projects for which a vetted release was preferred to a newer one. Absent unless solved. */
  readonly behind?: readonly ProjectName[] | undefined;
};

/** The facts in a distribution file's metadata. */
export type FileFacts = {
  /** As the metadata spells it; undefined when absent. */
  readonly name?: string | undefined;
  readonly requiresPython?: string | undefined;
  readonly requirements: readonly Requirement[];
  /** For an sdist: its build requirements (PEP 518). */
  readonly buildRequirements?: readonly Requirement[] | undefined;
  readonly notes: readonly string[];
  /** Why the release cannot be used, as a clause, if its metadata is excessive. */
  readonly problem?: string | undefined;
};

/** Reads the requirements of a file of the index. @throws the errors of `readFileFacts` */
export type ReadFacts = (file: IndexFile, kind: 'wheel' | 'sdist', bytesPerFile: number) => Promise<FileFacts>;
