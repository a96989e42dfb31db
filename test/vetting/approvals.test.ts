import { afterAll, beforeAll, expect, test } from 'vitest';
import { amendedVersion, standingApproval } from '../../src/vetting/approvals.ts';
import { joinOrStart } from '../../src/vetting/join-or-start.ts';
import type { Approval } from '../../src/vetting/types.ts';
import { decideClaim } from '../../src/workflow/claim.ts';
import { recordOf, release } from './examples.ts';
import { type TestTable, testTable } from './table.ts';

const now = Date.parse('2026-03-01T00:00:00Z');
const approval = (change: Partial<Approval> = {}): Approval => ({
  id: 'first',
  name: release('demo==1').name,
  specifier: '',
  kind: 'approve',
  reason: 'read it',
  owner: 'lea@laptop',
  createdAt: '2026-02-01T00:00:00.000Z',
  ...change,
});
const speaks = (version: string, ...approvals: Approval[]) => standingApproval(approvals, version, now)?.id;

test('an approval speaks of the versions its specifier names, pre-releases included, and of no other', () => {
  const narrow = approval({ specifier: '>=1.2,<2' });
  expect(speaks('1.3', narrow)).toBe('first');
  expect(speaks('1.3rc1', narrow)).toBe('first');
  expect(speaks('2.0', narrow)).toBeUndefined();
  expect(speaks('not a version', narrow)).toBeUndefined();
  expect(speaks('17.4', approval())).toBe('first');
});

test('one that lapsed is silent, and one whose end cannot be read counts as lapsed', () => {
  expect(speaks('1', approval({ expiresAt: '2026-02-28T23:59:59.999Z' }))).toBeUndefined();
  expect(speaks('1', approval({ expiresAt: '2026-03-01T00:00:00.001Z' }))).toBe('first');
  expect(speaks('1', approval({ expiresAt: 'some day' }))).toBeUndefined();
});

test('the newest word counts; of two in one moment the denial', () => {
  const later = approval({ id: 'later', kind: 'deny', createdAt: '2026-02-02T00:00:00.000Z' });
  expect(speaks('1', approval(), later)).toBe('later');
  expect(speaks('1', later, approval({ createdAt: '2026-02-03T00:00:00.000Z' }))).toBe('first');
  expect(speaks('1', approval(), { ...later, createdAt: approval().createdAt })).toBe('later');
});

test('an approval changes the version a verdict was reached under, and so does its end', () => {
  expect(amendedVersion('p1', undefined)).toBe('p1');
  expect(amendedVersion('p1', approval())).toBe('p1+first');
});

test('a request that a person re-opened is vetted anew, by a client and by an event', () => {
  const endedAt = new Date(now).toISOString();
  const blocked = recordOf({ status: 'BLOCKED', endedAt });
  const asked = { now: now + 1, since: now - 1, actedUpon: 0 };
  expect(joinOrStart(blocked, asked)).toMatchObject({ kind: 'answer' });
  expect(joinOrStart({ ...blocked, reopened: true }, asked)).toEqual({ kind: 'start', attempt: 2 });
  const event = { execution: 'event', now: now + 1 };
  expect(decideClaim(blocked, event)).toMatchObject({ kind: 'theirs' });
  expect(decideClaim({ ...blocked, reopened: true }, event)).toEqual({ kind: 'claim', attempt: 2 });
});

let table: TestTable;
beforeAll(async () => {
  table = await testTable();
});
afterAll(() => table.close());

test('approvals are kept beside their project, one item each, and read back as they were written', async () => {
  const { store } = table;
  const given = approval({ expiresAt: '2027-01-01T00:00:00.000Z', evenMalware: true });
  await store.putApproval(given);
  await store.putApproval(approval({ id: 'second', kind: 'deny' }));
  expect(await store.approvalsOf(given.name)).toEqual([given, approval({ id: 'second', kind: 'deny' })]);
  expect(await store.approvalsOf(release('other==1').name)).toEqual([]);
  expect(await store.releasesOf(given.name)).toEqual([]);
});

test('a request is re-opened only as it was seen: one that runs anew is left alone', async () => {
  const { store } = table;
  const ended = recordOf({ status: 'BLOCKED' });
  await store.claimRequest(ended, undefined);
  expect(await store.reopenRequest(ended)).toBe(true);
  expect(await store.readRequest(ended.requestId, { consistent: true })).toMatchObject({ reopened: true });
  const anew = recordOf({ attempt: 2, execution: 'next' });
  expect(await store.claimRequest(anew, ended)).toBe(true);
  expect(await store.reopenRequest(ended)).toBe(false);
  expect((await store.readRequest(ended.requestId, { consistent: true }))?.reopened).toBeUndefined();
});
