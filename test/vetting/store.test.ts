import { afterAll, beforeAll, expect, test } from 'vitest';
import { endLeases } from '../../src/vetting/end-leases.ts';
import { releasesOfRequest } from '../../src/vetting/releases-of-request.ts';
import type { ReleaseClaim } from '../../src/vetting/store-types.ts';
import { recordOf, release } from './examples.ts';
import { type TestTable, testTable } from './table.ts';

let table: TestTable;
beforeAll(async () => {
  table = await testTable();
});
afterAll(() => table.close());

const claimOf = (text: string, execution: string, change: Partial<ReleaseClaim> = {}): ReleaseClaim => ({
  release: release(text),
  execution,
  requestedBy: 'dev',
  leaseUntil: table.clock.now + 90_000,
  policyVersion: 'p1',
  startedAt: new Date(table.clock.now).toISOString(),
  ...change,
});

test('exactly one of twenty concurrent executions claims a release', async () => {
  const claims = Array.from({ length: 20 }, (_, at) => table.store.claimRelease(claimOf('single==1', `e${at}`)));
  const winners = (await Promise.all(claims)).filter((record) => record !== undefined);
  expect(winners).toHaveLength(1);
  expect(await table.store.readRelease(release('single==1'), { consistent: true })).toEqual(winners[0]);
});

test('after a lease expires, another execution claims the release and the previous owner cannot write', async () => {
  const { store, clock } = table;
  expect(await store.claimRelease(claimOf('dead==1', 'first'))).toBeDefined();
  expect(await store.claimRelease(claimOf('dead==1', 'second'))).toBeUndefined();
  clock.now += 90_001;
  expect(await store.claimRelease(claimOf('dead==1', 'second'))).toMatchObject({
    execution: 'second',
    status: 'CHECK',
  });
  expect(await store.advance(release('dead==1'), 'first', 'CHECK', { status: 'INGEST' })).toBe(false);
  expect(await store.renewRelease(release('dead==1'), 'first', clock.now + 1e6)).toBe(false);
  expect(await store.advance(release('dead==1'), 'second', 'CHECK', { status: 'INGEST' })).toBe(true);
});

test('an execution can repeat its own claim, because a task may run twice', async () => {
  expect(await table.store.claimRelease(claimOf('twice==1', 'e'))).toBeDefined();
  expect(await table.store.claimRelease(claimOf('twice==1', 'e'))).toBeDefined();
});

test('a SECURE record is claimed only in the state that was read as incomplete', async () => {
  const { store, clock } = table;
  await store.claimRelease(claimOf('done==1', 'e1'));
  await store.advance(release('done==1'), 'e1', 'CHECK', {
    status: 'SECURE',
    revision: 'r',
  });
  const incompleteSince = (await store.readRelease(release('done==1'), { consistent: true }))?.updatedAt;
  clock.now += 1_000_000;
  expect(await store.claimRelease(claimOf('done==1', 'e2'))).toBeUndefined();
  const reclaimed = await store.claimRelease(claimOf('done==1', 'e2', { incompleteSince }));
  expect(reclaimed).toMatchObject({ status: 'CHECK', wasSecure: true, revision: 'r' });
  await store.advance(release('done==1'), 'e2', 'CHECK', { status: 'SECURE', wasSecure: undefined });
  expect(await store.claimRelease(claimOf('done==1', 'e3', { incompleteSince }))).toBeUndefined();
});

test('a BLOCKED release is claimable under another policy version', async () => {
  const { store } = table;
  await store.claimRelease(claimOf('bad==1', 'e1'));
  await store.advance(release('bad==1'), 'e1', 'CHECK', { status: 'BLOCKED', policyVersion: 'p1' });
  expect(await store.claimRelease(claimOf('bad==1', 'e2'))).toBeUndefined();
  expect(await store.claimRelease(claimOf('bad==1', 'e2', { policyVersion: 'p2' }))).toBeDefined();
});

test('a HELD release is claimable by the next request, but not by one that overlaps', async () => {
  const { store, clock } = table;
  const before = new Date(clock.now).toISOString();
  await store.claimRelease(claimOf('grey==1', 'e1'));
  clock.now += 1000;
  await store.advance(release('grey==1'), 'e1', 'CHECK', { status: 'HELD', policyVersion: 'p1' });
  expect(await store.claimRelease(claimOf('grey==1', 'e2', { startedAt: before }))).toBeUndefined();
  clock.now += 1000;
  expect(await store.claimRelease(claimOf('grey==1', 'e3'))).toBeDefined();
});

test('any execution can retry an ERROR, also the one that failed', async () => {
  const { store } = table;
  await store.claimRelease(claimOf('broken==1', 'e1'));
  await store.advance(release('broken==1'), 'e1', 'CHECK', { status: 'ERROR', cause: 'why' });
  for (const execution of ['e1', 'e2']) {
    const retried = await store.claimRelease(claimOf('broken==1', execution));
    expect(retried).toMatchObject({ status: 'CHECK', execution });
    expect(retried?.cause).toBeUndefined();
    await store.advance(release('broken==1'), execution, 'CHECK', { status: 'ERROR', cause: 'why' });
  }
});

test('a request is claimed only if its record is unchanged', async () => {
  const { store } = table;
  const record = recordOf({ requestId: 'claims' });
  expect(await store.claimRequest(record, undefined)).toBe(true);
  expect(await store.claimRequest({ ...record, execution: 'other' }, undefined)).toBe(false);
  await store.updateRequest('claims', record.execution, { leaseUntil: 5 });
  expect(await store.claimRequest({ ...record, execution: 'other' }, record)).toBe(false);
  expect(await store.claimRequest({ ...record, execution: 'other' }, { ...record, leaseUntil: 5 })).toBe(true);
  expect(await store.updateRequest('claims', record.execution, { step: 'done' })).toBe(false);
});

test('the attempt of a running request can be raised, that of an ended one cannot', async () => {
  const { store } = table;
  const record = recordOf({ requestId: 'later' });
  await store.claimRequest(record, undefined);
  expect(await store.raiseAttempt('later', record.execution, 3)).toBe(true);
  expect(await store.readRequest('later', { consistent: true })).toMatchObject({ attempt: 3 });
  await store.updateRequest('later', record.execution, { status: 'SECURE' });
  expect(await store.raiseAttempt('later', record.execution, 4)).toBe(false);
});

test('concurrent counts of SECURE releases all add up', async () => {
  const { store } = table;
  const record = recordOf({ requestId: 'counts', counts: { releases: 30, secure: 2 } });
  await store.claimRequest(record, undefined);
  await Promise.all(Array.from({ length: 20 }, () => store.countSecure('counts', record.execution, 1)));
  expect((await store.readRequest('counts', { consistent: true }))?.counts).toEqual({ releases: 30, secure: 22 });
  expect(await store.countSecure('counts', 'other', 1)).toBe(false);
});

test("a request's releases are returned sorted, all of them or a range", async () => {
  const { store } = table;
  const releases = Array.from({ length: 260 }, (_, at) => ({
    ...release(`project-${String(at).padStart(3, '0')}==1`),
    sha256: { 'a.whl': 'a'.repeat(64) },
    execution: 'e',
    round: 1,
  }));
  await store.putRequestReleases('many', releases.toReversed());
  expect(await store.requestReleases('many')).toEqual(releases);
  const range = { from: 'r#project-010#1', to: 'r#project-014#1' };
  expect(await store.requestReleases('many', range)).toEqual(releases.slice(10, 15));
});

test('records are returned in the order of the keys, with undefined for missing ones', async () => {
  const { store } = table;
  const keys = Array.from({ length: 120 }, (_, at) => release(`row==${at}`));
  for (const key of keys.slice(0, 3)) await store.claimRelease(claimOf(`row==${key.version}`, 'e'));
  const records = await store.readReleases([...keys.toReversed(), keys[1]!]);
  expect(records.map((record) => record?.version)).toEqual([...Array(117).fill(undefined), '2', '1', '0', '1']);
  expect(await store.readReleases([])).toEqual([]);
  expect((await store.releasesOf(release('row==0').name)).map(({ version }) => version)).toEqual(['0', '1', '2']);
});

test('the records and the withheld files of a project are read together, and nothing else of it', async () => {
  const { store } = table;
  const { name } = release('both==1');
  const withheld = { name, version: '1', files: {}, policyVersion: 'p1' };
  await store.claimRelease(claimOf('both==1', 'e'));
  await store.claimRelease(claimOf('both==2rc1', 'e'));
  await store.putWithheld(withheld);
  await store.recordMetadata(release('both==1'), []);
  await store.putUploadTimes([{ name, version: '1', files: {} }]);
  await store.putVettedFiles({ name, version: '1', revision: 'r', sha256: {} });
  expect(await store.projectRecords(name)).toEqual({
    releases: await store.releasesOf(name),
    withheld: [withheld],
  });
  expect((await store.releasesOf(name)).map(({ version }) => version)).toEqual(['1', '2rc1']);
  expect(await store.projectRecords(release('none==1').name)).toEqual({ releases: [], withheld: [] });
});

test('evidence is stored, and cut at 30 KB', async () => {
  const { store } = table;
  await store.putEvidence(release('seen==1'), { findings: [1, 2] });
  expect(await store.readEvidence(release('seen==1'))).toEqual({ findings: [1, 2] });
  await store.putEvidence(release('seen==2'), { text: 'x'.repeat(500_000) });
  const evidence = (await store.readEvidence(release('seen==2'))) as { cut: string };
  expect(Buffer.byteLength(evidence.cut)).toBe(30_000);
});

test('only the leases of dead executions are ended', async () => {
  const { store, clock } = table;
  await store.claimRequest(recordOf({ requestId: 'left', execution: 'x1', leaseUntil: clock.now + 9e9 }), undefined);
  await store.claimRelease(claimOf('left==1', 'x1', { leaseUntil: clock.now + 9e9 }));
  await store.claimRelease(claimOf('left==2', 'x2', { leaseUntil: clock.now + 9e9 }));
  expect(await endLeases(store, (execution) => execution === 'x1')).toBe(2);
  expect(await store.readRequest('left', { consistent: true })).toMatchObject({ leaseUntil: 0, status: 'CHECK' });
  expect(await store.claimRelease(claimOf('left==1', 'x3'))).toBeDefined();
  expect(await store.claimRelease(claimOf('left==2', 'x3'))).toBeUndefined();
});

test("a request's releases are those of the last round of its newest execution, with their status", async () => {
  const { store } = table;
  await store.claimRequest(recordOf({ requestId: 'rounds', execution: 'new' }), undefined);
  const item = (text: string, execution: string, round: number) => ({ ...release(text), sha256: {}, execution, round });
  await store.putRequestReleases('rounds', [
    item('former==1', 'old', 5),
    item('refused==2', 'new', 1),
    item('taken==1', 'new', 2),
    item('waiting==1', 'new', 2),
  ]);
  await store.claimRelease(claimOf('taken==1', 'new'));
  await store.advance(release('taken==1'), 'new', 'CHECK', { status: 'SECURE' });
  expect(await releasesOfRequest(store, 'rounds')).toEqual([
    { ...release('taken==1'), status: 'SECURE' },
    { ...release('waiting==1'), status: 'CHECK' },
  ]);
});

test('a list by status is newest first and separates releases from requests', async () => {
  const { store, clock } = table;
  for (const version of ['1', '2']) {
    clock.now += 1000;
    await store.claimRelease(claimOf(`listed==${version}`, 'e'));
    await store.advance(release(`listed==${version}`), 'e', 'CHECK', { status: 'COPY' });
  }
  const { releases, requests } = await store.listByStatus('COPY');
  expect(releases.map(({ version }) => version)).toEqual(['2', '1']);
  expect(requests).toEqual([]);
  expect((await store.listByStatus('COPY', { limit: 1 })).releases).toHaveLength(1);
});

test('upload times are stored by release, and read by project', async () => {
  const files = { 'timed-1.zip': '2026-01-01T00:00:00.000Z' };
  await table.store.putUploadTimes([
    { ...release('timed==1'), files },
    { ...release('timed==2'), files: {} },
    { ...release('other==1'), files },
  ]);
  expect(await table.store.uploadTimesOf(release('timed==1').name)).toEqual([
    { name: 'timed', version: '1', files },
    { name: 'timed', version: '2', files: {} },
  ]);
});
