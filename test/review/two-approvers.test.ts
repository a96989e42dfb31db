import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type DecisionPorts, makeDecisions } from '../../src/review/decide-all.ts';
import { parseSpec } from '../../src/review/spec.ts';
import { activeApproval } from '../../src/vetting/approvals.ts';
import { decisionsOf } from '../../src/vetting/audit.ts';
import { defaultNotes } from '../../src/vetting/policy-notes.ts';
import { recordOf, release } from '../vetting/examples.ts';
import { type TestTable, testTable } from '../vetting/table.ts';

let table: TestTable;
/** The names of the executions that are started. Step Functions starts each name once. */
const restarted = new Set<string>();
beforeAll(async () => {
  table = await testTable();
});
afterAll(() => table.close());

/** What one approver works with: their own process, and the table that all share. */
const approver = (userName: string): DecisionPorts => ({
  records: {
    ...table.store,
    actor: async () => ({ by: userName, from: 'host' }),
    listedReleases: async () => [],
    setStatus: async () => ({ changed: [], failed: {} }) as never,
    restartVetting: async ({ requestId, attempt }) => {
      restarted.add(`${requestId}-${attempt + 1}`);
      return true;
    },
  },
  notes: defaultNotes,
  userName,
  firewall: async () => {
    throw new Error('the release is on record');
  },
  now: () => table.clock.now,
  unique: randomUUID,
  onStep: () => {},
});

/** Puts a request on record that a release has stopped. */
async function stopped(name: string): Promise<string> {
  const requestId = name.repeat(32).slice(0, 32);
  const refusal = { ...release(`${name}==1`), kind: 'HELD', reasons: [], similarPackages: [], fatal: true } as const;
  const record = recordOf({
    requestId,
    status: 'HELD',
    step: 'done',
    roots: [name],
    refusals: [refusal],
    leaseUntil: 0,
  });
  expect(await table.store.claimRequest(record, undefined)).toBe(true);
  return requestId;
}

const decide = (kind: 'approve' | 'deny', userName: string, name: string) =>
  makeDecisions(
    {
      ...{ kind, specs: [parseSpec(`${name}==1`)], reason: `decided by ${userName}`, end: {} },
      ...{ evenMalware: true, changesRepository: false },
    },
    approver(userName),
  );

test('two approvals at the same moment are both on record, and start the same execution', async () => {
  const requestId = await stopped('both');
  await Promise.all([decide('approve', 'lea', 'both'), decide('approve', 'kim', 'both')]);
  expect([...restarted]).toEqual([`${requestId}-2`]);
  const { entries } = await table.store.auditEntries();
  expect(
    decisionsOf(entries)
      .map(({ enteredBy }) => enteredBy)
      .toSorted(),
  ).toEqual(['kim', 'lea']);
});

test('of an approval and a denial at the same moment, the denial counts for everybody', async () => {
  await stopped('apart');
  await Promise.all([decide('approve', 'lea', 'apart'), decide('deny', 'kim', 'apart')]);
  const decisions = await table.store.approvalsOf(release('apart==1').name);
  expect(decisions).toHaveLength(2);
  expect(activeApproval(decisions, '1', table.clock.now)).toMatchObject({ kind: 'deny', enteredBy: 'kim' });
});
