import type { Readable } from 'node:stream';

/** A project name in normal form (PEP 503): lower case, runs of `-`, `_` and `.` as one `-`. */
export type ProjectName = string & { readonly __brand: 'ProjectName' };

/** One release: a project at a version. `version` is spelled as the index spells it. */
export type Release = { readonly name: ProjectName; readonly version: string };

/** One distribution file as an index lists it (PEP 503, 691, 700, 714). */
export type IndexFile = {
  readonly filename: string;
  /** Absolute; `file:` for what lies in a folder. Without fragment. */
  readonly url: string;
  /** Hex digests by algorithm; empty when the index gives none. */
  readonly hashes: Readonly<Record<string, string>>;
  readonly requiresPython?: string | undefined;
  /** False, or true or the reason (PEP 592). */
  readonly yanked: boolean | string;
  /** Bytes. */
  readonly size?: number | undefined;
  /** ISO 8601. */
  readonly uploadTime?: string | undefined;
  /** True, or the digests, when `<url>.metadata` exists (PEP 658, 714). */
  readonly coreMetadata?: boolean | Readonly<Record<string, string>> | undefined;
};

/** One project's page of a simple index. */
export type ProjectPage = {
  readonly name: ProjectName;
  readonly files: readonly IndexFile[];
  /** PEP 792 status, when the index gives one: `active`, `archived`, `quarantined`, `deprecated`. */
  readonly status?: string | undefined;
};

/** A parsed dependency specifier (PEP 508). */
export type Requirement = {
  readonly name: ProjectName;
  /** Normalised (PEP 685). */
  readonly extras: readonly string[];
  /** PEP 440 specifier set; empty for any version. */
  readonly specifier: string;
  readonly marker?: Marker | undefined;
  /** A direct reference (`name @ url`); never fetched, always refused by vetting. */
  readonly url?: string | undefined;
};

/** PEP 508 marker as a tree. */
export type Marker =
  | { readonly kind: 'and' | 'or'; readonly left: Marker; readonly right: Marker }
  | { readonly kind: 'compare'; readonly left: MarkerValue; readonly operator: string; readonly right: MarkerValue };
export type MarkerValue = { readonly kind: 'variable' | 'string'; readonly value: string };

/** The interpreter that asked: what decides markers, requires-python and which wheels fit. */
export type TargetEnvironment = {
  /** PEP 508 environment markers, all but `extra`: `python_version`, `sys_platform`, … */
  readonly markers: Readonly<Record<string, string>>;
  /** `sys.implementation.name`: `cpython`, `pypy`. */
  readonly implementation: string;
  /** `sysconfig.get_platform()` with `-` and `.` as `_`: `linux_x86_64`, `macosx_14_0_arm64`, `win_amd64`. */
  readonly platform: string;
  readonly libc?: { readonly name: 'glibc' | 'musl'; readonly version: string } | undefined;
  /** True for a free-threaded build (`cp313t`). */
  readonly freeThreaded?: boolean | undefined;
  /** Another Python that files are fetched for; markers stay those of the one that asks, as in pip. */
  readonly target?: TargetPython | undefined;
};

/** What pip is told of a Python elsewhere; what it is not told is as here. */
export type TargetPython = {
  /** `--python-version`: `3`, `3.12`, `3.12.1`. */
  readonly version?: string | undefined;
  /** `--platform`, in order: `manylinux2014_x86_64`, `win_amd64`. */
  readonly platforms?: readonly string[] | undefined;
  /** `--implementation`: `cp`, `pp`, `py`. */
  readonly implementation?: string | undefined;
  /** `--abi`, in order. */
  readonly abis?: readonly string[] | undefined;
  /** `--ignore-requires-python`. */
  readonly any?: boolean | undefined;
};

/** What decides how a connection is made: the machine's proxy, its certificates, its patience. */
export type NetworkSettings = {
  /** `http://[user:password@]host:port`. */
  readonly proxy?: string | undefined;
  /** As `NO_PROXY`: hosts, domain suffixes, IPv4 ranges, or `*`, with commas between. */
  readonly noProxy?: string | undefined;
  /** PEM file, or a folder of them, that replaces the certificate authorities known otherwise. */
  readonly caFile?: string | undefined;
  /** PEM file with a client certificate and its key. */
  readonly clientCertificate?: string | undefined;
  /** `host` or `host:port` whose certificate is not checked (pip's `--trusted-host`). */
  readonly trustedHosts: readonly string[];
  /** Longest silence: while connecting, before the answer, and between two pieces of it. */
  readonly timeoutSeconds: number;
};

/** What the machine's own pip would read: the upstream of the local stack. */
export type UpstreamConfiguration = NetworkSettings & {
  /** Roots of simple indexes, `https:`, `http:` or `file:`; credentials may be in them. */
  readonly indexUrls: readonly string[];
  /** Folders (paths or `file:`), pages of links, or archives, as pip's `--find-links`. */
  readonly findLinks: readonly string[];
};

/** What asking every configured index for one project came to. */
export type PageAnswer =
  | {
      readonly kind: 'found';
      readonly page: ProjectPage;
      /** The sources that had something, without credentials. */
      readonly from: readonly string[];
      /** False when a source did not answer: then a short list of releases may be a partial one. */
      readonly complete: boolean;
    }
  | { readonly kind: 'missing' }
  | { readonly kind: 'unreachable'; readonly cause: string };

/** Bytes of a file, or of a range of it. */
export type OpenedFile = {
  readonly stream: Readable;
  /** Bytes of the whole file, when said. */
  readonly size?: number | undefined;
  /** True when only the asked range comes; false when the server sends the whole file all the same. */
  readonly partial: boolean;
};

/** Where releases come from: the indexes, folders and pages that the machine's pip would read, as one. */
export type UpstreamIndex = {
  /** Never throws: what went wrong is in the answer. */
  page(name: ProjectName): Promise<PageAnswer>;
  /** Both ends of `range` are offsets in bytes, inclusive. Throws `AwspipError` (unavailable). */
  open(file: IndexFile, range?: { readonly start: number; readonly end: number }): Promise<OpenedFile>;
  /** The PEP 658 metadata file; undefined when the index offers none, or it does not match its digest. */
  metadata(file: IndexFile): Promise<string | undefined>;
  /** Lets go of connections. */
  close(): Promise<void>;
};
