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
};
