import { afterAll, beforeAll, expect, test } from 'vitest';
import { normaliseName } from '../../src/index/names.ts';
import { countStart } from '../../src/infra/functions/parts/count-start.ts';
import { nextSecureReleases } from '../../src/infra/functions/parts/next-secure-releases.ts';
import { documentClient } from '../../src/vetting/table.ts';
import { type TestTable, testTable } from '../vetting/table.ts';

let table: TestTable;
beforeAll(async () => {
  table = await testTable();
});
afterAll(() => table.close());

const recordTable = () => ({ client: documentClient(table.client), table: 'awspip' });
const noon = Date.parse('2026-03-01T12:00:00Z');

test('concurrent starts are counted up to the limit per minute', async () => {
  const counted = await Promise.all(Array.from({ length: 20 }, () => countStart(recordTable(), 7, noon)));
  expect(counted.filter(Boolean)).toHaveLength(7);
  expect(await countStart(recordTable(), 7, noon + 59_000)).toBe(false);
  expect(await countStart(recordTable(), 7, noon + 60_000)).toBe(true);
});

test('only SECURE releases are checked again', async () => {
  const claim = (name: string) => ({
    release: { name: normaliseName(name), version: '1.0' },
    execution: 'a-1',
    requestedBy: 'dev',
    leaseUntil: table.clock.now + 60_000,
    policyVersion: 'p',
    startedAt: new Date(table.clock.now).toISOString(),
  });
  for (const name of ['one', 'two', 'waiting']) await table.store.claimRelease(claim(name));
  for (const name of ['one', 'two']) {
    await table.store.advance({ name: normaliseName(name), version: '1.0' }, 'a-1', 'CHECK', { status: 'SECURE' });
  }
  for (const _ of ['first run', 'second run']) {
    const found = await nextSecureReleases({ ...recordTable(), now: table.clock.now });
    expect(found.map(({ name, version, status }) => `${name} ${version} ${status}`).sort()).toEqual([
      'one 1.0 SECURE',
      'two 1.0 SECURE',
    ]);
  }
});
