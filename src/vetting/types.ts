import type { ProjectName, Release, TargetEnvironment } from '../index/types.ts';
import type { UploadCutoff } from '../index/upload-cutoff.ts';

/** The pip options that decide which releases pip can choose. */
export type RequestOptions = {
  /** `--pre`. */
  readonly pre: boolean;
  /** Normalised names, or `:all:`. */
  readonly formatControl: { readonly onlyBinary: readonly string[]; readonly noBinary: readonly string[] };
  readonly noDeps: boolean;
  /** True: the newest release is required. False: a release that is already in secure-pypi is enough. */
  readonly upgrade: boolean;
  /**
   * True: the roots needn't fit together, because each may be for an environment of its own, such as a build or a
   * group of a lock file.
   */
  readonly separate?: boolean | undefined;
  /** The time before which files must have been uploaded. Absent if every file counts. */
  readonly uploadedBefore?: UploadCutoff | undefined;
};

/** The content of a vetting request. All members but `requestedBy` and `reason` form the request's identity. */
export type RequestContent = {
  /** PEP 508 requirements, as written. */
  readonly roots: readonly string[];
  readonly constraints: readonly string[];
  readonly options: RequestOptions;
  readonly environment: TargetEnvironment;
  readonly requestedBy: string;
  /** Why the requester needs the packages. Like the requester, it is not part of the identity. */
  readonly reason?: string | undefined;
};

/** The input of one workflow execution. The execution's name is `<requestId>-<attempt>`. */
export type VettingRequest = RequestContent & { readonly requestId: string; readonly attempt: number };

/** The input when a 404 event starts the workflow: a project name, and pip's User-Agent for the environment. */
export type EventRequest = { readonly package: string; readonly userAgent?: string | undefined };

/** The status of a release (CHECK → INGEST → COPY → SECURE) or of a request (CHECK → a final status). */
export type Status = 'CHECK' | 'INGEST' | 'COPY' | 'SECURE' | 'BLOCKED' | 'HELD' | 'ERROR';
export type RequestStatus = 'CHECK' | 'SECURE' | 'BLOCKED' | 'HELD' | 'ERROR';

/** A rule that applied, as the API prints it: text and points (`Downloads < 300`, 20). Gates have no points. */
export type Reason = { readonly text: string; readonly points?: number | undefined };

/**
 * Why a release was not found. `private`: the policy lists the name as internal, so no public index is searched.
 * `no-file`: no file fits this Python, platform or the allowed formats. `constraint`, `conflict`: other requirements
 * exclude every release. `unusable`: the release has wrong metadata or can't be built. `uploaded-later`: the request
 * excludes files by their upload time.
 */
export type NotFoundCause =
  | 'no-project'
  | 'private'
  | 'no-release'
  | 'no-version'
  | 'no-file'
  | 'unusable'
  | 'yanked'
  | 'uploaded-later'
  | 'constraint'
  | 'conflict';

/** Why a release cannot be installed now. */
export type Refusal = {
  readonly name: ProjectName;
  /** Null when the refusal concerns the project, not one release. */
  readonly version: string | null;
  readonly kind: 'BLOCKED' | 'HELD' | 'NOT_FOUND' | 'ERROR';
  readonly riskLevel?: 'Green' | 'Yellow' | 'Red' | undefined;
  /** Minimum and maximum points; they differ when signals are unknown. */
  readonly score?: { readonly min: number; readonly max: number } | undefined;
  readonly reasons: readonly Reason[];
  readonly similarPackages: readonly string[];
  /** ISO time at which the cooldown ends, if the release is within cooldown. */
  readonly heldUntil?: string | undefined;
  /** The sources without an answer, if the release is on hold. Once they answer, the verdict may be another. */
  readonly unknownSources?: readonly string[] | undefined;
  /** One sentence that adds to the reasons: a cause, the most similar name, the existing releases. */
  readonly detail?: string | undefined;
  /** Set for NOT_FOUND. */
  readonly because?: NotFoundCause | undefined;
  /** The newest release of a root that could be installed in place of this one. */
  readonly instead?: string | undefined;
  /** For a fatal refusal of a dependency: the root that needs it. */
  readonly neededBy?: ProjectName | undefined;
  /** True when a root has no allowed solution because of it; false when the resolver chose another release. */
  readonly fatal: boolean;
};

/** The verdict that observe mode did not apply, and its reasons, at most five. */
export type ObservedOutcome = { readonly outcome: 'HELD' | 'BLOCKED'; readonly reasons: readonly string[] };

/** The DynamoDB item of a release: `pk` `pypi#<name>`, `sk` `v#<version>`. It stays under 4 KB. */
export type ReleaseRecord = {
  readonly name: ProjectName;
  readonly version: string;
  readonly status: Status;
  readonly riskLevel?: 'Green' | 'Yellow' | 'Red' | undefined;
  readonly score?: { readonly min: number; readonly max: number } | undefined;
  readonly reasons?: readonly Reason[] | undefined;
  readonly similarPackages?: readonly string[] | undefined;
  readonly heldUntil?: string | undefined;
  readonly unknownSources?: readonly string[] | undefined;
  readonly policyVersion?: string | undefined;
  /** What the policy would do with an allowed release if it enforced what it observes. */
  readonly observed?: ObservedOutcome | undefined;
  /** What the reasons of a BLOCKED or HELD are about. Reasons about the project apply to all of its releases. */
  readonly scope?: 'project' | 'release' | 'file' | undefined;
  /** CodeArtifact's package version revision of the copied files. The item of `VettedFiles` has their digests. */
  readonly revision?: string | undefined;
  /** `<requestId>-<attempt>` of the execution that claimed it last. */
  readonly execution: string;
  /** Epoch milliseconds until which only `execution` works on it. */
  readonly leaseUntil: number;
  readonly requestedBy: string;
  /** Marks (`fileMark`) of the vetted files that the relay hides. The item of `WithheldFiles` has names and reasons. */
  readonly withheld?: readonly string[] | undefined;
  /** True while the workflow vets a SECURE release again. The vetted files stay in secure-pypi. */
  readonly wasSecure?: boolean | undefined;
  /** Why package-install could not be made to import the release. It ends the release once the firewall allows it. */
  readonly importFailure?: ImportFailure | undefined;
  /** The newest revision in package-install, as long as it lacks files. */
  readonly seen?: SeenRevision | undefined;
  /** One sentence for an ERROR, or for later files of a SECURE release that were not added. */
  readonly cause?: string | undefined;
  /** For an ERROR: whether the same call may succeed later, because a service was unavailable. */
  readonly retriable?: boolean | undefined;
  /** ISO times. */
  readonly createdAt: string;
  readonly updatedAt: string;
};

/** A published revision that lacks files, and since when (epoch milliseconds) it has been the newest. */
export type SeenRevision = { readonly revision: string; readonly since: number };

/** Why an import could not be requested, and whether the same call may succeed later. */
export type ImportFailure = {
  readonly cause: string;
  readonly retriable: boolean;
  /** True when a person has to decide. */
  readonly needsDecision?: boolean | undefined;
};

/**
 * The DynamoDB item of the files of a release in secure-pypi: `pk` `pypi#<name>`, `sk` `f#<version>`. It is separate
 * from the record, because a release can have hundreds of files.
 */
export type VettedFiles = Release & {
  readonly revision: string;
  /** File name → sha256 hex of every vetted file. secure-pypi holds these files only. */
  readonly sha256: Readonly<Record<string, string>>;
};

/** Why the relay hides a file of a vetted release. */
export type WithheldFile = {
  /** `LATER`: no request has needed the file yet, so it was not inspected. The first request that needs it does it. */
  readonly status: 'BLOCKED' | 'HELD' | 'LATER';
  readonly reasons: readonly string[];
};

/**
 * The DynamoDB item of a release's withheld files: `pk` `pypi#<name>`, `sk` `w#<version>`. CodeArtifact copies a release
 * with all its files, so secure-pypi has them too.
 */
export type WithheldFiles = Release & {
  /** By file name. */
  readonly files: Readonly<Record<string, WithheldFile>>;
  /** The policy and decision that the verdicts follow. Under another one, the files are inspected again. */
  readonly policyVersion: string;
};

/**
 * The DynamoDB item of the upload times of a release's files: `pk` `pypi#<name>`, `sk` `u#<version>`. CodeArtifact's pages
 * have no upload times, so the relay adds them. Only requests with `uploadedBefore` need and write it.
 */
export type UploadTimes = Release & {
  /** ISO times by file name, as the index has them. */
  readonly files: Readonly<Record<string, string>>;
};

/**
 * The DynamoDB item of the METADATA of a release's wheels: `pk` `pypi#<name>`, `sk` `wm#<version>`. It has digests only,
 * because clients read those of all releases of a project. The texts are in items of their own, `sk` `t#<sha256>`.
 */
export type MetadataDigests = Release & {
  /** sha256 hex of a METADATA → sha256 hex of the vetted wheels that contain it. */
  readonly wheels: Readonly<Record<string, readonly string[]>>;
};

/** The DynamoDB item of a request: `pk` `request#<id>`, `sk` `request`. A waiting client reads this item only. */
export type RequestRecord = {
  readonly requestId: string;
  /** The newest attempt that this record answers. */
  readonly attempt: number;
  /** The name of the only execution that writes this item. */
  readonly execution: string;
  readonly status: RequestStatus;
  /** The current step of the workflow, shown as progress. */
  readonly step: 'claim' | 'resolve' | 'assess' | 'ingest' | 'inspect' | 'copy' | 'wait' | 'done';
  /** Releases in the resolved set, and how many of them are SECURE. */
  readonly counts: { readonly releases: number; readonly secure: number };
  /** At most 20, fatal ones first. */
  readonly refusals: readonly Refusal[];
  /** How many releases were allowed only because the policy observes, and the first five of them. */
  readonly observed?: { readonly count: number; readonly first: readonly (Release & ObservedOutcome)[] } | undefined;
  /** The number of refusals that `refusals` leaves out. */
  readonly refusalsOmitted?: number | undefined;
  /** Epoch milliseconds until which `execution` owns the request. A dead execution doesn't renew it. */
  readonly leaseUntil: number;
  /** The first few roots, to recognise the request by. */
  readonly roots: readonly string[];
  readonly requestedBy: string;
  /** Why the requester needs the packages. */
  readonly reason?: string | undefined;
  /** Whom to ask about a hold or block, as the policy says. */
  readonly contact?: string | undefined;
  /** One sentence for an ERROR. */
  readonly cause?: string | undefined;
  /** The channels that have the notice, if others failed. */
  readonly noticed?: readonly string[] | undefined;
  /** Why the notice about the request could not be sent. */
  readonly noticeFailed?: string | undefined;
  /** True after a person's decision about one of its releases: the next client starts a new vetting. */
  readonly reopened?: boolean | undefined;
  /** ISO times: first request; start of this execution; verdict; last change. */
  readonly createdAt: string;
  readonly startedAt: string;
  readonly endedAt?: string | undefined;
  readonly updatedAt: string;
};

/** A release in the workflow's state: the key only, since the table holds everything else. */
export type ReleaseKey = Release;

/** One release of a request's resolved set: DynamoDB item `pk` `request#<id>`, `sk` `r#<name>#<version>`. */
export type RequestRelease = {
  readonly name: ProjectName;
  readonly version: string;
  /** The digests of all its files as the resolver read them upstream. */
  readonly sha256: Readonly<Record<string, string>>;
  readonly uploadTime?: string | undefined;
  /** The file that pip prefers in the environment of the request. Absent in items of older versions. */
  readonly file?: string | undefined;
  /** Releases of the request that need it, directly or through others, nearest first; at most 10. */
  readonly requiredBy?: readonly Release[] | undefined;
  /** The execution and round that chose the release. Items of earlier rounds are ignored. */
  readonly execution: string;
  readonly round: number;
};

/** A person's approval or denial: DynamoDB item `pk` `pypi#<name>`, `sk` `approval#<id>`. */
export type Approval = {
  readonly id: string;
  readonly name: ProjectName;
  /** PEP 440; empty for any version. */
  readonly specifier: string;
  readonly kind: 'approve' | 'deny';
  readonly reason: string;
  /** Who is responsible for the decision, and who entered it. */
  readonly owner: string;
  readonly enteredBy?: string | undefined;
  /** True when the person explicitly approved a release with a malware advisory. */
  readonly evenMalware?: boolean | undefined;
  /** ISO time; absent if the decision does not expire. */
  readonly expiresAt?: string | undefined;
  readonly createdAt: string;
};

/**
 * The projects that a request resolved for a root, also indirect ones, each with the sha256 of the METADATA of its
 * release. Undefined if its wheels have none or different ones.
 */
export type VettedWith = ReadonlyMap<ProjectName, string | undefined>;
