import { normaliseName } from '../../src/index/names.ts';
import type { Records } from '../../src/review/types.ts';
import type { AuditEntry } from '../../src/vetting/audit.ts';
import type { Hold } from '../../src/vetting/hold.ts';
import type { Approval, ReleaseRecord, RequestRecord } from '../../src/vetting/types.ts';

export const now = Date.parse('2026-11-27T12:00:00Z');
export const iso = (hours: number): string => new Date(now + hours * 3_600_000).toISOString();

/** Returns a hold of the queue. */
export function holdOf(name: string, change: Partial<Hold> = {}): Hold {
  return {
    ...{ name: normaliseName(name), version: '1.0', kind: 'HELD', reasons: [{ text: 'Downloads < 300', points: 20 }] },
    ...{ similarPackages: [], since: iso(-5), lastAt: iso(-5), revision: 1 },
    requesters: [{ by: 'kim@a', at: iso(-5), lastAt: iso(-5), requestIds: ['r1'], roots: [name], neededBy: [] }],
    ...change,
  } as Hold;
}

export function recordOf(name: string, change: Partial<ReleaseRecord> = {}): ReleaseRecord {
  return { name: normaliseName(name), version: '1.0', status: 'HELD', updatedAt: iso(-5), ...change } as ReleaseRecord;
}

/** Returns evidence with one finding and one code finding. */
export function evidenceOf(change: Record<string, unknown> = {}): unknown {
  const known = (value: unknown) => ({ known: true, value, source: 'pypistats', fetchedAt: iso(-6) });
  return {
    judgedAt: iso(-6),
    verdict: {
      ...{ outcome: 'HELD', level: 'Yellow', score: { min: 20, max: 30 }, reasons: [], similarPackages: [] },
      policyVersion: 'recommended-1',
      findings: [
        {
          ...{
            rule: 'downloads',
            text: 'Downloads < 300',
            points: 20,
            state: 'fired',
            signal: 'downloads',
            value: 120,
          },
          ...{ source: 'pypistats', fetchedAt: iso(-6) },
        },
        {
          ...{ rule: 'stars', text: 'GitHub stars unknown', asks: 'GitHub stars < 30', points: 10, state: 'unknown' },
          ...{ signal: 'stars', value: null, source: 'GitHub', fetchedAt: iso(-6), note: 'could not be reached' },
        },
      ],
    },
    signals: {
      downloads: known(120),
      stars: { known: false, source: 'GitHub', fetchedAt: iso(-6), why: 'could not be reached' },
      installCode: known([{ file: 'demo/setup.py', reach: 'network', line: 7, word: 'urlopen(address)' }]),
      licence: known('MIT'),
      ...{ versionsCount: known(12), lastModified: known(iso(-900)), releasedAt: known(iso(-900)), malware: known([]) },
      ...{ projectStatus: known('active'), rank: null, similar: [] },
      ...change,
    },
  };
}

type Table = {
  readonly holds?: readonly Hold[];
  readonly releases?: readonly ReleaseRecord[];
  readonly requests?: readonly RequestRecord[];
  readonly evidence?: Readonly<Record<string, unknown>>;
  /** Thrown by every write. */
  readonly writeError?: Error | undefined;
};

/** Opens records in memory, with what was written. */
export function openTable({ holds = [], releases = [], requests = [], evidence = {}, writeError }: Table) {
  const approvals: Approval[] = [];
  const audit: AuditEntry[] = [];
  const write = <T>(list: T[], item: T): void => {
    if (writeError !== undefined) throw writeError;
    list.push(item);
  };
  const records: Partial<Records> = {
    holds: async () => ({ holds, complete: true }),
    holdsOf: async (name) => holds.filter((hold) => hold.name === name),
    releasesOf: async (name) => releases.filter((release) => release.name === name),
    readReleases: async (keys) =>
      keys.map((key) => releases.find(({ name, version }) => name === key.name && version === key.version)),
    readEvidence: async ({ name, version }) => evidence[`${name} ${version}`],
    withheldOf: async () => [],
    approvalsOf: async (name) => approvals.filter((approval) => approval.name === name),
    listByStatus: async (status) => ({
      requests: requests.filter((request) => request.status === status),
      releases: releases.filter((release) => release.status === status),
    }),
    requestReleases: async () => [],
    readRequest: async () => undefined,
    auditEntries: async () => ({ entries: audit.toReversed(), complete: true }),
    putAudit: async (entry) => write(audit, entry),
    putApproval: async (approval) => write(approvals, approval),
    actor: async () => ({ by: 'lea@b', from: 'b' }),
  };
  return { records: records as Records, approvals, audit };
}
