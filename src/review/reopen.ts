import { AwspipError } from '../errors.ts';
import { satisfies } from '../index/versions.ts';
import type { Approval, Refusal, RequestRecord } from '../vetting/types.ts';
import type { Records } from './types.ts';

/** Requests looked through, newest first, for those that a decision concerns. */
const maxRequestsRead = 500;
const maxRestarts = 20;

/** What became of the requests that a decision concerns. */
export type Reopened = {
  /** Whoever asks next has them vetted anew. */
  readonly reopened: number;
  /** Of these, so many are being vetted already. */
  readonly started: number;
  /** Why not all could be looked at; the decision itself stands. */
  readonly trouble?: string | undefined;
};

/**
 * Re-opens every request that ended over a release the decision speaks of, and starts those that were refused again as
 * they were asked. That starting fails loses nothing: the next to ask starts it.
 */
export async function reopenRequests(records: Records, approval: Approval): Promise<Reopened> {
  // A denial needs no such thing: verdicts lapse with the next question.
  if (approval.kind === 'deny') return { reopened: 0, started: 0 };
  const found = { reopened: 0, started: 0 };
  try {
    for (const request of await concernedBy(records, approval)) {
      if (!(await records.reopenRequest(request))) continue;
      found.reopened += 1;
      if (found.started < maxRestarts && (await records.startAgain(request).catch(() => false))) found.started += 1;
    }
    return found;
  } catch (error) {
    if (!(error instanceof AwspipError)) throw error;
    return { ...found, trouble: error.message };
  }
}

async function concernedBy(records: Records, approval: Approval): Promise<readonly RequestRecord[]> {
  const statuses = ['BLOCKED', 'HELD'] as const;
  const listed = await Promise.all(statuses.map((status) => records.listByStatus(status, { limit: maxRequestsRead })));
  return listed.flatMap(({ requests }) => requests).filter((request) => concerns(approval, request));
}

/** Whether a request ended, or passed an older release over, because of a release that the decision speaks of. */
function concerns({ name, specifier }: Approval, { refusals }: RequestRecord): boolean {
  return refusals.some((refusal) => refusal.name === name && speaksOf(specifier, refusal));
}

function speaksOf(specifier: string, { version }: Refusal): boolean {
  return specifier === '' || version === null || satisfies(version, specifier, { prereleases: true });
}
