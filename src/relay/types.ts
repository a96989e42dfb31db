import type { Http } from '../index/http-types.ts';
import type { ProjectName, ProjectPage } from '../index/types.ts';
import type { Secret } from '../secret.ts';
import type { PeerUser } from './peer-user.ts';

/** Why pip got a 403 from the relay although nothing is wrong with what it asked for. */
export type Trouble = {
  /**
   * `denied`: upstream said 401 (after one renewal) or 403, or no token could be had. `throttled`: 429. `unavailable`:
   * 5xx, no connection, or an answer that is not an index. `digest-mismatch`: the bytes are not those listed.
   * `no-digest`: the index lists the file without a sha256, so it is left out.
   */
  readonly kind: 'denied' | 'throttled' | 'unavailable' | 'digest-mismatch' | 'no-digest';
  /** What upstream answered, when it answered. */
  readonly status?: number | undefined;
  /** One sentence for people; never holds a token. */
  readonly cause: string;
  /** Without credentials, query or fragment. */
  readonly url?: string | undefined;
  /** What could not be had, when the token was the trouble: an `AwspipError` with its exit and hint. */
  readonly error?: unknown;
};

/** What upstream answered for one project's page, last. */
export type ObservedPage = {
  /** Upstream's own status, not the one given to pip; 0 when there was no answer. */
  readonly status: number;
  /** When status is 200 and the page could be read. */
  readonly page?: ProjectPage | undefined;
};

/** Everything the relay saw since `forget()`: a copy, which later requests do not change. */
export type Observed = {
  readonly pages: ReadonlyMap<ProjectName, ObservedPage>;
  /** Foreign hosts asked for and denied: `host` or `host:port`, each once, in the order first seen. */
  readonly denied: readonly string[];
  readonly trouble: readonly Trouble[];
  /** pip's last `User-Agent`: `pip/<version> {JSON}`, which tells the environment that asked. */
  readonly userAgent?: string | undefined;
  /** Names of files left out or cut off: no digest, or other bytes than listed. */
  readonly refusedFiles: readonly string[];
  /** Names of files that a lock file pins and no page lists, in order. */
  readonly absentFiles: readonly string[];
  /** Names of files whose bytes went to pip whole, in order; nothing when pip's cache had them all. */
  readonly files: readonly string[];
};

/** A running relay: what pip is told, and what it saw. */
export type Relay = {
  /** `<first 8 hex of SHA-256(endpoint)>.secure-pypi.invalid`: the same for the same endpoint, so pip's caches hit. */
  readonly host: string;
  /** `http://<host>/simple/`. Holds no secret. */
  readonly indexUrl: string;
  /**
   * `http://awspip:<random>@127.0.0.1:<port>`. The password is good for this relay alone: other users of the machine
   * see the port, not the password, as long as it stays off command lines.
   */
  readonly proxyUrl: string;
  observed(): Observed;
  /** Asks for pages that nobody asked for, so that `observed()` tells what they list: what was cached needs no page. */
  consult(names: readonly ProjectName[]): Promise<void>;
  /** Forgets what was seen; call it between two runs of pip. */
  forget(): void;
  /** Ends all connections and stops listening. */
  close(): Promise<void>;
};

/** What a relay needs. */
export type RelayOptions = {
  /** The repository's endpoint as GetRepositoryEndpoint gives it: ends in `/`, without `simple/`. */
  readonly endpoint: string;
  /** The token to begin with; asked for on pip's first request. */
  readonly token: () => Promise<Secret>;
  /** A fresh one; asked for once per 401 episode. */
  readonly renewToken: () => Promise<Secret>;
  readonly http: Http;
  /** Version of awspip, for the `User-Agent` of the relay's own requests. */
  readonly version: string;
  /** Milliseconds between tries of a listed file that answers 404 (it is still being imported). About 5 s in all. */
  readonly missingFileDelays?: readonly number[];
  /** Milliseconds between tries after 429, 5xx and lost connections. */
  readonly retryDelays?: readonly number[];
  /** No further try once so many milliseconds have passed since the first. */
  readonly patience?: number;
  /** Milliseconds between signs of life while pip waits for an answer; must be less than pip's own timeout (15 s). */
  readonly heartbeat?: number;
  /** Milliseconds of any clock. */
  readonly now?: () => number;
  /** Makes the password of the proxy; random unless a test says otherwise. */
  readonly password?: () => string;
  /** Tells whose a connection is; the system's own tables unless a test says otherwise. */
  readonly peerUser?: PeerUser;
  /** Milliseconds in, resolved when they are over. */
  readonly sleep?: (milliseconds: number, signal: AbortSignal) => Promise<void>;
};
