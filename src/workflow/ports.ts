import type { Verdict } from '../firewall/types.ts';
import type { ProjectName, Release, TargetEnvironment } from '../index/types.ts';
import type { VettingStore } from '../vetting/store-types.ts';
import type { Refusal, RequestContent, RequestRecord } from '../vetting/types.ts';

/** What the closure walk is asked. */
export type ResolverQuestion = {
  readonly request: Omit<RequestContent, 'requestedBy'>;
  /** Why a release may not be taken, if so; `uploadTime` as the index gives it (ISO). */
  readonly refused: (release: Release, uploadTime?: string) => Promise<Refusal | undefined>;
  /** Versions of a project that are in secure-pypi. */
  readonly secure: (name: ProjectName) => Promise<ReadonlySet<string>>;
};

/** What the closure walk answers. */
export type ResolverAnswer = {
  readonly releases: readonly {
    readonly name: ProjectName;
    readonly version: string;
    /** File name → hex; empty for a file whose index gives no digest. */
    readonly sha256: Readonly<Record<string, string>>;
    readonly uploadTime?: string | undefined;
  }[];
  readonly refusals: readonly Refusal[];
  readonly outcome: 'solved' | 'refused' | 'not-found';
};

export type PolicyFacts = {
  readonly version: string;
  readonly cooldownSeconds: number;
};

/** Everything the tasks reach outside themselves. */
export type WorkflowPorts = {
  readonly store: VettingStore;
  readonly resolve: (question: ResolverQuestion) => Promise<ResolverAnswer>;
  /** `evidence` is kept, cut to 30 KB, beside the record. */
  readonly assess: (release: Release) => Promise<{ readonly verdict: Verdict; readonly signals?: unknown }>;
  /**
   * Brings the release into package-install and answers, within 10 minutes, once it is Published there with the revision
   * and the digests of all it holds; throws if they are not those judged.
   */
  readonly ingest: (
    release: Release,
    sha256: Readonly<Record<string, string>>,
  ) => Promise<{ readonly revision: string; readonly sha256: Readonly<Record<string, string>> }>;
  /** Copies that revision to secure-pypi; there already with the same contents is success. */
  readonly copy: (release: Release, revision: string) => Promise<unknown>;
  /** Tells people of a request that ended otherwise than SECURE; throws if they could not be told. */
  readonly notify: (record: RequestRecord) => Promise<void>;
  readonly policy: PolicyFacts;
  /** The interpreter behind a plain pip, from its User-Agent; undefined if it does not say. */
  readonly environmentOf: (userAgent: string) => TargetEnvironment | undefined;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Resolves after so many milliseconds. */
  readonly sleep: (milliseconds: number) => Promise<unknown>;
  /** Calls `action` every so many milliseconds until the function it answers is called. */
  readonly every: (milliseconds: number, action: () => void) => () => void;
};
