import { type AwspipError, type ExitReason, exitCodes } from '../../errors.ts';
import type { FileOutcome, FolderOutcome } from '../../review/types.ts';
import { type VetResult, vetResult } from './vet-result.ts';

/** Numbers of releases. */
export type FileCounts = {
  readonly packages: number;
  readonly vetted: number;
  readonly onHold: number;
  readonly blocked: number;
  /** Without a verdict, because they don't exist or a service failed. A file without any result counts as one. */
  readonly failed: number;
};

/** The result of one file. */
export type FileResult = {
  readonly file: string;
  readonly state: FileOutcome['kind'];
  readonly sameAs: string | undefined;
  readonly exitCode: number;
  readonly reason: string;
  readonly counts: FileCounts;
  /** Absent for a file without a vetting. */
  readonly result?: VetResult | undefined;
  readonly error?: AwspipError | undefined;
};

export type FolderResult = {
  readonly exitCode: number;
  readonly reason: string;
  readonly files: readonly FileResult[];
  readonly leftOut: FolderOutcome['leftOut'];
};

const none: FileCounts = { packages: 0, vetted: 0, onHold: 0, blocked: 0, failed: 0 };

/** Returns the results of all files, and the exit code of the worst one. `options`: see `vetResult`. */
export function folderResult(
  { files, leftOut, interrupted }: FolderOutcome,
  options?: Parameters<typeof vetResult>[1],
): FolderResult {
  const results = files.map((file) => fileResult(file, options));
  const worst = worstOf(results);
  const end =
    interrupted === undefined ? worst : { exitCode: interrupted.exitCode, reason: 'interrupted' satisfies ExitReason };
  return { ...end, files: results, leftOut };
}

/**
 * The exit codes from the worst to the mildest. What stops every file comes first, then verdicts, then what has no
 * verdict.
 */
export const severities: readonly ExitReason[] = [
  ...(['interrupted', 'bug', 'denied', 'configuration'] as const),
  ...(['blocked', 'held', 'notFound', 'unavailable', 'usage'] as const),
];

function worstOf(results: readonly FileResult[]): { exitCode: number; reason: string } {
  const reason = severities.find((severity) => results.some((result) => result.reason === severity)) ?? 'ok';
  return { exitCode: exitCodes[reason].code, reason };
}

/** Returns the result of one file. `options`: see `vetResult`. */
export function fileResult(outcome: FileOutcome, options?: Parameters<typeof vetResult>[1]): FileResult {
  const { file, kind: state } = outcome;
  const rest = { file, state, sameAs: undefined };
  switch (outcome.kind) {
    case 'empty':
      return { ...rest, exitCode: 0, reason: 'ok', counts: none };
    case 'interrupted':
      return { ...rest, exitCode: exitCodes.interrupted.code, reason: 'interrupted', counts: none };
    case 'failed': {
      const { exit, exitCode } = outcome.error;
      return { ...rest, exitCode, reason: exit, counts: { ...none, failed: 1 }, error: outcome.error };
    }
    case 'vetted': {
      const result = vetResult(outcome.outcome, options);
      const { exitCode, reason } = result;
      return { ...rest, sameAs: outcome.sameAs, exitCode, reason, counts: countsOf(result), result };
    }
  }
}

function countsOf({ releases, findings, omitted, exitCode }: VetResult): FileCounts {
  const fatal = findings.filter(({ level }) => level !== 'note');
  const ofKind = (kind: string) => fatal.filter(({ refusal }) => refusal?.kind === kind).length;
  const vetted = releases.filter(({ status }) => status === 'SECURE').length;
  const [blocked, onHold] = [ofKind('BLOCKED'), ofKind('HELD')];
  const failed = fatal.length - blocked - onHold + omitted;
  const known = new Set(releases.map(({ name, version }) => `${name} ${version}`));
  const unlisted = fatal.filter(({ refusal, subject }) => refusal !== undefined && !known.has(subject)).length;
  const counts = { packages: releases.length + unlisted + omitted, vetted, onHold, blocked, failed };
  return exitCode !== 0 && fatal.length + omitted === 0 ? { ...counts, failed: 1 } : counts;
}

/** Returns the number of different releases that all results so far have vetted. */
export function vettedReleases(results: readonly FileResult[]): number {
  const secure = results.flatMap(({ result }) => result?.releases.filter(({ status }) => status === 'SECURE') ?? []);
  return new Set(secure.map(({ name, version }) => `${name} ${version}`)).size;
}
