import type { ProjectName } from '../../index/types.ts';
import type { Secret } from '../../secret.ts';
import type { Signal, Vulnerability } from '../types.ts';

/** The web as the sources see it: `globalThis.fetch`, or undici's with the user's proxy and CA. */
export type Fetch = (
  url: string,
  init: { method?: 'GET' | 'POST'; headers?: Record<string, string>; body?: string; signal: AbortSignal },
) => Promise<Response>;

/** Base addresses without trailing slash; an empty one switches that source off, so that its signal is unknown. */
export type SourceAddresses = {
  readonly pypi: string;
  readonly pypistats: string;
  readonly github: string;
  readonly depsDev: string;
  readonly osv: string;
};

/** A place to keep answers beyond the process. Failures of it are ignored: it only saves requests. */
export type AnswerStore = {
  readonly get: (key: string) => Promise<string | undefined>;
  /** @param expiresAt epoch milliseconds */
  readonly put: (key: string, value: string, expiresAt: number) => Promise<void>;
};

/** What PyPI says of a release. Absent parts were not read. */
export type ReleaseFacts = {
  /** Time of its newest file; null when not said. */
  readonly uploadedAt: string | null;
  readonly sha256: readonly string[];
  /** False, or true or the reason when every file is yanked (PEP 592). */
  readonly yanked?: boolean | string | undefined;
  readonly kinds?: 'wheels' | 'sdist' | 'both' | undefined;
  /** Name of one of its files, a wheel if there is one. */
  readonly file?: string | undefined;
};

/** What PyPI says of a project. */
export type ProjectFacts = {
  /** Newest stable release, as PyPI names it. */
  readonly newest: string | null;
  /** By version as spelled. */
  readonly releases: Readonly<Record<string, ReleaseFacts>>;
  /** `owner/name` of the GitHub repository the project declares; null when it declares none. */
  readonly repository: string | null;
  /** PEP 792 status where it is said. */
  readonly status: string | null;
};

/** The outside world as the firewall asks it. Each answer is a signal: a failure is an unknown one, never an exception. */
export type Sources = {
  /** Known null: PyPI has no such project. */
  readonly project: (name: ProjectName) => Promise<Signal<ProjectFacts | null>>;
  readonly downloads: (name: ProjectName) => Promise<Signal<number>>;
  /** @param repository `owner/name` */
  readonly stars: (repository: string) => Promise<Signal<number>>;
  readonly malware: (name: ProjectName, version: string) => Promise<Signal<readonly string[]>>;
  /** Whether the repository is archived. @param repository `owner/name` */
  readonly archived?: ((repository: string) => Promise<Signal<boolean>>) | undefined;
  readonly vulnerabilities?:
    | ((name: ProjectName, version: string) => Promise<Signal<readonly Vulnerability[]>>)
    | undefined;
  /** Whether a file bears an attestation (PEP 740). */
  readonly attested?: ((name: ProjectName, version: string, filename: string) => Promise<Signal<boolean>>) | undefined;
};

/** What sources are opened with. */
export type SourceSettings = {
  readonly fetch: Fetch;
  readonly addresses: SourceAddresses;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly githubToken?: Secret | undefined;
  readonly store?: AnswerStore | undefined;
  /** Waits so many milliseconds; sources that ask for a pace are asked no faster. */
  readonly sleep?: ((milliseconds: number) => Promise<unknown>) | undefined;
  /** Milliseconds each request may take, body included. Default 5,000. */
  readonly timeLimit?: number | undefined;
  /** Sent as User-Agent; PyPI asks for one that names its sender. */
  readonly userAgent: string;
};
