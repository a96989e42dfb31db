import type { ProjectName, Release, TargetEnvironment } from '../index/types.ts';

/** What pip was told that decides which releases it may take. */
export type RequestOptions = {
  /** `--pre`. */
  readonly pre: boolean;
  /** Normalised names, or `:all:`. */
  readonly formatControl: { readonly onlyBinary: readonly string[]; readonly noBinary: readonly string[] };
  readonly noDeps: boolean;
  /** True: the newest release is wanted; false: one already in secure-pypi will do. */
  readonly upgrade: boolean;
};

/** What is asked of the workflow. All but `requestedBy` make up the request's identity. */
export type RequestContent = {
  /** PEP 508 requirements, as written. */
  readonly roots: readonly string[];
  readonly constraints: readonly string[];
  readonly options: RequestOptions;
  readonly environment: TargetEnvironment;
  readonly requestedBy: string;
};

/** Input of one workflow execution; the execution's name is `<requestId>-<attempt>`. */
export type VettingRequest = RequestContent & { readonly requestId: string; readonly attempt: number };

/** Input when a 404 event starts the workflow: only the name is known, the rest comes from pip's User-Agent. */
export type EventRequest = { readonly package: string; readonly userAgent?: string | undefined };

/** How far a release or a request is. A release: CHECK → INGEST → COPY → SECURE; a request: CHECK → an end. */
export type Status = 'CHECK' | 'INGEST' | 'COPY' | 'SECURE' | 'BLOCKED' | 'HELD' | 'ERROR';
export type RequestStatus = 'CHECK' | 'SECURE' | 'BLOCKED' | 'HELD' | 'ERROR';

/** A rule that spoke: its words and its points, as the API prints them (`Downloads < 300`, 20). Gates have no points. */
export type Reason = { readonly text: string; readonly points?: number | undefined };

/**
 * What NOT_FOUND means in particular. `private`: a name of one's own, never looked for elsewhere. `no-file`: no file
 * fits this Python, platform or chosen formats. `constraint`, `conflict`: other requirements leave none.
 */
export type NotFoundCause =
  | 'no-project'
  | 'private'
  | 'no-release'
  | 'no-version'
  | 'no-file'
  | 'yanked'
  | 'constraint'
  | 'conflict';

/** Why a release may not enter now. */
export type Refusal = {
  readonly name: ProjectName;
  /** Null when no release of the project could be looked at. */
  readonly version: string | null;
  readonly kind: 'BLOCKED' | 'HELD' | 'NOT_FOUND' | 'ERROR';
  readonly riskLevel?: 'Green' | 'Yellow' | 'Red' | undefined;
  /** Least and most points: they differ where signals are unknown. */
  readonly score?: { readonly min: number; readonly max: number } | undefined;
  readonly reasons: readonly Reason[];
  readonly similarPackages: readonly string[];
  /** ISO time from which the release is old enough, when age is why it is held. */
  readonly heldUntil?: string | undefined;
  /** One sentence when reasons do not say it: a cause, the nearest real name, the releases there are. */
  readonly detail?: string | undefined;
  /** Of NOT_FOUND. */
  readonly because?: NotFoundCause | undefined;
  /** The newest release of a project that was asked for by name that nothing speaks against so far. */
  readonly instead?: string | undefined;
  /** Of a fatal one that was not asked for by name: the project that was, and needs it. */
  readonly neededBy?: ProjectName | undefined;
  /** True when some root has no admissible solution because of it; false when an older release was taken. */
  readonly fatal: boolean;
};

/** DynamoDB item of a release: `pk` `pypi#<name>`, `sk` `v#<version>`. Stays under 4 KB. */
export type ReleaseRecord = {
  readonly name: ProjectName;
  readonly version: string;
  readonly status: Status;
  readonly riskLevel?: 'Green' | 'Yellow' | 'Red' | undefined;
  readonly score?: { readonly min: number; readonly max: number } | undefined;
  readonly reasons?: readonly Reason[] | undefined;
  readonly similarPackages?: readonly string[] | undefined;
  readonly heldUntil?: string | undefined;
  readonly policyVersion?: string | undefined;
  /** CodeArtifact's package version revision: judged and copied are the same. */
  readonly revision?: string | undefined;
  /** File name → sha256 hex: what was judged, and so what may be in secure-pypi. */
  readonly sha256?: Readonly<Record<string, string>> | undefined;
  /** `<requestId>-<attempt>` of the execution that holds or last held it. */
  readonly execution: string;
  /** Epoch milliseconds until which `execution` alone may work on it. */
  readonly leaseUntil: number;
  readonly requestedBy: string;
  /** True while files that appeared upstream later are vetted: the files of `sha256` stay in secure-pypi whatever comes of it. */
  readonly wasSecure?: boolean | undefined;
  /** What package-install holds and COPY is about to copy; becomes `revision` and `sha256` with SECURE. */
  readonly pending?: { readonly revision: string; readonly sha256: Readonly<Record<string, string>> } | undefined;
  /** One sentence, when ERROR, or when later files of a SECURE release did not get in. */
  readonly cause?: string | undefined;
  /** ISO times. */
  readonly createdAt: string;
  readonly updatedAt: string;
};

/** DynamoDB item of a request: `pk` `request#<id>`, `sk` `request`: the one thing a waiting client reads. */
export type RequestRecord = {
  readonly requestId: string;
  /** The newest attempt this record answers. */
  readonly attempt: number;
  /** Name of the execution that alone may write here. */
  readonly execution: string;
  readonly status: RequestStatus;
  /** What the workflow is doing: a word for the screen. */
  readonly step: 'claim' | 'resolve' | 'assess' | 'ingest' | 'copy' | 'wait' | 'done';
  /** Releases in the closure, and how many of them are SECURE. */
  readonly counts: { readonly releases: number; readonly secure: number };
  /** At most 20, fatal ones first. */
  readonly refusals: readonly Refusal[];
  /** How many refusals found no room in `refusals`. */
  readonly refusalsOmitted?: number | undefined;
  /** Executions that died leave a lease that ends. Epoch milliseconds. */
  readonly leaseUntil: number;
  /** The first of them; enough to recognise the request by. */
  readonly roots: readonly string[];
  readonly requestedBy: string;
  /** One sentence, when ERROR. */
  readonly cause?: string | undefined;
  /** Why the notice about it could not be sent. */
  readonly noticeFailed?: string | undefined;
  /** A person decided about a release since: whoever asks next has it vetted anew, however fresh this verdict is. */
  readonly reopened?: boolean | undefined;
  /** ISO times: first asked; this execution's start; its verdict; last change. */
  readonly createdAt: string;
  readonly startedAt: string;
  readonly endedAt?: string | undefined;
  readonly updatedAt: string;
};

/** A release's key as it travels through the workflow's state: everything else lies in the table. */
export type ReleaseKey = Release;

/** One release of a request's closure: DynamoDB item `pk` `request#<id>`, `sk` `r#<name>#<version>`. */
export type RequestRelease = {
  readonly name: ProjectName;
  readonly version: string;
  /** Digests of all its files, as the closure saw them upstream. */
  readonly sha256: Readonly<Record<string, string>>;
  readonly uploadTime?: string | undefined;
  /** The execution and its round that chose the release; items of earlier ones are leftovers. */
  readonly execution: string;
  readonly round: number;
};

/** A person's exception: DynamoDB item `pk` `pypi#<name>`, `sk` `approval#<id>`. */
export type Approval = {
  readonly id: string;
  readonly name: ProjectName;
  /** PEP 440; empty for any version. */
  readonly specifier: string;
  readonly kind: 'approve' | 'deny';
  readonly reason: string;
  /** Who answers for it, and who typed it in. */
  readonly owner: string;
  readonly enteredBy?: string | undefined;
  /** An approval lets known malware in only where the person said so in as many words. */
  readonly evenMalware?: boolean | undefined;
  /** ISO; absent for no end. */
  readonly expiresAt?: string | undefined;
  readonly createdAt: string;
};
