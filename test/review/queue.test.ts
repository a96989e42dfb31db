import { describe, expect, test } from 'vitest';
import { normaliseName } from '../../src/index/names.ts';
import { decisionsInForce, queueItem, readHistory, readQueue } from '../../src/review/queue.ts';
import type { AuditEntry } from '../../src/vetting/audit.ts';
import { type Hold, type HoldRequest, maxRequesters, mergeHold } from '../../src/vetting/hold.ts';
import type { Approval, ReleaseRecord } from '../../src/vetting/types.ts';

const now = Date.parse('2026-11-27T12:00:00Z');
const iso = (hours: number) => new Date(now + hours * 3_600_000).toISOString();
const name = normaliseName('demo');

const request = (by: string, change: Partial<HoldRequest> = {}): HoldRequest => ({
  name,
  version: '1.0',
  kind: 'HELD',
  reasons: [{ text: 'Released less than 3 days ago' }],
  similarPackages: [],
  requester: { by, requestIds: ['r1'], roots: ['demo'], neededBy: [] },
  ...change,
});
const hold = (change: Partial<Hold> = {}): Hold => ({ ...mergeHold(undefined, request('kim@a'), iso(-5)), ...change });
const decision = (change: Partial<Approval> = {}): Approval => ({
  ...{ id: 'd1', name, specifier: '==1.0', kind: 'approve', reason: 'read it', owner: 'lea' },
  createdAt: iso(-1),
  ...change,
});
const record = (change: Partial<ReleaseRecord>): ReleaseRecord =>
  ({ name, version: '1.0', status: 'HELD', updatedAt: iso(-5), ...change }) as ReleaseRecord;
const observed = (): ReleaseRecord =>
  record({
    status: 'SECURE',
    updatedAt: iso(0),
    observed: { outcome: 'BLOCKED', reasons: ['Downloads < 300'] },
  });
const entry = (after: Approval): AuditEntry => ({
  ...{ id: after.id, at: after.createdAt, actor: { by: 'lea@b', from: 'b' } },
  ...{ kind: 'decision', before: null, after },
});

describe('a hold', () => {
  test('is one item for all who ask; each is listed once, with the first and the last time and the last reason', () => {
    const twice = [
      request('kim@a', { requester: { ...request('kim@a').requester, reason: 'for the report' } }),
      request('tom@b'),
      request('kim@a', { kind: 'BLOCKED' }),
    ].reduce<Hold | undefined>((found, next, at) => mergeHold(found, next, iso(at)), undefined);
    expect(twice).toMatchObject({ kind: 'BLOCKED', since: iso(0), lastAt: iso(2), revision: 3 });
    expect(twice?.requesters.map(({ by, at, lastAt, reason }) => [by, at, lastAt, reason])).toEqual([
      ['kim@a', iso(0), iso(2), 'for the report'],
      ['tom@b', iso(1), iso(1), undefined],
    ]);
  });

  test('counts the requesters that it has no room for', () => {
    let found: Hold | undefined;
    for (let at = 0; at < maxRequesters + 3; at += 1) found = mergeHold(found, request(`user${at}@a`), iso(0));
    expect([found?.requesters.length, found?.requestersOmitted]).toEqual([maxRequesters, 3]);
  });
});

test('a hold stays far below the size of an item, whatever is written about the requests', () => {
  const long = (text: string) => text.repeat(500);
  const wide = (by: string): HoldRequest =>
    request(by, {
      requester: {
        ...{
          by,
          requestIds: ['r1'],
          roots: Array.from({ length: 4 }, () => long('€').slice(0, 80)),
          reason: long('€'),
        },
        neededBy: Array.from({ length: 5 }, () => ({
          name: normaliseName(long('x').slice(0, 255)),
          version: long('1').slice(0, 255),
        })),
      },
    });
  let found: Hold | undefined;
  for (let at = 0; at < maxRequesters; at += 1) found = mergeHold(found, wide(`user${at}@a`), iso(at));
  expect(Buffer.byteLength(JSON.stringify(found))).toBeLessThan(200_000);
  expect((found?.requesters.length ?? 0) + (found?.requestersOmitted ?? 0)).toBe(maxRequesters);
  const again = mergeHold(found, wide('user0@a'), iso(999));
  expect([again.requesters[0]?.lastAt, again.requestersOmitted]).toEqual([iso(999), found?.requestersOmitted]);
});

test('who asks for a release by name keeps what it is needed for, and the requests that wait for it', () => {
  const path = [{ name: normaliseName('app'), version: '2.0' }];
  const first = request('kim@a', { requester: { ...request('kim@a').requester, neededBy: path } });
  const second = request('kim@a', { requester: { ...request('kim@a').requester, requestIds: ['r2'] } });
  const [kim] = mergeHold(mergeHold(undefined, first, iso(0)), second, iso(1)).requesters;
  expect([kim?.neededBy, kim?.requestIds]).toEqual([path, ['r2', 'r1']]);
});

describe('the state of a hold', () => {
  const stateOf = (held: Hold, given: { record?: ReleaseRecord; decisions?: readonly Approval[] } = {}) =>
    queueItem(held, { record: given.record, decisions: given.decisions ?? [], now }).state;

  test.each<[string, string, Hold, Parameters<typeof stateOf>[1]]>([
    ['undecided', 'nobody decided', hold(), {}],
    ['waiting', 'only its age holds it', hold({ heldUntil: iso(9) }), {}],
    ['ended', 'its age is reached', hold({ heldUntil: iso(-1) }), {}],
    [
      'undecided',
      'more than its age holds it',
      hold({ heldUntil: iso(9), reasons: [{ text: 'a' }, { text: 'b' }] }),
      {},
    ],
    ['approved', 'an approval covers it', hold(), { decisions: [decision()] }],
    [
      'vetted',
      'the approved release was vetted',
      hold(),
      { decisions: [decision()], record: record({ status: 'SECURE' }) },
    ],
    [
      'vetted',
      'it was vetted since the last request',
      hold(),
      { record: record({ status: 'SECURE', updatedAt: iso(0) }) },
    ],
    ['undecided', 'it was vetted in observe mode, and nobody decided', hold(), { record: observed() }],
    [
      'waiting',
      'it was vetted in observe mode within its cooldown',
      hold({ heldUntil: iso(9) }),
      { record: observed() },
    ],
    [
      'vetted',
      'it was vetted in observe mode, and its age is reached',
      hold({ heldUntil: iso(-1) }),
      { record: observed() },
    ],
    ['vetted', 'a release that was observed is approved', hold(), { decisions: [decision()], record: observed() }],
    ['denied', 'a denial covers it', hold(), { decisions: [decision({ kind: 'deny', specifier: '' })] }],
    ['undecided', 'the approval is over', hold(), { decisions: [decision({ expiresAt: iso(-0.5) })] }],
    ['undecided', 'the approval is for another version', hold(), { decisions: [decision({ specifier: '==2.0' })] }],
  ])('is %s if %s', (expected, _, held, given) => {
    expect(stateOf(held, given)).toBe(expected);
  });

  test('stays undecided after an approval that does not cover known malware', () => {
    const malware = hold({ kind: 'BLOCKED', reasons: [{ text: 'Known malware: MAL-2026-1' }] });
    expect(stateOf(malware, { decisions: [decision()] })).toBe('undecided');
    expect(stateOf(malware, { decisions: [decision({ evenMalware: true })] })).toBe('approved');
  });

  test('comes with the decisions that no longer count', () => {
    const old = decision({ id: 'old', expiresAt: iso(-2), createdAt: iso(-9) });
    const item = queueItem(hold(), { record: undefined, decisions: [old, decision()], now });
    expect([item.decision?.id, item.earlierDecisions.map(({ id }) => id)]).toEqual(['d1', ['old']]);
  });
});

describe('the queue', () => {
  const holds = [
    hold({ version: '2.0', since: iso(-1), lastAt: iso(-1) }),
    hold({ version: '1.0', since: iso(-300), lastAt: iso(-200) }),
    hold({ name: normaliseName('other'), requesters: mergeHold(undefined, request('tom@b'), iso(-3)).requesters }),
  ];
  const records = (complete = true) => ({
    holds: async ({ prefix = '' } = {}) => ({ holds: holds.filter((one) => one.name.startsWith(prefix)), complete }),
    auditEntries: async () => ({ entries: [entry(decision({ specifier: '==2.0' }))], complete: true }),
    readReleases: async (keys: readonly unknown[]) => keys.map(() => undefined),
  });
  const found = async (filter: Parameters<typeof readQueue>[1]) =>
    (await readQueue(records(), filter, now)).items.map(({ name, version, state }) => `${name} ${version} ${state}`);

  test('has every release, the oldest first, with its state', async () => {
    expect(await found({})).toEqual(['demo 1.0 undecided', 'other 1.0 undecided', 'demo 2.0 approved']);
  });

  test('can be limited to a requester, a time and names', async () => {
    expect(await found({ requester: 'tom@b' })).toEqual(['other 1.0 undecided']);
    expect(await found({ since: now - 7 * 3_600_000 })).toEqual(['other 1.0 undecided', 'demo 2.0 approved']);
    expect(await found({ name: 'O*er' })).toEqual(['other 1.0 undecided']);
    expect(await found({ name: '*m*' })).toEqual(['demo 1.0 undecided', 'demo 2.0 approved']);
  });

  test('says so if the table has more than was read', async () => {
    expect(await readQueue(records(false), {}, now)).toMatchObject({ complete: false });
  });
});

test('decisions in force are the newest of their kind of release, without those that are over', () => {
  const decisions = [
    decision({ id: 'replaced', createdAt: iso(-9) }),
    decision({ id: 'current', kind: 'deny' }),
    decision({ id: 'over', specifier: '==3.0', expiresAt: iso(-1) }),
    decision({ id: 'soon', specifier: '==4.0', expiresAt: iso(24) }),
  ];
  const ids = (options: object) => decisionsInForce(decisions, { now, ...options }).map(({ id }) => id);
  expect(ids({})).toEqual(['current', 'soon']);
  expect(ids({ within: 48 * 3_600_000 })).toEqual(['soon']);
  expect(ids({ name: 'x*' })).toEqual([]);
});

test('the history has requests, decisions, archived versions and records, the newest first', async () => {
  const archive: AuditEntry = {
    ...{ id: 'x-r', at: iso(0), actor: { by: 'lea@b', from: 'b' }, kind: 'archive', name: 'demo' },
    before: { versions: ['1.0'], status: 'Published' },
    after: { versions: ['1.0'], status: 'Archived' },
  };
  const { events, complete } = await readHistory(
    {
      holdsOf: async () => [hold()],
      approvalsOf: async () => [decision({ kind: 'deny', expiresAt: iso(9) })],
      releasesOf: async () => [record({ updatedAt: iso(-3) })],
      auditEntries: async () => ({ entries: [archive], complete: false }),
    },
    name,
  );
  expect(complete).toBe(false);
  expect(events.map(({ what, by, why, until }) => [what, by, why, until])).toEqual([
    ['archive', 'lea@b', undefined, undefined],
    ['deny', 'lea', 'read it', iso(9)],
    ['record', undefined, undefined, undefined],
    ['hold', 'kim@a', 'Released less than 3 days ago', undefined],
  ]);
});
