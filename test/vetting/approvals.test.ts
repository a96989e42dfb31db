import { afterAll, beforeAll, expect, test } from 'vitest';
import { activeApproval, amendedPolicyVersion } from '../../src/vetting/approvals.ts';
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
const activeId = (version: string, ...approvals: Approval[]) => activeApproval(approvals, version, now)?.id;

test('an approval covers exactly the versions that match its specifier, pre-releases included', () => {
  const narrow = approval({ specifier: '>=1.2,<2' });
  expect(activeId('1.3', narrow)).toBe('first');
  expect(activeId('1.3rc1', narrow)).toBe('first');
  expect(activeId('2.0', narrow)).toBeUndefined();
  expect(activeId('not a version', narrow)).toBeUndefined();
  expect(activeId('17.4', approval())).toBe('first');
});

test('an expired approval is ignored, and an unreadable expiry counts as expired', () => {
  expect(activeId('1', approval({ expiresAt: '2026-02-28T23:59:59.999Z' }))).toBeUndefined();
  expect(activeId('1', approval({ expiresAt: '2026-03-01T00:00:00.001Z' }))).toBe('first');
  expect(activeId('1', approval({ expiresAt: 'some day' }))).toBeUndefined();
});

test('the newest decision is in force; of two with the same time, the denial', () => {
  const later = approval({ id: 'later', kind: 'deny', createdAt: '2026-02-02T00:00:00.000Z' });
  expect(activeId('1', approval(), later)).toBe('later');
  expect(activeId('1', later, approval({ createdAt: '2026-02-03T00:00:00.000Z' }))).toBe('first');
  expect(activeId('1', approval(), { ...later, createdAt: approval().createdAt })).toBe('later');
});

test('an approval changes the policy version of a verdict until it expires', () => {
  expect(amendedPolicyVersion('p1', undefined)).toBe('p1');
  expect(amendedPolicyVersion('p1', approval())).toBe('p1+first');
});

test('a reopened request is vetted again, by a client and by an event', () => {
  const endedAt = new Date(now).toISOString();
  const blocked = recordOf({ status: 'BLOCKED', endedAt });
  const client = { isRunning: undefined, since: now - 1, usedAttempt: 0 };
  expect(joinOrStart(blocked, client)).toMatchObject({ kind: 'answer' });
  expect(joinOrStart({ ...blocked, reopened: true }, client)).toEqual({ kind: 'start', attempt: 2 });
  const event = { execution: 'event', now: now + 1 };
  expect(decideClaim(blocked, event)).toMatchObject({ kind: 'skip' });
  expect(decideClaim({ ...blocked, reopened: true }, event)).toEqual({ kind: 'claim', attempt: 2 });
});

let table: TestTable;
beforeAll(async () => {
  table = await testTable();
});
afterAll(() => table.close());

test('approvals are stored with their project, one item each, and read back unchanged', async () => {
  const { store } = table;
  const first = approval({ expiresAt: '2027-01-01T00:00:00.000Z', evenMalware: true });
  await store.putApproval(first);
  await store.putApproval(approval({ id: 'second', kind: 'deny' }));
  expect(await store.approvalsOf(first.name)).toEqual([first, approval({ id: 'second', kind: 'deny' })]);
  expect(await store.approvalsOf(release('other==1').name)).toEqual([]);
  expect(await store.releasesOf(first.name)).toEqual([]);
});

test('a request is reopened only if its record is unchanged', async () => {
  const { store } = table;
  const ended = recordOf({ status: 'BLOCKED' });
  await store.claimRequest(ended, undefined);
  expect(await store.reopenRequest(ended)).toBe(true);
  expect(await store.readRequest(ended.requestId, { consistent: true })).toMatchObject({ reopened: true });
  const next = recordOf({ attempt: 2, execution: 'next' });
  expect(await store.claimRequest(next, ended)).toBe(true);
  expect(await store.reopenRequest(ended)).toBe(false);
  expect((await store.readRequest(ended.requestId, { consistent: true }))?.reopened).toBeUndefined();
});
