import type { Server } from 'node:net';
import type { Http } from '../index/http-types.ts';
import type { ProjectName, ProjectPage } from '../index/types.ts';
import type { UploadCutoff } from '../index/upload-cutoff.ts';
import type { Secret } from '../secret.ts';
import type { PeerUser } from './peer-user.ts';
import type { ReadAheadPlan } from './read-ahead/types.ts';
import type { WheelMetadata } from './wheel-metadata.ts';

/** A failure for which the relay answered 403 for a page, or broke the connection for a file. */
export type RelayFailure = {
  /**
   * `denied`: upstream answered 401 (after one renewal) or 403, or there is no token. `throttled`: 429. `unavailable`:
   * 5xx, no connection, or a response that is not an index page. `digest-mismatch`: the bytes do not match the listed
   * digest. `no-digest`: the index lists the file without a sha256, so the relay skips it.
   */
  readonly kind: 'denied' | 'throttled' | 'unavailable' | 'digest-mismatch' | 'no-digest';
  /** Upstream's status, if it responded. */
  readonly status?: number | undefined;
  /** One sentence for people. Never contains a token. */
  readonly cause: string;
  /** Without credentials, query or fragment. */
  readonly url?: string | undefined;
  /** The next step, where the kind alone does not show it. */
  readonly hint?: string | undefined;
  /** The `AwspipError` of a missing token, with its exit code and hint. */
  readonly error?: unknown;
};

/** Upstream's last response for one project's page. */
export type ObservedPage = {
  /** Upstream's status, not the one sent to pip. 0 without a response. */
  readonly status: number;
  /** Present when the status is 200 and the page is readable. */
  readonly page?: ProjectPage | undefined;
};

/** A snapshot of what the relay recorded since `reset()`. */
export type Observed = {
  readonly pages: ReadonlyMap<ProjectName, ObservedPage>;
  /** Blocked hosts that pip tried to reach: `host` or `host:port`, each once, in order. */
  readonly blockedHosts: readonly string[];
  readonly failures: readonly RelayFailure[];
  /** pip's last `User-Agent`: `pip/<version> {JSON}`. It describes the interpreter's environment. */
  readonly userAgent?: string | undefined;
  /** Names of files that were not served: no digest, or bytes that do not match it. */
  readonly rejectedFiles: readonly string[];
  /** Names of files that a lock file pins and no page lists, in order. */
  readonly unlistedFiles: readonly string[];
  /** Names of files that were sent to pip completely, in order. Empty when pip's cache had them all. */
  readonly servedFiles: readonly string[];
};

/** A running relay: pip's settings for it, and its record of requests. */
export type Relay = {
  /** `<first 8 hex of SHA-256(endpoint)>.secure-pypi.invalid`. Stable per endpoint, so that pip's caches work. */
  readonly host: string;
  /** `http://<host>/simple/`. Contains no secret. */
  readonly indexUrl: string;
  /**
   * `http://awspip:<random>@127.0.0.1:<port>`. The password is valid for this relay only. Other users of the machine
   * can see the port, but not the password, as long as it stays off command lines.
   */
  readonly proxyUrl: string;
  /** The proxy for programs that are not installers. It reaches what `otherHosts` allows; by default nothing more. */
  readonly programProxyUrl: string;
  /** The port of `proxyUrl`. */
  readonly port: number;
  /** Also serves the connections of another listening socket, which only processes of this user can reach. */
  listenOn(server: Server): void;
  /** Names the interpreter before its first request, by a `User-Agent`, so that reading ahead begins. */
  noteInterpreter(userAgent: string): void;
  observed(): Observed;
  /** Requests pages that pip did not need because its cache had the files. `observed()` then has what they list. */
  loadPages(names: readonly ProjectName[]): Promise<void>;
  /** Clears the record. Call it between two runs of pip. */
  reset(): void;
  /** Closes all connections and stops listening. */
  close(): Promise<void>;
};

/** Returns the proxy of the user for a URL; undefined for a direct connection. */
export type ProxyFor = (url: URL) => URL | undefined;

/** How programs reach other hosts. */
export type OtherHosts = {
  /** Hosts of the machine's configured indexes, which are blocked too: `host` or `host:port`. */
  readonly indexes: readonly string[];
  readonly proxyFor: ProxyFor;
};

/** The options of a relay. */
export type RelayOptions = {
  /** The repository's endpoint from GetRepositoryEndpoint. Ends in `/`, without `simple/`. */
  readonly endpoint: string;
  /** Returns the first token. Called on pip's first request. */
  readonly token: () => Promise<Secret>;
  /** Returns a new token. Called once when upstream rejects the current one with 401. */
  readonly renewToken: () => Promise<Secret>;
  readonly http: Http;
  /** Returns the names of a project's files that pages leave out and that are not served. Default: none. */
  readonly withheld?: (name: ProjectName) => Promise<ReadonlySet<string>>;
  /** The time before which files must have been uploaded. Default: every file counts. */
  readonly uploadedBefore?: UploadCutoff | undefined;
  /** Returns the upload times of a project's files by name, for a repository whose pages have none. Default: none. */
  readonly uploadTimes?: (name: ProjectName) => Promise<ReadonlyMap<string, string>>;
  /**
   * Lets programs that are not installers reach other hosts, except those that serve packages. Absent: the relay
   * blocks every host other than the repository.
   */
  readonly otherHosts?: OtherHosts | undefined;
  /** Reads pages and files before pip asks for them. Absent: nothing is read ahead. */
  readonly readAhead?: ReadAheadPlan | undefined;
  /** Called when the repository lacks a page that an installer requests, or the page of a root that is read ahead. */
  readonly onMissingPage?: ((name: ProjectName, userAgent: string | undefined) => void) | undefined;
  /** The METADATA that pages offer. Default: none. */
  readonly metadata?: WheelMetadata;
  /** Version of awspip, for the `User-Agent` of the relay's own requests. */
  readonly version: string;
  /**
   * Milliseconds between retries of a listed file that answers 404 because its import is not finished. About 5 s in
   * total.
   */
  readonly missingFileDelays?: readonly number[];
  /** Milliseconds between retries after 429, 5xx and lost connections. */
  readonly retryDelays?: readonly number[];
  /** No retry starts after this time since the first request. */
  readonly maxRetryMilliseconds?: number;
  /** Milliseconds between 100 Continue responses while pip waits. Must be less than pip's timeout (15 s). */
  readonly heartbeatMilliseconds?: number;
  /** Returns milliseconds of a monotonic clock. */
  readonly now?: () => number;
  /** Returns the proxy's password. Random by default; tests inject their own. */
  readonly password?: () => string;
  /** Returns the user who owns a connection. Reads the OS socket tables by default; tests inject their own. */
  readonly peerUser?: PeerUser;
  /** Resolves after the given milliseconds. */
  readonly sleep?: (milliseconds: number, signal: AbortSignal) => Promise<void>;
};
