import type { Http } from '../../index/http-types.ts';
import type { ProjectName } from '../../index/types.ts';
import type { Secret } from '../../secret.ts';
import type { Signal, Vulnerability } from '../types.ts';

/** Base URLs without a trailing slash. An empty one disables the source, so that its signals are unknown. */
export type SourceAddresses = {
  readonly pypi: string;
  readonly pypistats: string;
  readonly github: string;
  readonly depsDev: string;
  readonly osv: string;
};

/** A store of answers beyond this process. Its failures are ignored, because it only saves requests. */
export type AnswerStore = {
  readonly get: (key: string) => Promise<string | undefined>;
  /** @param expiresAt epoch milliseconds */
  readonly put: (key: string, value: string, expiresAt: number) => Promise<void>;
};

/** PyPI's facts about a release. */
export type ReleaseFacts = {
  /** ISO time of its newest file; null if it is unknown. */
  readonly uploadedAt: string | null;
  readonly sha256: readonly string[];
  /** The reason, or true, if every file is yanked (PEP 592); otherwise false. */
  readonly yanked?: boolean | string | undefined;
  readonly kinds?: 'wheels' | 'sdist' | 'both' | undefined;
  /** The name of one of its files, a wheel if there is one. */
  readonly file?: string | undefined;
};

/** PyPI's facts about a project. */
export type ProjectFacts = {
  /** The newest stable version, in PyPI's spelling. */
  readonly newest: string | null;
  /** By version, in PyPI's spelling. */
  readonly releases: Readonly<Record<string, ReleaseFacts>>;
  /** The declared GitHub repository (`owner/name`); null if the project declares none. */
  readonly repository: string | null;
  /** The licence of the newest version; empty if it declares none. Absent in older caches. */
  readonly licence?: string | undefined;
  /** The project status (PEP 792); null if none is given. */
  readonly status: string | null;
};

/** The sources of signals. They never throw: a failure is an unknown signal. */
export type Sources = {
  /** The value is null if PyPI does not have the project. */
  readonly project: (name: ProjectName) => Promise<Signal<ProjectFacts | null>>;
  readonly downloads: (name: ProjectName) => Promise<Signal<number>>;
  /** @param repository `owner/name` */
  readonly stars: (repository: string) => Promise<Signal<number>>;
  readonly malware: (name: ProjectName, version: string) => Promise<Signal<readonly string[]>>;
  /**
   * Returns whether the repository is archived.
   *
   * @param repository `owner/name`
   */
  readonly archived?: ((repository: string) => Promise<Signal<boolean>>) | undefined;
  readonly vulnerabilities?:
    | ((name: ProjectName, version: string) => Promise<Signal<readonly Vulnerability[]>>)
    | undefined;
  /** Returns the licence of a version; empty if it declares none. */
  readonly licence?: ((name: ProjectName, version: string) => Promise<Signal<string>>) | undefined;
  /** Returns whether a file has a publish attestation (PEP 740). */
  readonly attested?: ((name: ProjectName, version: string, filename: string) => Promise<Signal<boolean>>) | undefined;
};

export type SourceSettings = {
  /** The HTTP client of the machine, with its proxy and certificates. */
  readonly http: Pick<Http, 'request'>;
  readonly addresses: SourceAddresses;
  /** Returns epoch milliseconds. */
  readonly now: () => number;
  readonly githubToken?: Secret | undefined;
  readonly store?: AnswerStore | undefined;
  /** Waits between requests to a source with a rate limit. */
  readonly sleep?: ((milliseconds: number) => Promise<unknown>) | undefined;
  /** Milliseconds for a whole response. Default 5,000. */
  readonly timeLimit?: number | undefined;
  /** The User-Agent. PyPI asks clients to identify themselves. */
  readonly userAgent: string;
};
