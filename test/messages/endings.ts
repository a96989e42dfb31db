import type { ProjectName } from '../../src/index/types.ts';
import type { InstallResult } from '../../src/install/types.ts';
import type { Observed, RelayFailure } from '../../src/relay/types.ts';
import type { Refusal, RequestRecord } from '../../src/vetting/types.ts';

/** How an install ended. */
export type Ending = InstallResult['ending'];

const record = (change: Partial<RequestRecord>): RequestRecord => ({
  requestId: 'id',
  attempt: 1,
  execution: 'id-1',
  status: 'BLOCKED',
  step: 'done',
  counts: { releases: 0, secure: 0 },
  refusals: [],
  leaseUntil: 0,
  roots: ['a'],
  requestedBy: 'somebody',
  startedAt: '2026-01-01T00:00:00Z',
  createdAt: '2026-01-01T00:00:00Z',
  updatedAt: '2026-01-01T00:00:00Z',
  ...change,
});

/** Returns a refusal that stops a requirement. */
export function fatal({ name = 'a', ...change }: Partial<Omit<Refusal, 'name'>> & { name?: string }): Refusal {
  const defaults = { version: null, kind: 'NOT_FOUND', reasons: [], similarPackages: [], fatal: true } as const;
  return { ...defaults, ...change, name: name as ProjectName };
}

/** Returns an ending with a verdict of refusals. */
export function refused(refusals: readonly Refusal[], roots: readonly string[] = ['a']): Ending {
  return { kind: 'vetting', answer: { kind: 'refused', record: record({ refusals, roots }), joined: false } };
}

/** Returns an ending where the wait ran out during a step. */
export function stillRunning(step: RequestRecord['step']): Ending {
  const running = record({ status: 'CHECK', step, counts: { releases: 0, secure: 0 } });
  return { kind: 'vetting', answer: { kind: 'still-running', record: running, joined: true } };
}

/** Returns an ending with trouble between relay and repository. */
export function troubled(failures: readonly RelayFailure[]): Ending {
  const observed: Observed = {
    pages: new Map(),
    blockedHosts: [],
    failures,
    rejectedFiles: [],
    unlistedFiles: [],
    servedFiles: [],
  };
  return { kind: 'relay-failure', observed };
}

/** Returns the result of an install with an ending. */
export function result(ending: Ending, change: Partial<InstallResult> = {}): InstallResult {
  const requests = ending.kind === 'vetting' ? [ending.answer.record] : [];
  return { ending, pipRuns: 1, requests, releases: [], passedOver: [], deniedHosts: [], ...change };
}
