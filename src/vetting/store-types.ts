import type { NamedIndex } from '../index/named-indexes.ts';
import type { ProjectName } from '../index/types.ts';
import type {
  Approval,
  ReleaseKey,
  ReleaseRecord,
  RequestRecord,
  RequestRelease,
  Status,
  UploadTimes,
  VettedFiles,
  WithheldFiles,
} from './types.ts';
import type { WheelMetadata } from './wheel-metadata.ts';

/** The attributes to change on a request. The store sets `updatedAt`. */
export type RequestChange = Partial<
  Pick<
    RequestRecord,
    'status' | 'step' | 'counts' | 'refusals' | 'refusalsOmitted' | 'leaseUntil' | 'cause' | 'noticeFailed' | 'endedAt'
  >
>;

/** The attributes to change on a release. The store sets `updatedAt`. */
export type ReleaseChange = Partial<
  Omit<ReleaseRecord, 'name' | 'version' | 'execution' | 'requestedBy' | 'createdAt' | 'updatedAt'>
>;

/** The claim of an execution to work on a release alone for the length of a lease. */
export type ReleaseClaim = {
  readonly release: ReleaseKey;
  readonly execution: string;
  readonly requestedBy: string;
  /** Epoch milliseconds. */
  readonly leaseUntil: number;
  /** A BLOCKED or HELD verdict under another policy version is assessed again. */
  readonly policyVersion: string;
  /** ISO time. A HELD verdict older than this is assessed again. */
  readonly startedAt: string;
  /** `updatedAt` of a SECURE record that lacks upstream files. The claim holds only if the record is unchanged. */
  readonly incompleteSince?: string | undefined;
};

/** The items with one status, newest change first. */
export type StatusListing = {
  readonly releases: readonly ReleaseRecord[];
  readonly requests: readonly RequestRecord[];
};

/**
 * The table of requests, releases and verdicts.
 *
 * Every method throws an `AwspipError`: `denied`, `unavailable` (after the SDK's own retries) or `configuration` when
 * the table doesn't exist. A write that returns a boolean is conditional: false means that another execution owns the
 * item.
 */
export type VettingStore = {
  readRequest(requestId: string, options?: { consistent?: boolean }): Promise<RequestRecord | undefined>;
  /** Writes `record` if the item still equals `expected` (doesn't exist when undefined). */
  claimRequest(record: RequestRecord, expected: RequestRecord | undefined): Promise<boolean>;
  /** Raises the attempt of a running request, so that its verdict answers the later attempt too. */
  raiseAttempt(requestId: string, execution: string, attempt: number): Promise<boolean>;
  updateRequest(requestId: string, execution: string, change: RequestChange): Promise<boolean>;
  /** Adds `count` SECURE releases to the progress that clients show. The end of the request counts them again. */
  countSecure(requestId: string, execution: string, count: number): Promise<boolean>;
  /** Marks an ended request for a new vetting by the next client; false if the record is no longer `expected`. */
  reopenRequest(expected: RequestRecord): Promise<boolean>;
  /** Adds items. Those of earlier rounds stay; `execution` and `round` distinguish them. */
  putRequestReleases(requestId: string, releases: readonly RequestRelease[]): Promise<void>;
  /** Replaces one of them. */
  putRequestRelease(requestId: string, release: RequestRelease): Promise<void>;
  /** Returns releases sorted by key. `range` is the first and last sort key, inclusive. */
  requestReleases(requestId: string, range?: { from: string; to: string }): Promise<readonly RequestRelease[]>;

  readRelease(release: ReleaseKey, options?: { consistent?: boolean }): Promise<ReleaseRecord | undefined>;
  /** Reads consistently, in the order of `releases`; undefined for a release without a record. */
  readReleases(releases: readonly ReleaseKey[]): Promise<readonly (ReleaseRecord | undefined)[]>;
  /** Reads the records of all releases of a project, consistently. */
  releasesOf(name: ProjectName): Promise<readonly ReleaseRecord[]>;
  /** Returns the claimed record, or undefined if the release isn't claimable. */
  claimRelease(claim: ReleaseClaim): Promise<ReleaseRecord | undefined>;
  /** Changes a release while `execution` owns it and its status is `from`. */
  advance(release: ReleaseKey, execution: string, from: Status, change: ReleaseChange): Promise<boolean>;
  renewRelease(release: ReleaseKey, execution: string, leaseUntil: number): Promise<boolean>;

  /** Stores the evidence for a verdict, cut to 30 KB. */
  putEvidence(release: ReleaseKey, evidence: unknown): Promise<void>;
  readEvidence(release: ReleaseKey): Promise<unknown>;

  putVettedFiles(files: VettedFiles): Promise<void>;
  /** Reads the vetted files consistently, in the order of `releases`; undefined for a release without. */
  vettedFiles(releases: readonly ReleaseKey[]): Promise<readonly (VettedFiles | undefined)[]>;

  putWithheld(withheld: WithheldFiles): Promise<void>;
  /** Reads the withheld files of all releases of a project, consistently. */
  withheldOf(name: ProjectName): Promise<readonly WithheldFiles[]>;

  putUploadTimes(times: readonly UploadTimes[]): Promise<void>;
  /** Reads the upload times of all releases of a project for which they are known. */
  uploadTimesOf(name: ProjectName): Promise<readonly UploadTimes[]>;
  /** Adds METADATA to that of a release's wheels, up to the limits of `addMetadata`. */
  recordMetadata(release: ReleaseKey, wheels: readonly WheelMetadata[]): Promise<void>;
  /** Returns the digests of the recorded METADATA of a project's wheels, by the sha256 of the wheel, in one call. */
  metadataDigests(name: ProjectName): Promise<ReadonlyMap<string, string>>;
  /** Returns the same for releases, read consistently and in batches, in the order of `releases`. */
  metadataOf(releases: readonly ReleaseKey[]): Promise<readonly ReadonlyMap<string, string>[]>;
  /** Returns a recorded METADATA with this sha256. Undefined if there is none or its item is damaged. */
  readMetadata(name: ProjectName, sha256: string): Promise<Buffer | undefined>;

  /** Returns when a project's newest release was last checked: epoch milliseconds by requirement hash. */
  readFreshness(name: ProjectName): Promise<Readonly<Record<string, number>>>;
  putFreshness(name: ProjectName, checkTimes: Readonly<Record<string, number>>): Promise<void>;

  /** Returns the indexes of the policy in force, which the workflow writes for clients; empty if it never did. */
  policyIndexes(): Promise<readonly NamedIndex[]>;
  putPolicyIndexes(indexes: readonly NamedIndex[]): Promise<void>;

  /** Returns items newest first, at most `limit` (default 100). */
  listByStatus(status: Status, options?: { limit?: number }): Promise<StatusListing>;
  /** Reads every approval and denial of a project, expired ones included, consistently. */
  approvalsOf(name: ProjectName): Promise<readonly Approval[]>;
  putApproval(approval: Approval): Promise<void>;
};
