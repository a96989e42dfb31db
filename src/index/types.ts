import type { Readable } from 'node:stream';

/** A project name in normal form (PEP 503): lower case, runs of `-`, `_` and `.` as one `-`. */
export type ProjectName = string & { readonly __brand: 'ProjectName' };

/** One version of a project. `version` is spelled as in the index. */
export type Release = { readonly name: ProjectName; readonly version: string };

/** One distribution file as an index lists it (PEP 503, 691, 700, 714). */
export type IndexFile = {
  readonly filename: string;
  /** Absolute, without fragment. `file:` for a file in a folder. */
  readonly url: string;
  /** Hex digests by algorithm. Empty when the index gives none. */
  readonly hashes: Readonly<Record<string, string>>;
  readonly requiresPython?: string | undefined;
  /** False, true, or the reason (PEP 592). */
  readonly yanked: boolean | string;
  /** Bytes. */
  readonly size?: number | undefined;
  /** ISO 8601. */
  readonly uploadTime?: string | undefined;
  /** True or the digests when `<url>.metadata` exists (PEP 658, 714). */
  readonly coreMetadata?: boolean | Readonly<Record<string, string>> | undefined;
};

/** One project's page of a simple index. */
export type ProjectPage = {
  readonly name: ProjectName;
  readonly files: readonly IndexFile[];
  /** PEP 792 status, if the index gives one: `active`, `archived`, `quarantined`, `deprecated`. */
  readonly status?: string | undefined;
};

/** A parsed dependency specifier (PEP 508). */
export type Requirement = {
  readonly name: ProjectName;
  /** Normalised (PEP 685). */
  readonly extras: readonly string[];
  /** PEP 440 specifier set. Empty for any version. */
  readonly specifier: string;
  readonly marker?: Marker | undefined;
  /** A direct reference (`name @ url`). It is never fetched, and vetting always blocks it. */
  readonly url?: string | undefined;
};

/** PEP 508 marker as a tree. */
export type Marker =
  | { readonly kind: 'and' | 'or'; readonly left: Marker; readonly right: Marker }
  | { readonly kind: 'compare'; readonly left: MarkerValue; readonly operator: string; readonly right: MarkerValue };
export type MarkerValue = { readonly kind: 'variable' | 'string'; readonly value: string };

/** The interpreter that pip runs on. It decides markers, `Requires-Python` and compatible wheels. */
export type TargetEnvironment = {
  /** PEP 508 environment markers except `extra`: `python_version`, `sys_platform`, … */
  readonly markers: Readonly<Record<string, string>>;
  /** `sys.implementation.name`: `cpython`, `pypy`. */
  readonly implementation: string;
  /** `sysconfig.get_platform()` with `-` and `.` as `_`: `linux_x86_64`, `macosx_14_0_arm64`, `win_amd64`. */
  readonly platform: string;
  readonly libc?: { readonly name: 'glibc' | 'musl'; readonly version: string } | undefined;
  /** True for a free-threaded build (`cp313t`). */
  readonly freeThreaded?: boolean | undefined;
  /** Another Python that files are fetched for. Markers stay those of the running interpreter, as in pip. */
  readonly target?: TargetPython | undefined;
};

/** pip's options for another Python. Absent options take the running interpreter's values. */
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

/** The settings of a connection: the machine's proxy, certificates and time limits. */
export type NetworkSettings = {
  /** `http://[user:password@]host:port`. */
  readonly proxy?: string | undefined;
  /** As `NO_PROXY`: comma-separated hosts, domain suffixes, IPv4 ranges, or `*`. */
  readonly noProxy?: string | undefined;
  /** PEM file, or a folder of PEM files, that replaces the default certificate authorities. */
  readonly caFile?: string | undefined;
  /** PEM file with a client certificate and its key. */
  readonly clientCertificate?: string | undefined;
  /** `host` or `host:port` whose certificate is not checked (pip's `--trusted-host`). */
  readonly trustedHosts: readonly string[];
  /** Maximum silence in seconds: while connecting, before the response, and between two chunks of it. */
  readonly timeoutSeconds: number;
};

/** The indexes and settings of the machine's pip: the upstream of the local stack. */
export type UpstreamConfiguration = NetworkSettings & {
  /** Roots of simple indexes: `https:`, `http:` or `file:`. May contain credentials. */
  readonly indexUrls: readonly string[];
  /** Folders (paths or `file:`), pages of links, or archives, as pip's `--find-links`. */
  readonly findLinks: readonly string[];
  /** The netrc files that may have credentials for the indexes. The first that exists counts. */
  readonly netrcFiles?: readonly string[] | undefined;
  /** The keyring to ask for credentials after a 401. Absent when pip would ask none. */
  readonly keyring?: KeyringPrograms | undefined;
};

/** The programs of pip's `--keyring-provider`: an interpreter that may have the module, and the program `keyring`. */
export type KeyringPrograms = { readonly python?: string | undefined; readonly command?: string | undefined };

/** The merged result of all configured indexes for one project. */
export type PageResult =
  | {
      readonly kind: 'found';
      readonly page: ProjectPage;
      /** Labels of the sources that have the project, without credentials. */
      readonly from: readonly string[];
      /** False when a source failed. The list of releases may then be incomplete. */
      readonly complete: boolean;
    }
  | { readonly kind: 'missing' }
  | { readonly kind: 'unreachable'; readonly cause: string };

/** The bytes of a file, or of a range of it. */
export type OpenedFile = {
  readonly stream: Readable;
  /** Size of the whole file in bytes, if the server gives it. */
  readonly size?: number | undefined;
  /** True when the stream has only the requested range. False when the server sends the whole file instead. */
  readonly partial: boolean;
};

/** The names of all projects of an index, as it spells them. */
export type ProjectListResult =
  | { readonly kind: 'found'; readonly names: readonly string[] }
  | { readonly kind: 'missing' }
  | { readonly kind: 'unreachable'; readonly cause: string };

/** Lists projects. */
export type ProjectLister = {
  /** Never throws: the result names any failure. */
  projects(): Promise<ProjectListResult>;
};

/** The indexes, folders and pages that the machine's pip would read, as one index. */
export type UpstreamIndex = {
  /** Never throws: the result names any failure. */
  page(name: ProjectName): Promise<PageResult>;
  /**
   * Opens a file. Both ends of `range` are inclusive byte offsets.
   *
   * @throws {AwspipError} `file-unavailable` (unavailable).
   */
  open(file: IndexFile, range?: { readonly start: number; readonly end: number }): Promise<OpenedFile>;
  /** Reads the PEP 658 metadata file. Undefined when the index offers none, or it does not match its digest. */
  metadata(file: IndexFile): Promise<string | undefined>;
  /** Closes every connection. */
  close(): Promise<void>;
};
