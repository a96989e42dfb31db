import type { AgeLimits } from '../firewall/age-limits.ts';
import type { InstallCode, Verdict } from '../firewall/types.ts';
import type { IndexFile, ProjectName, Release, TargetEnvironment } from '../index/types.ts';
import type { VettingStore } from '../vetting/store-types.ts';
import type { ObservedOutcome, Refusal, RequestContent, RequestRecord, WithheldFile } from '../vetting/types.ts';

/** The input of the resolver. */
export type ResolutionQuery = {
  readonly request: Omit<RequestContent, 'requestedBy'>;
  /** Returns why a release is not allowed, or undefined. `uploadTime` is the ISO time from the index. */
  readonly refusalOf: (release: Release, uploadTime?: string) => Promise<Refusal | undefined>;
  /** Returns the files of vetted releases of a project that may not be chosen: by version, why not by file name. */
  readonly withheld: (name: ProjectName) => Promise<ReadonlyMap<string, ReadonlyMap<string, Refusal>>>;
  /** Returns why the file of a release that the request needs is not allowed, or undefined. */
  readonly refusalOfFile: (release: Release, file: IndexFile) => Promise<Refusal | undefined>;
  /** Reads the records of a project, which the resolver will probably ask for. */
  readonly prepare: (name: ProjectName) => Promise<unknown>;
  /** Returns the versions of a project that are in secure-pypi. */
  readonly secureVersions: (name: ProjectName) => Promise<ReadonlySet<string>>;
  /** Returns whether a release and the file that the request needs are vetted, or an assessment allows them now. */
  readonly wouldPass: (release: Release, file: IndexFile) => Promise<boolean>;
};

/** The resolved set, or the refusals that leave no solution. */
export type Resolution = {
  readonly releases: readonly {
    readonly name: ProjectName;
    readonly version: string;
    /** File name → hex digest; empty for a file without a digest in the index. */
    readonly sha256: Readonly<Record<string, string>>;
    readonly uploadTime?: string | undefined;
    /** ISO times by file name, if the request limits them. */
    readonly uploadTimes?: Readonly<Record<string, string>> | undefined;
    /** The file that pip prefers. */
    readonly file?: string | undefined;
    /** Releases of the set that need it, directly or through others, nearest first. */
    readonly requiredBy?: readonly Release[] | undefined;
  }[];
  readonly refusals: readonly Refusal[];
  readonly outcome: 'solved' | 'refused' | 'not-found';
  /** Projects for which a vetted release was preferred to a newer one. Absent unless solved. */
  readonly behind?: readonly ProjectName[] | undefined;
};

export type PolicyFacts = Pick<AgeLimits, 'cooldownSeconds'> &
  Partial<AgeLimits> & {
    readonly version: string;
    /** Whether a release with a refused file is vetted without it (`hide`), or on hold. */
    readonly withheldFiles: 'hide' | 'hold';
    /** Returns whether the allow list contains a release, which other releases of the project may not be in. */
    readonly allows?: ((release: Release) => boolean) | undefined;
  };

/** The files to inspect, with their digests. */
export type InspectedFiles = {
  /** File name → hex digest of the assessed files; empty for a file without a digest in the index. */
  readonly sha256: Readonly<Record<string, string>>;
  /** The file that the request needs. */
  readonly needed: string | undefined;
  /** The vetted versions of the project, with which a release of a ranked project is compared. */
  readonly vetted: readonly string[];
  /** Whether to inspect every file. Otherwise files that the request doesn't need may be left for later. */
  readonly all: boolean;
};

/** The verdict on one file. `LATER`: it was not inspected, because the request doesn't need it. */
export type FileVerdict = {
  readonly status: 'ALLOWED' | WithheldFile['status'];
  readonly reasons: readonly string[];
  /** True for a file that is allowed without being read, because most platforms don't install it. */
  readonly unread?: boolean | undefined;
  /** The hex digest that the bytes that were read have. */
  readonly sha256?: string | undefined;
  /** METADATA of a wheel, byte for byte. Without `sha256`, the file was not read whole. */
  readonly metadata?: Buffer | undefined;
  /** What the policy would do with an allowed file if it enforced what it observes. */
  readonly observed?: ObservedOutcome | undefined;
  /** What the code of the file does, for the evidence. */
  readonly code?: readonly InstallCode[] | undefined;
};

/** A release to assess, with the releases of its request that need it. */
export type AssessedRelease = Release & { readonly requiredBy?: readonly Release[] | undefined };

/** The services that the tasks use. */
export type WorkflowPorts = {
  readonly store: VettingStore;
  readonly resolve: (question: ResolutionQuery) => Promise<Resolution>;
  /**
   * Returns the verdict on a release, apart from the code in its files. The store keeps the verdict and its signals as
   * evidence.
   */
  readonly assess: (release: AssessedRelease) => Promise<{ readonly verdict: Verdict; readonly signals?: unknown }>;
  /**
   * Makes package-install import a release, and doesn't wait for it. Throws if package-install lists other files than the
   * assessed ones, given by name with their digests. `needed` is the file that the request needs.
   */
  readonly requestImport: (
    release: Release,
    sha256: Readonly<Record<string, string>>,
    needed?: string,
  ) => Promise<void>;
  /** Returns the published revision of a release in package-install and the digests of its files, if there is one. */
  readonly imported: (
    release: Release,
  ) => Promise<{ readonly revision: string; readonly sha256: Readonly<Record<string, string>> } | undefined>;
  /**
   * Inspects the files of a release as package-install sends them, whether or not their import has finished. Returns the
   * verdict on each of them, by file name. Throws if package-install doesn't send them.
   */
  readonly inspect: (release: Release, files: InspectedFiles) => Promise<ReadonlyMap<string, FileVerdict>>;
  /** Inspects one file as the index sends it, before its release is imported. */
  readonly inspectListed: (release: Release, file: IndexFile) => Promise<FileVerdict>;
  /** Copies the revision to secure-pypi. It succeeds if the same files are already there. */
  readonly copy: (release: Release, revision: string) => Promise<unknown>;
  /** Returns the package version status of a release in secure-pypi; undefined if the release is missing there. */
  readonly secureStatus: (release: Release) => Promise<string | undefined>;
  /** Asks the engine whether an execution runs, by its ARN; undefined without an answer. */
  readonly isRunning?: ((arn: string) => Promise<boolean | undefined>) | undefined;
  /** Sends a notice about a request that did not end SECURE. Throws if the notice could not be sent. */
  readonly notify: (record: RequestRecord) => Promise<void>;
  readonly policy: PolicyFacts;
  /** Returns the environment that pip's User-Agent describes, or undefined if it describes none. */
  readonly environmentOf: (userAgent: string) => TargetEnvironment | undefined;
  /** Returns epoch milliseconds. */
  readonly now: () => number;
  /** Calls `action` at an interval, and returns the function that stops it. */
  readonly every: (milliseconds: number, action: () => void) => () => void;
};
