import { exitOf } from '../install/exit.ts';
import type { InstallResult } from '../install/types.ts';

/** What happened, as one JSON document. Holds no secret: pip's arguments stay out, as they may carry some. */
export function reportOf(result: InstallResult, { version, stack }: { version: string; stack: 'aws' | 'embedded' }) {
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
    refusals: result.requests.flatMap(({ refusals }) => refusals),
    deniedHosts: result.deniedHosts,
    ...(result.ending.kind === 'trouble' && {
      trouble: result.ending.observed.trouble.map(({ kind, status, cause }) => ({ kind, status, cause })),
    }),
  };
}
