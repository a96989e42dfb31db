import { fitsGlob } from '../firewall/lists.ts';
import type { ProjectName } from '../index/types.ts';
import { activeApproval, coversVersion, newestFirst } from '../vetting/approvals.ts';
import { decisionsOf } from '../vetting/audit.ts';
import type { Hold } from '../vetting/hold.ts';
import type { AuditListing, HoldListing } from '../vetting/store-types.ts';
import type { Approval, ReleaseRecord } from '../vetting/types.ts';
import type { Records } from './types.ts';

/**
 * Where a hold stands. `undecided`: a person must decide. `waiting`: it ends at `heldUntil` by itself. `ended`: that time
 * has passed, so the next request vets the release.
 */
export type HoldState = 'undecided' | 'waiting' | 'ended' | 'approved' | 'denied' | 'vetted';

/** One release of the queue: the data that `awspip holds` prints and `--json` contains. */
export type QueueItem = Omit<Hold, 'revision'> & {
  readonly state: HoldState;
  /** The decision in force. */
  readonly decision?: Approval | undefined;
  /** Earlier decisions about the release, newest first; at most 5. */
  readonly earlierDecisions: readonly Approval[];
  /** Whether an advisory reports malware, so that an approval needs `--even-malware`. */
  readonly isMalware: boolean;
  /** True if it is in the vetted repository only because the policy was observed, and nobody has decided about it. */
  readonly isObserved?: true | undefined;
};

/** What to show of the queue. */
export type QueueFilter = {
  /** `user@host`; the holds that this requester asked for. */
  readonly requester?: string | undefined;
  /** Epoch milliseconds; the holds that were asked for since. */
  readonly since?: number | undefined;
  /** A project name; `*` matches any characters. */
  readonly name?: string | undefined;
};

/** The queue, oldest first, and what was not read. */
export type Queue = {
  readonly items: readonly QueueItem[];
  /** False if the table has more holds, or more entries of the audit log, than were read. */
  readonly complete: boolean;
};

type QueueRecords = Pick<Records, 'holds' | 'auditEntries' | 'readReleases'>;

/** Reads the queue. Each call has a bound: 2,000 holds and 20,000 entries of the audit log. */
export async function readQueue(records: QueueRecords, filter: QueueFilter, now: number): Promise<Queue> {
  const [listing, audit]: [HoldListing, AuditListing] = await Promise.all([
    records.holds({ prefix: literalPrefix(filter.name) }),
    records.auditEntries(),
  ]);
  const holds = listing.holds.filter((hold) => fits(hold, filter));
  const releases = holds.flatMap(({ name, version }) => (version === null ? [] : [{ name, version }]));
  const read = await records.readReleases(releases);
  const byKey = new Map(read.flatMap((record) => (record === undefined ? [] : [[keyOf(record), record] as const])));
  const decisions = byName(decisionsOf(audit.entries));
  const items = holds.map((hold) =>
    queueItem(hold, { record: byKey.get(keyOf(hold)), decisions: decisions.get(hold.name) ?? [], now }),
  );
  return { items: items.toSorted(bySince), complete: listing.complete && audit.complete };
}

function byName(decisions: readonly Approval[]): ReadonlyMap<ProjectName, readonly Approval[]> {
  const found = new Map<ProjectName, Approval[]>();
  for (const decision of decisions) {
    const known = found.get(decision.name);
    if (known === undefined) found.set(decision.name, [decision]);
    else known.push(decision);
  }
  return found;
}

const keyOf = ({ name, version }: { readonly name: string; readonly version: string | null }) => `${name} ${version}`;
const bySince = (a: QueueItem, b: QueueItem): number => (a.since < b.since ? -1 : a.since > b.since ? 1 : 0);

/** Returns the part of a glob before its first `*`, by which the table can search. */
function literalPrefix(glob: string | undefined): string {
  const [literal = ''] = (glob ?? '')
    .toLowerCase()
    .replace(/[-_.]+/g, '-')
    .split('*');
  return literal;
}

function fits(hold: Hold, { requester, since, name }: QueueFilter): boolean {
  return (
    (requester === undefined || hold.requesters.some(({ by }) => by === requester)) &&
    (since === undefined || Date.parse(hold.lastAt) >= since) &&
    (name === undefined || fitsGlob(name, hold.name))
  );
}

type HoldContext = {
  readonly record: ReleaseRecord | undefined;
  /** All decisions about the project. */
  readonly decisions: readonly Approval[];
  /** Epoch milliseconds. */
  readonly now: number;
};

/** Returns a hold with its state, which follows from the record of the release, the decisions and the time. */
export function queueItem({ revision: _, ...hold }: Hold, { record, decisions, now }: HoldContext): QueueItem {
  const { name, version, heldUntil } = hold;
  const about = decisions.filter((decision) => decision.name === name && isAbout(decision, version));
  const decision = version === null ? undefined : activeApproval(about, version, now);
  const isMalware = hold.reasons.some(({ text }) => isMalwareReason(text));
  const applies = decision?.kind === 'deny' || !isMalware || decision?.evenMalware === true ? decision : undefined;
  const earlier = about.filter((other) => other !== applies).toSorted(newestFirst);
  const facts = { ...hold, decision: applies, earlierDecisions: earlier.slice(0, 5), isMalware };
  if (applies?.kind === 'deny') return { ...facts, state: 'denied' };
  if (applies !== undefined) return { ...facts, state: record?.status === 'SECURE' ? 'vetted' : 'approved' };
  const isVetted = record?.status === 'SECURE' && record.updatedAt >= hold.lastAt;
  if (isVetted && record.observed === undefined) return { ...facts, state: 'vetted' };
  const open = isVetted ? { ...facts, isObserved: true as const } : facts;
  if (heldUntil === undefined || hold.reasons.length > 1) return { ...open, state: 'undecided' };
  if (now < Date.parse(heldUntil)) return { ...open, state: 'waiting' };
  return { ...facts, state: isVetted ? 'vetted' : 'ended' };
}

/** Whether a reason is the gate on malware advisories. */
export const isMalwareReason = (text: string): boolean => text.startsWith('Known malware');

function isAbout({ specifier }: Approval, version: string | null): boolean {
  return version === null ? specifier === '' : coversVersion(specifier, version);
}

/** Whether nobody needs to look at an item any more. */
export const isDecided = ({ state }: QueueItem): boolean =>
  state === 'approved' || state === 'denied' || state === 'vetted';

/**
 * Returns the decisions that count at a time, newest first: not expired, and no newer one about the same versions.
 *
 * `within`, in milliseconds: only those that end before. `name`: a glob of project names.
 */
export function decisionsInForce(
  decisions: readonly Approval[],
  {
    now,
    within,
    name: glob,
  }: { readonly now: number; readonly within?: number | undefined; readonly name?: string | undefined },
): readonly Approval[] {
  const seen = new Set<string>();
  return decisions.toSorted(newestFirst).filter(({ name, specifier, expiresAt }) => {
    const subject = `${name} ${specifier}`;
    const end = expiresAt === undefined ? Number.POSITIVE_INFINITY : Date.parse(expiresAt);
    if (seen.has(subject) || end <= now) return false;
    seen.add(subject);
    return (within === undefined || end <= now + within) && (glob === undefined || fitsGlob(glob, name));
  });
}

/** An event in the history of a project. */
export type HistoryEvent = {
  /** ISO time. */
  readonly at: string;
  /** `hold`: somebody asked for a release that may not be installed. `record`: the last change of a release's record. */
  readonly what: 'hold' | 'approve' | 'deny' | 'archive' | 'restore' | 'record';
  /** A version, a specifier, or empty for every version. */
  readonly versions: string;
  readonly by?: string | undefined;
  readonly why?: string | undefined;
  readonly until?: string | undefined;
  readonly status?: ReleaseRecord['status'] | undefined;
};

type HistoryRecords = Pick<Records, 'holdsOf' | 'approvalsOf' | 'releasesOf' | 'auditEntries'>;

/** Returns what happened to a project, newest first, and whether the whole audit log was read. */
export async function readHistory(
  records: HistoryRecords,
  name: ProjectName,
): Promise<{ readonly events: readonly HistoryEvent[]; readonly complete: boolean }> {
  const [holds, approvals, releases, audit] = await Promise.all([
    records.holdsOf(name),
    records.approvalsOf(name),
    records.releasesOf(name),
    records.auditEntries(),
  ]);
  const events: HistoryEvent[] = [
    ...holds.flatMap(({ version, requesters, reasons }) =>
      requesters.map(
        ({ by, at, reason }): HistoryEvent => ({
          ...{ at, by, what: 'hold', versions: version ?? '' },
          why: reason ?? reasons.map(({ text }) => text).join(', '),
        }),
      ),
    ),
    ...approvals.map(
      ({ createdAt, kind, specifier, owner, reason, expiresAt }): HistoryEvent => ({
        ...{ at: createdAt, what: kind, versions: specifier, by: owner, why: reason, until: expiresAt },
      }),
    ),
    ...releases.map(
      ({ version, status, updatedAt, cause }): HistoryEvent => ({
        ...{ at: updatedAt, what: 'record', versions: version, status, why: cause },
      }),
    ),
    ...audit.entries.flatMap((entry): HistoryEvent[] => {
      if (entry.kind !== 'archive' || entry.name !== name) return [];
      const what = entry.after.status === 'Archived' ? 'archive' : 'restore';
      return [{ at: entry.at, what, versions: entry.after.versions.join(', '), by: entry.actor.by, why: entry.reason }];
    }),
  ];
  const sorted = events.toSorted((a, b) => (a.at < b.at ? 1 : a.at > b.at ? -1 : 0));
  return { events: sorted, complete: audit.complete };
}
