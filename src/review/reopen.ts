import { AwspipError } from '../errors.ts';
import type { ProjectName } from '../index/types.ts';
import { satisfies } from '../index/versions.ts';
import { mapConcurrently } from '../map-concurrently.ts';
import type { Approval, Refusal, RequestRecord } from '../vetting/types.ts';
import type { Records } from './types.ts';

/** The maximum number of blocked requests, and of requests on hold, to search. The newest are searched first. */
const maxRequestsRead = 500;
const maxRestarts = 20;

/** The effect of a decision on earlier requests. */
export type ReopenResult = {
  /** Requests that the next client vets again. */
  readonly reopened: number;
  /** Reopened requests whose vetting has been started. */
  readonly started: number;
  /** Why the search stopped early. The decision is valid regardless. */
  readonly failure?: string | undefined;
};

/**
 * Reopens the blocked and on-hold requests that approvals affect, and starts their vetting again. A start that fails
 * is not an error, because the next client starts it. A record names only some of the releases that stop its request, so
 * `requestIds` has the requests of the approved releases' holds.
 */
export async function reopenRequests(
  records: Pick<Records, 'listByStatus' | 'readRequest' | 'reopenRequest' | 'restartVetting'>,
  decisions: readonly Approval[],
  requestIds: readonly string[] = [],
): Promise<ReopenResult> {
  // A denial changes nothing here: vetted requests are checked against the decisions on the next request.
  const approvals = decisions.filter(({ kind }) => kind === 'approve');
  if (approvals.length === 0) return { reopened: 0, started: 0 };
  const result = { reopened: 0, started: 0 };
  try {
    for (const request of await affectedRequests(records, approvals, requestIds)) {
      if (!(await records.reopenRequest(request))) continue;
      result.reopened += 1;
      const mayStart = result.started < maxRestarts;
      if (mayStart && (await records.restartVetting(request).catch(() => false))) result.started += 1;
    }
    return result;
  } catch (error) {
    if (!(error instanceof AwspipError)) throw error;
    return { ...result, failure: error.message };
  }
}

/** A client uses a SECURE verdict of the last two minutes. The clocks of two machines may differ by some more. */
const recentMilliseconds = 600_000;
const maxRecent = 200;

/**
 * Reopens the requests that were vetted a moment ago with releases that are archived now, so that the next client does not
 * use their verdict. `now` in epoch milliseconds.
 */
export async function reopenVetted(
  records: Pick<Records, 'listByStatus' | 'requestReleases' | 'reopenRequest'>,
  name: ProjectName,
  versions: readonly string[],
  now: number,
): Promise<void> {
  const { requests } = await records.listByStatus('SECURE', { limit: maxRecent });
  for (const request of requests) {
    if (now - Date.parse(request.endedAt ?? request.updatedAt) > recentMilliseconds) continue;
    const releases = await records.requestReleases(request.requestId);
    const isAffected = releases.some((release) => release.name === name && versions.includes(release.version));
    if (isAffected) await records.reopenRequest(request);
  }
}

async function affectedRequests(
  records: Pick<Records, 'listByStatus' | 'readRequest'>,
  approvals: readonly Approval[],
  requestIds: readonly string[],
): Promise<readonly RequestRecord[]> {
  const statuses = ['BLOCKED', 'HELD'] as const;
  const listed = await Promise.all(statuses.map((status) => records.listByStatus(status, { limit: maxRequestsRead })));
  const found = listed
    .flatMap(({ requests }) => requests)
    .filter((request) => approvals.some((approval) => isAffected(request, approval)));
  const known = new Set(found.map(({ requestId }) => requestId));
  const others = [...new Set(requestIds)].filter((id) => !known.has(id)).slice(0, maxRequestsRead);
  const read = await mapConcurrently(others, 8, (id) => records.readRequest(id, { consistent: true }));
  const ofHolds = read.filter((record) => record !== undefined);
  return [...found, ...ofHolds.filter(({ status }) => statuses.some((refused) => refused === status))];
}

/** Checks whether the refusals of a request include a release that the approval covers. */
function isAffected({ refusals }: RequestRecord, { name, specifier }: Approval): boolean {
  return refusals.some((refusal) => refusal.name === name && covers(specifier, refusal));
}

function covers(specifier: string, { version }: Refusal): boolean {
  return specifier === '' || version === null || satisfies(version, specifier, { prereleases: true });
}
