import type { Policy } from '../firewall/policy.ts';
import type { Assessment } from '../firewall/types.ts';
import type { PageAnswer, ProjectName, Release } from '../index/types.ts';
import type { Report } from '../install/types.ts';
import type { PipCommand } from '../pip/grammar.ts';
import type { UnvettedSource } from '../pip/roots.ts';
import type { Mode } from '../settings/mode.ts';
import type { VettingOutcome } from '../vetting/await-vetting.ts';
import type { VettingStore } from '../vetting/store-types.ts';
import type { ReleaseRecord, RequestRecord, Status } from '../vetting/types.ts';

/** Where people decide: what the verbs `policy`, `explain`, `approve`, `deny` and `vet` reach. */
export type ReviewService = {
  readonly input: AsyncIterable<Uint8Array>;
  /** Writes to stdout and waits until it was taken, for output that may be longer than memory; false: nobody reads on. */
  readonly output: (text: string) => Promise<boolean>;
  /** At most so many bytes of a file, as text. @throws AwspipError `file-unreadable` */
  readonly readStart: (file: string, maxBytes: number) => Promise<string>;
  /** The policy by which this machine judges. */
  readonly policy: () => Promise<Policy>;
  readonly records: (mode: Mode) => Promise<Records>;
  /** A firewall on this machine, under its policy and with its sources. */
  readonly firewall: () => Promise<FirewallService>;
  readonly vet: (mode: Mode, command: PipCommand, words: VetCallbacks) => Promise<VetOutcome>;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Who types, for the records: a name, no credential. */
  readonly who: string;
  readonly unique: () => string;
};

/** The table of requests and verdicts, and the workflow that fills it. */
export type Records = Pick<
  VettingStore,
  'readRelease' | 'releasesOf' | 'readEvidence' | 'listByStatus' | 'approvalsOf' | 'putApproval' | 'reopenRequest'
> & {
  /** Starts the vetting of a request that ended once more, as it was asked; false when its question is not kept. */
  readonly startAgain: (request: RequestRecord) => Promise<boolean>;
};

export type FirewallService = {
  readonly policy: Policy;
  /** The newest release when `version` is null. */
  readonly assess: (name: ProjectName, version: string | null) => Promise<Assessment>;
  /** `private`: a name of one's own, which is not asked for elsewhere. */
  readonly page: (name: ProjectName) => Promise<PageAnswer | { readonly kind: 'private' }>;
  readonly close: () => Promise<void>;
};

export type VetCallbacks = { readonly report: Report; readonly accept: (unvetted: readonly UnvettedSource[]) => void };

/** How the vetting of a whole command ended. */
export type VetOutcome = {
  readonly answer: VettingOutcome;
  readonly releases: readonly (Release & { readonly status: Status })[];
  /** The requirements as asked, and where each stands; without a file when it is an argument. */
  readonly asked: readonly RequirementLocation[];
};

export type RequirementLocation = {
  readonly text: string;
  readonly file?: string | undefined;
  readonly line?: number | undefined;
};

export type StatusView = {
  readonly requests: readonly RequestRecord[];
  readonly releases: readonly ReleaseRecord[];
};
