import { AwspipError, exitCodes } from '../errors.ts';
import { exitOf } from '../install/exit.ts';
import type { InstallResult } from '../install/types.ts';
import { type Problem, problemOfError } from './problems.ts';

/**
 * What happened, as one JSON document of the form that `report-schema.json` describes; a change that would break a
 * reader raises `schemaVersion`. Holds no secret: pip's arguments stay out, as they may carry some.
 */
export function reportOf(
  result: InstallResult,
  problems: readonly Problem[],
  { version, stack }: { version: string; stack: 'aws' | 'local' },
) {
  const { exitCode, reason } = exitOf(result);
  return {
    schemaVersion: 1,
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

/** The same form for a command that an error of ours ended before pip could. */
export function failureReport(error: unknown, version: string) {
  const known = error instanceof AwspipError ? error : undefined;
  const reason = known?.exit ?? 'bug';
  return {
    schemaVersion: 1,
    awspipVersion: version,
    exitCode: known?.exitCode ?? exitCodes.bug.code,
    reason,
    message: known?.message ?? 'a bug in awspip',
    pipRuns: 0,
    releases: [],
    requests: [],
    problems: known === undefined ? [] : [problemOfError(known)],
    refusals: [],
    deniedHosts: [],
  };
}
