import { afterAll, beforeAll, expect, test } from 'vitest';
import { normaliseName } from '../../src/index/names.ts';
import type { AuditEntry } from '../../src/vetting/audit.ts';
import type { HoldRequest } from '../../src/vetting/hold.ts';
import { type TestTable, testTable } from './table.ts';

let table: TestTable;
beforeAll(async () => {
  table = await testTable();
});
afterAll(() => table.close());

const request = (name: string, version: string | null, by: string): HoldRequest => ({
  name: normaliseName(name),
  version,
  kind: 'HELD',
  score: { min: 0, max: 20 },
  reasons: [{ text: 'Downloads unknown', points: undefined }],
  similarPackages: [],
  requester: { by, requestIds: ['r1'], roots: [name], neededBy: [{ name: normaliseName('app'), version: '2.0' }] },
});

test('requests at the same time for one release make one hold with all requesters', async () => {
  const people = Array.from({ length: 6 }, (_, at) => `user${at}@a`);
  await Promise.all(people.map((by) => table.store.recordHold(request('shared', '1.0', by))));
  const [hold, ...others] = await table.store.holdsOf(normaliseName('shared'));
  expect(others).toEqual([]);
  expect(hold?.requesters.map(({ by }) => by).toSorted()).toEqual(people);
  expect(hold).toMatchObject({
    revision: 6,
    requesters: [{ neededBy: [{ name: 'app', version: '2.0' }] }, {}, {}, {}, {}, {}],
  });
});

test('holds are found by the beginning of their names; a bounded read says whether it read all', async () => {
  for (const name of ['aa', 'ab', 'b']) await table.store.recordHold(request(name, null, 'kim@a'));
  await table.store.recordHold(request('a', '1.0', 'kim@a'));
  const names = async (options: object) => {
    const { holds, complete } = await table.store.holds(options);
    return [...holds.map(({ name }) => name), complete];
  };
  expect(await names({ prefix: 'a' })).toEqual(['a', 'aa', 'ab', true]);
  expect(await names({ prefix: 'a', limit: 2 })).toEqual(['a', 'aa', false]);
  expect((await table.store.holdsOf(normaliseName('a'))).map(({ name }) => name)).toEqual(['a']);
});

test('a hold ends 90 days after its last request, also before the table deletes it', async () => {
  await table.store.recordHold(request('old', '1.0', 'kim@a'));
  table.clock.now += 90 * 86_400_000 + 1_000;
  expect(await table.store.holdsOf(normaliseName('old'))).toEqual([]);
  await table.store.recordHold(request('old', '1.0', 'tom@b'));
  const [hold] = await table.store.holdsOf(normaliseName('old'));
  expect(hold?.requesters.map(({ by }) => by)).toEqual(['tom@b']);
});

test('the audit log is read newest first, and no entry is overwritten', async () => {
  const entry = (id: string, at: string): AuditEntry => ({
    ...{ id, at, actor: { by: 'lea@b', from: 'b' }, kind: 'policy' },
    ...{ before: null, after: { version: `p-${id}` }, changes: [] },
  });
  await table.store.putAudit(entry('1', '2026-01-01T00:00:00.000Z'));
  await table.store.putAudit(entry('2', '2026-02-01T00:00:00.000Z'));
  await table.store.putAudit({ ...entry('1', '2026-01-01T00:00:00.000Z'), actor: { by: 'mallory', from: 'x' } });
  const ids = async (options: object) => {
    const { entries, complete } = await table.store.auditEntries(options);
    return [...entries.map(({ id, actor }) => `${id} ${actor.by}`), complete];
  };
  expect(await ids({})).toEqual(['2 lea@b', '1 lea@b', true]);
  expect(await ids({ limit: 1 })).toEqual(['2 lea@b', false]);
  expect(await ids({ since: '2026-01-15T00:00:00.000Z' })).toEqual(['2 lea@b', true]);
});

test('clients read of the policy what the workflow wrote, and the defaults before', async () => {
  expect(await table.store.policyNotes()).toEqual({
    indexes: [],
    contact: undefined,
    approvals: { selfApproval: true },
  });
  const approvals = { days: 30, maxDays: 90, selfApproval: false };
  await table.store.putPolicyNotes({ indexes: [], contact: '#python', approvals });
  expect(await table.store.policyNotes()).toEqual({
    ...{ indexes: [], contact: '#python', approvals },
    at: expect.any(String),
  });
});
