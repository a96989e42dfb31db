import type { FormatControl } from '../../index/candidates.ts';
import type { ProjectName, TargetEnvironment } from '../../index/types.ts';
import type { FileCache } from '../file-cache/types.ts';

/** What a command asks for, as far as it decides which files pip will want. */
export type ReadAheadRequest = {
  /** Dependency specifiers (PEP 508). Others are ignored. */
  readonly roots: readonly string[];
  readonly constraints: readonly string[];
  readonly pre: boolean;
  readonly noDeps: boolean;
  readonly formatControl: FormatControl;
  /** Whether pip certainly fetches a project that it needs. An installed one may satisfy it. */
  readonly isCertain: (name: ProjectName) => boolean;
  /** Whether the command fetches files, or only resolves. */
  readonly fetchesFiles: boolean;
};

/** The limits of the files that are read ahead. */
export type SpoolLimits = {
  /** Concurrent downloads. */
  readonly connections: number;
  /** Larger files gain nothing from this, and pip shows their progress. */
  readonly fileBytes: number;
  readonly totalBytes: number;
  readonly files: number;
  /** A file up to this size stays in memory: opening, reading and removing it would take longer than its bytes. */
  readonly memoryFileBytes: number;
  readonly memoryBytes: number;
};

/** What the relay reads ahead for, and where it keeps the files. */
export type ReadAheadPlan = {
  readonly request: ReadAheadRequest;
  /** Reads the interpreter from the User-Agent of an installer. */
  readonly environmentOf: (userAgent: string) => TargetEnvironment | undefined;
  /** A folder that does not exist yet. */
  readonly folder: string;
  /** Absent: no file is kept for later runs, or taken from earlier ones. */
  readonly cache?: FileCache | undefined;
  /** Absent: the limits of the documentation. */
  readonly limits?: Partial<SpoolLimits>;
};
