import type { ProjectName } from '../index/types.ts';
import type { AuditEntry } from './audit.ts';
import type { Hold, HoldRequest } from './hold.ts';
import type { NoticeWindow } from './notice-window.ts';
import type { PolicyNotes, PolicyState } from './policy-notes.ts';
import type { PolicySwitch } from './policy-switch.ts';
import type {
  Approval,
  ReleaseKey,
  ReleaseRecord,
  RequestRecord,
  RequestRelease,
  Status,
  UploadTimes,
  VettedFiles,
  VettedWith,
  WithheldFiles,
} from './types.ts';
import type { WheelMetadata } from './wheel-metadata.ts';

/** The attributes to change on a request. The store sets `updatedAt`. */
export type RequestChange = Partial<
  Pick<
    RequestRecord,
    | 'status'
    | 'step'
    | 'counts'
    | 'refusals'
    | 'refusalsOmitted'
    | 'observed'
    | 'leaseUntil'
    | 'cause'
    | 'contact'
    | 'noticed'
    | 'noticeFailed'
    | 'endedAt'
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

/** What is recorded of the releases of a project. */
export type ProjectRecords = {
  readonly releases: readonly ReleaseRecord[];
  readonly withheld: readonly WithheldFiles[];
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
  /** Reads the records and the withheld files of all releases of a project, consistently. */
  projectRecords(name: ProjectName): Promise<ProjectRecords>;
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
  /** Adds METADATA to that of a release's wheels, up to the limits of `addMetadata`. Records also that there is none. */
  recordMetadata(release: ReleaseKey, wheels: readonly WheelMetadata[]): Promise<void>;
  /**
   * Returns the withheld files and the digests of METADATA of a project's releases, read with one call; undefined if they
   * are too many for one.
   */
  wheelRecords(
    name: ProjectName,
  ): Promise<
    { readonly withheld: readonly WithheldFiles[]; readonly digests: ReadonlyMap<string, string> } | undefined
  >;
  /** Returns the digests of the recorded METADATA of a project's wheels, by the sha256 of the wheel, in one call. */
  metadataDigests(name: ProjectName): Promise<ReadonlyMap<string, string>>;
  /**
   * Returns the same for releases, read consistently and in batches, in the order of `releases`; undefined for a release
   * that was vetted before METADATA was recorded.
   */
  metadataOf(releases: readonly ReleaseKey[]): Promise<readonly (ReadonlyMap<string, string> | undefined)[]>;
  /** Returns a recorded METADATA with this sha256. Undefined if there is none or its item is damaged. */
  readMetadata(name: ProjectName, sha256: string): Promise<Buffer | undefined>;
  /** Replaces what was recorded of a root. */
  putVettedWith(root: ProjectName, projects: VettedWith): Promise<void>;
  /** Returns what the last SECURE request for this root resolved; empty if that was not recorded. */
  vettedWith(root: ProjectName): Promise<VettedWith>;

  /** Returns when a project's newest release was last checked: epoch milliseconds by requirement hash. */
  readFreshness(name: ProjectName): Promise<Readonly<Record<string, number>>>;
  putFreshness(name: ProjectName, checkTimes: Readonly<Record<string, number>>): Promise<void>;

  /** Returns the mode that an administrator has set; undefined if none was ever set. */
  policySwitch(): Promise<PolicySwitch | undefined>;
  putPolicySwitch(set: PolicySwitch): Promise<void>;
  /** Returns what the workflow wrote about the policy in force; the defaults if it never did. */
  policyNotes(): Promise<PolicyNotes>;
  putPolicyNotes(notes: PolicyNotes): Promise<void>;
  /** Returns the policy that the workflow saw last; undefined before the first. */
  policyState(): Promise<PolicyState | undefined>;
  putPolicyState(state: PolicyState): Promise<void>;

  /** Returns items newest first, at most `limit` (default 100). */
  listByStatus(status: Status, options?: { limit?: number }): Promise<StatusListing>;
  /** Reads every approval and denial of a project, expired ones included, consistently. */
  approvalsOf(name: ProjectName): Promise<readonly Approval[]>;
  putApproval(approval: Approval): Promise<void>;

  /** Adds a request to the hold of a release. */
  recordHold(request: HoldRequest): Promise<void>;
  /**
   * Returns the holds sorted by name, at most `limit` (default 2,000), and whether those are all. `prefix` is the
   * beginning of the names.
   */
  holds(options?: { limit?: number; prefix?: string }): Promise<HoldListing>;
  holdsOf(name: ProjectName): Promise<readonly Hold[]>;

  /** Returns the notices of the last minutes; undefined before the first. */
  noticeWindow(): Promise<NoticeWindow | undefined>;
  /** Writes them if the item still equals `expected`. */
  putNoticeWindow(window: NoticeWindow, expected: NoticeWindow | undefined): Promise<boolean>;

  /** Adds an entry to the audit log. */
  putAudit(entry: AuditEntry): Promise<void>;
  /** Returns entries newest first, at most `limit` (default 20,000) since an ISO time, and whether those are all. */
  auditEntries(options?: { limit?: number; since?: string | undefined }): Promise<AuditListing>;
};

export type HoldListing = { readonly holds: readonly Hold[]; readonly complete: boolean };
export type AuditListing = { readonly entries: readonly AuditEntry[]; readonly complete: boolean };
