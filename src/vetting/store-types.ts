import type { ProjectName } from '../index/types.ts';
import type { Approval, ReleaseKey, ReleaseRecord, RequestRecord, RequestRelease, Status } from './types.ts';

/** What changes about a request; times are set by the store. */
export type RequestChange = Partial<
  Pick<
    RequestRecord,
    'status' | 'step' | 'counts' | 'refusals' | 'refusalsOmitted' | 'leaseUntil' | 'cause' | 'noticeFailed' | 'endedAt'
  >
>;

/** What changes about a release. */
export type ReleaseChange = Partial<
  Omit<ReleaseRecord, 'name' | 'version' | 'execution' | 'requestedBy' | 'createdAt' | 'updatedAt'>
>;

/** A wish to own a release for the length of a lease. */
export type ReleaseClaim = {
  readonly release: ReleaseKey;
  readonly execution: string;
  readonly requestedBy: string;
  /** Epoch milliseconds. */
  readonly leaseUntil: number;
  /** A BLOCKED or HELD verdict of another version of the policy may be judged again. */
  readonly policyVersion: string;
  /** ISO; a HELD verdict older than this may be judged again. */
  readonly startedAt: string;
  /** `updatedAt` of the SECURE record seen to lack files: claims that very state and nothing newer. */
  readonly lacking?: string | undefined;
};

/** Items of one status, newest change first. */
export type Listed = { readonly releases: readonly ReleaseRecord[]; readonly requests: readonly RequestRecord[] };

/**
 * The table of requests, releases and verdicts.
 *
 * Every function throws an `AwspipError`: `denied`, `unavailable` (after the client's own retries) or `configuration`
 * when there is no such table. Writes that say `boolean` are guarded: false means another execution owns the item now.
 */
export type VettingStore = {
  readRequest(requestId: string, how?: { consistent?: boolean }): Promise<RequestRecord | undefined>;
  /** Writes `record` if the item is still as `seen` (absent when undefined). */
  claimRequest(record: RequestRecord, seen: RequestRecord | undefined): Promise<boolean>;
  /** Lets a later attempt be answered by the execution that is running. */
  answerAttempt(requestId: string, execution: string, attempt: number): Promise<boolean>;
  updateRequest(requestId: string, execution: string, change: RequestChange): Promise<boolean>;
  /** Counts more SECURE releases, for who watches; the end counts them anew. */
  countSecure(requestId: string, execution: string, more: number): Promise<boolean>;
  /** Has a request that ended as `seen` vetted anew by whoever asks next; false when it is not as seen any more. */
  reopenRequest(seen: RequestRecord): Promise<boolean>;
  /** Replaces nothing: items of earlier rounds stay and are told apart by `execution` and `round`. */
  putRequestReleases(requestId: string, releases: readonly RequestRelease[]): Promise<void>;
  /** Sorted by key; `range` names first and last sort key, inclusive. */
  requestReleases(requestId: string, range?: { from: string; to: string }): Promise<readonly RequestRelease[]>;

  readRelease(release: ReleaseKey, how?: { consistent?: boolean }): Promise<ReleaseRecord | undefined>;
  /** Consistent; in the order of `releases`, undefined where there is none. */
  readReleases(releases: readonly ReleaseKey[]): Promise<readonly (ReleaseRecord | undefined)[]>;
  /** Every release of a project on record; consistent. */
  releasesOf(name: ProjectName): Promise<readonly ReleaseRecord[]>;
  /** The record as claimed, or undefined: theirs, or settled. */
  claimRelease(claim: ReleaseClaim): Promise<ReleaseRecord | undefined>;
  /** Moves a release on; only while `execution` owns it and its status is `from`. */
  advance(release: ReleaseKey, execution: string, from: Status, change: ReleaseChange): Promise<boolean>;
  renewRelease(release: ReleaseKey, execution: string, leaseUntil: number): Promise<boolean>;

  /** Cut down to 30 KB if need be. */
  putEvidence(release: ReleaseKey, evidence: unknown): Promise<void>;
  readEvidence(release: ReleaseKey): Promise<unknown>;

  /** Epoch milliseconds by question (a hash) of when upstream was last asked for a project's newest release. */
  readFreshness(name: ProjectName): Promise<Readonly<Record<string, number>>>;
  putFreshness(name: ProjectName, asked: Readonly<Record<string, number>>): Promise<void>;

  /** Newest first; at most `limit` (default 100). */
  listByStatus(status: Status, how?: { limit?: number }): Promise<Listed>;
  /** Every approval and denial of a project, lapsed ones too; consistent. */
  approvalsOf(name: ProjectName): Promise<readonly Approval[]>;
  putApproval(approval: Approval): Promise<void>;
};
