import type { StatusChange } from '../codeartifact/set-status.ts';
import type { AwspipError } from '../errors.ts';
import type { Policy } from '../firewall/policy.ts';
import type { Assessment, Signal } from '../firewall/types.ts';
import type { PageResult, ProjectName, Release } from '../index/types.ts';
import type { InstallCallbacks } from '../install/types.ts';
import type { PipCommand } from '../pip/grammar.ts';
import type { Mode } from '../settings/mode.ts';
import type { AuditActor } from '../vetting/audit.ts';
import type { VettingOutcome } from '../vetting/await-vetting.ts';
import type { PolicyNotes } from '../vetting/policy-notes.ts';
import type { PolicySwitch } from '../vetting/policy-switch.ts';
import type { VettingStore } from '../vetting/store-types.ts';
import type { ReleaseRecord, RequestRecord, Status } from '../vetting/types.ts';
import type { Integrity } from './installed-integrity.ts';

/** The effects of the verbs `policy`, `explain`, `approve`, `deny` and `vet`. */
export type ReviewService = {
  /** stdin. */
  readonly input: AsyncIterable<Uint8Array>;
  /** Writes to stdout and waits until the reader has taken it. Returns false if the reader has closed the pipe. */
  readonly output: (text: string) => Promise<boolean>;
  /**
   * Reads at most `maxBytes` of a file as text.
   *
   * @throws AwspipError `file-unreadable` (78)
   */
  readonly readStart: (file: string, maxBytes: number) => Promise<string>;
  /** Returns the policy of this machine. */
  readonly policy: () => Promise<Policy>;
  /** Returns what clients need to know of the policy: of this machine, or of the deployment on AWS. */
  readonly policyNotes: (mode: Mode) => Promise<PolicyNotes>;
  readonly records: (mode: Mode) => Promise<Records>;
  /** Opens a firewall on this machine, with its sources and its policy or another one. */
  readonly firewall: (policy?: Policy) => Promise<FirewallService>;
  /** Reads what is installed in the active environment, or in that of an interpreter or folder. */
  readonly installed: (python: string | undefined) => Promise<ReadEnvironment>;
  /** Opens the feed of malware advisories. */
  readonly malwareFeed: () => Promise<MalwareFeed>;
  readonly vet: (mode: Mode, command: PipCommand, callbacks: VetCallbacks) => Promise<VetOutcome>;
  /** Vets every file with requirements below a folder. */
  readonly vetFolder: (mode: Mode, folder: string, callbacks: VetFolderCallbacks) => Promise<FolderOutcome>;
  /** Returns epoch milliseconds. */
  readonly now: () => number;
  /** The name of the user, for the records. */
  readonly userName: string;
  /** Returns a new unique ID. */
  readonly unique: () => string;
};

/** The records that an audit of an environment reads. */
export type AuditRecords = Pick<VettingStore, 'readReleases' | 'vettedFiles' | 'metadataOf' | 'auditEntries'> & {
  /** Returns for each release whether the vetted repository lists it. */
  readonly listedReleases: (releases: readonly Release[]) => Promise<readonly boolean[]>;
};

/** A release in an environment, as its metadata describes it. */
export type InstalledPackage = Release & {
  /**
   * `own`: the user's project, or an allowed source. `manager`: installed by conda or the system's package manager.
   * `seeded`: unpacked from a wheel that Python or virtualenv carries. `elsewhere`: a URL, a repository or another folder.
   */
  readonly source: 'index' | 'own' | 'manager' | 'seeded' | 'elsewhere';
  /** Where it came from, if its installer recorded that. */
  readonly origin?: string | undefined;
  /** The digest of the installed file, if its installer recorded that. */
  readonly sha256?: string | undefined;
  /** `isExpression`: the metadata has an SPDX expression (PEP 639), and not a classifier or a text. */
  readonly licence?: { readonly text: string; readonly isExpression: boolean } | undefined;
  readonly metadataSha256?: string | undefined;
  /** The tags of the installed wheel: `py3-none-any`. */
  readonly tags: readonly string[];
  readonly integrity?: Integrity | undefined;
  /** Absolute. */
  readonly metadataFolder: string;
};

export type AuditCode =
  | 'malware'
  | 'denied'
  | 'blocked'
  | 'unvetted'
  | 'changed-files'
  | 'on-hold'
  | 'within-cooldown'
  | 'still-vetting';

/** `exempt`: needs no vetting. */
export type AuditState = AuditCode | 'vetted' | 'exempt';

export type AuditFinding = Release & {
  readonly code: AuditCode;
  readonly message: string;
  /** The IDs of malware advisories. */
  readonly advisories?: readonly string[] | undefined;
};

/** The records that reviewers read and change. */
export type Records = Pick<
  VettingStore,
  | 'readReleases'
  | 'vettedFiles'
  | 'metadataOf'
  | 'readRelease'
  | 'releasesOf'
  | 'readEvidence'
  | 'withheldOf'
  | 'listByStatus'
  | 'approvalsOf'
  | 'putApproval'
  | 'policyNotes'
  | 'policyState'
  | 'policySwitch'
  | 'putPolicySwitch'
  | 'readRequest'
  | 'reopenRequest'
  | 'readReleases'
  | 'requestReleases'
  | 'holds'
  | 'holdsOf'
  | 'auditEntries'
  | 'putAudit'
> &
  Pick<AuditRecords, 'listedReleases'> & {
    /** Archives releases in the vetted repository, or publishes archived ones again. */
    readonly setStatus: (
      name: ProjectName,
      versions: readonly string[],
      status: 'Archived' | 'Published',
    ) => Promise<StatusChange>;
    /** Returns who uses these records, for the audit log. */
    readonly actor: () => Promise<AuditActor>;
    /** Starts another execution for a finished request. Returns false if the input of the last one is not available. */
    readonly restartVetting: (request: RequestRecord) => Promise<boolean>;
  };

/** A firewall on this machine. */
export type FirewallService = {
  readonly policy: Policy;
  /** Assesses a release; the newest one if `version` is null. */
  readonly assess: (name: ProjectName, version: string | null) => Promise<Assessment>;
  /** Returns the index page of a project; `private` for an internal name, which is never sent to an index. */
  readonly page: (name: ProjectName) => Promise<PageResult | { readonly kind: 'private' }>;
  readonly close: () => Promise<void>;
};

export type MalwareFeed = {
  readonly malware: (name: ProjectName, version: string) => Promise<Signal<readonly string[]>>;
  readonly close: () => Promise<void>;
};

/** An environment with what its metadata says about each release. */
export type ReadEnvironment = {
  readonly python: string;
  readonly prefix: string;
  readonly packages: readonly InstalledPackage[];
};

/** `reason`: why the requester needs the packages, for the people who decide. */
export type VetCallbacks = InstallCallbacks & { readonly reason?: string | undefined };

/** The result of vetting all requirements of a command. */
export type VetOutcome = {
  readonly answer: VettingOutcome;
  readonly releases: readonly (Release & { readonly status: Status })[];
  /** The requirements of the command with their locations. */
  readonly requirements: readonly RequirementLocation[];
};

/** The result of vetting one file. */
export type FileOutcome = {
  /** Relative to the searched folder, with `/`. */
  readonly file: string;
} & (
  | {
      readonly kind: 'vetted';
      readonly outcome: VetOutcome;
      /** The file with the same requirements, whose result this is. */
      readonly sameAs: string | undefined;
    }
  /** The file has no requirements from an index. */
  | { readonly kind: 'empty' }
  | { readonly kind: 'failed'; readonly error: AwspipError }
  | { readonly kind: 'interrupted' }
);

/** The result of vetting the files below a folder. */
export type FolderOutcome = {
  readonly files: readonly FileOutcome[];
  readonly leftOut: readonly { readonly file: string; readonly reason: string }[];
  /** The error of the signal that ended the command early. */
  readonly interrupted: AwspipError | undefined;
};

export type VetFolderCallbacks = VetCallbacks & {
  /** Called at the start and after each file. */
  readonly onFile: (progress: {
    readonly done: number;
    readonly total: number;
    readonly last: FileOutcome | undefined;
  }) => void;
};

/** The mode of a deployment. `awspip policy mode --json` prints it. */
export type ModeState = {
  /** The switch in force; absent if the policy file decides. */
  readonly set?: PolicySwitch | undefined;
  /** What the policy observes, as the workflow saw it last. */
  readonly observed: PolicyNotes['observed'];
  /** Whether the switch was changed now. */
  readonly changed: boolean;
};

/** A requirement with the file and line that contain it; without them if it is an argument. */
export type RequirementLocation = {
  readonly text: string;
  readonly file?: string | undefined;
  readonly line?: number | undefined;
};

export type StatusView = {
  /** The requests under way. */
  readonly requests: readonly RequestRecord[];
  /** Requests whose execution stopped without a verdict. */
  readonly stopped: readonly RequestRecord[];
  /** The requests whose vetting failed in the last seven days and that nobody has repeated since, newest first. */
  readonly failed: readonly RequestRecord[];
  readonly releases: readonly ReleaseRecord[];
  readonly mode: ModeState;
};
