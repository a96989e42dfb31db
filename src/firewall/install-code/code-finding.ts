import type { Reach } from '../types.ts';

/** One finding in a distribution file: what its code does, and where. */
export type CodeFinding = {
  readonly kind: Reach;
  /** The path of the file within the archive, as pip unpacks it. */
  readonly path: string;
  /** The line, from 1; 0 if the finding is about the file. */
  readonly line: number;
  /** The code that shows it: printable, on one line, at most 200 characters. */
  readonly seen: string;
};

/** The result of inspecting one distribution file. It does not depend on the project's rank. */
export type FileInspection = {
  readonly filename: string;
  readonly findings: readonly CodeFinding[];
  /** Why a part of the file could not be read, as a predicate such as `has trailing bytes`. */
  readonly unreadable?: string | undefined;
};
