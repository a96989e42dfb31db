import { afterAll, beforeAll, expect, test } from 'vitest';
import { normaliseName } from '../../src/index/names.ts';
import type { ProjectName } from '../../src/index/types.ts';
import { readVettedWith } from '../../src/vetting/vetted-with.ts';
import { type TestTable, testTable } from './table.ts';

let table: TestTable;
beforeAll(async () => {
  table = await testTable();
});
afterAll(() => table.close());

const name = (text: string): ProjectName => normaliseName(text);
const digest = 'a'.repeat(64);

test('what the last request resolved for a root is recorded', async () => {
  const { store } = table;
  expect(await store.vettedWith(name('demo'))).toEqual(new Map());
  await store.putVettedWith(name('demo'), new Map([[name('old'), undefined]]));
  const projects = new Map([
    [name('demo'), digest],
    [name('leaf'), undefined],
  ]);
  await store.putVettedWith(name('demo'), projects);
  expect(await store.vettedWith(name('demo'))).toEqual(projects);
  expect(await store.vettedWith(name('leaf'))).toEqual(new Map());
});

test.each<[string, unknown, readonly unknown[]]>([
  ['names that are none', { '../x': digest, ok: digest }, [['ok', digest]]],
  [
    'digests that are none',
    { one: 5, other: 'abc' },
    [
      ['one', undefined],
      ['other', undefined],
    ],
  ],
  ['an item of another kind', 'text', []],
  ['no item', undefined, []],
])('%s are ignored', (_, projects, expected) => {
  expect([...readVettedWith({ projects })]).toEqual(expected);
});

test('an item with too many projects is not read completely', () => {
  const projects = Object.fromEntries(Array.from({ length: 500 }, (_, at) => [`p${at}`, digest]));
  expect(readVettedWith({ projects }).size).toBe(150);
});
