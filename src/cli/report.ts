import { AwspipError, exitCodes } from '../errors.ts';
import { exitOf } from '../install/exit.ts';
import type { InstallResult } from '../install/types.ts';
import { type Problem, problemOfError } from './problems.ts';

/**
 * Returns the report of a command as one JSON document, described by `report-schema.json`. A change that breaks a reader
 * raises `schemaVersion`. pip's arguments are left out, because they may contain secrets.
 */
export function reportOf(
  result: InstallResult,
  problems: readonly Problem[],
  { version, stack }: { version: string; stack: 'aws' | 'local' },
) {
  const { exitCode, reason } = exitOf(result);
  return {
    schemaVersion: 2,
    awspipVersion: version,
    stack,
    exitCode,
    reason,
    pipRuns: result.pipRuns,
    releases: result.releases.map(({ name, version, status }) => ({ name, version, status })),
    requests: result.requests.map(({ requestId, attempt, status, cause }) => ({ requestId, attempt, status, cause })),
    problems,
    refusals: result.requests.flatMap(({ refusals }) => refusals),
    deniedHosts: result.deniedHosts,
    ...(result.ending.kind === 'relay-failure' && {
      trouble: result.ending.observed.failures.map(({ kind, status, cause }) => ({ kind, status, cause })),
    }),
  };
}

/** How far a command was when an error ended it. `stack`: absent if it was not chosen yet. */
type Progress = { readonly stack?: 'aws' | 'local' | undefined; readonly pipRuns: number };

/** Returns the report of a command that ended with an error. */
export function failureReport(error: unknown, version: string, { stack, pipRuns }: Progress = { pipRuns: 0 }) {
  const known = error instanceof AwspipError ? error : undefined;
  const reason = known?.exit ?? 'bug';
  return {
    schemaVersion: 2,
    awspipVersion: version,
    stack,
    exitCode: known?.exitCode ?? exitCodes.bug.code,
    reason,
    message: known?.message ?? 'a bug in awspip',
    pipRuns,
    releases: [],
    requests: [],
    problems: known === undefined ? [] : [problemOfError(known)],
    refusals: [],
    deniedHosts: [],
  };
}
