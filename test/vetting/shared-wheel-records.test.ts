import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openRecordsLater, sharedWheelRecords } from '../../src/vetting/shared-wheel-records.ts';
import { documentClient } from '../../src/vetting/table.ts';
import { digestOfText } from '../../src/vetting/wheel-metadata.ts';
import { release } from './examples.ts';
import { type TestTable, testTable } from './table.ts';

let table: TestTable;
beforeAll(async () => {
  table = await testTable();
});
afterAll(() => table.close());

const text = Buffer.from('Metadata-Version: 2.1\nName: demo\nVersion: 1\n\n');
const wheel = 'a'.repeat(64);
const withheld = (version: string) => ({
  ...{ name: release('demo==1').name, version, policyVersion: 'p' },
  files: { [`demo-${version}.zip`]: { status: 'HELD' as const, reasons: ['no'] } },
});

/** A store that counts its calls, and answers that the items are too many if `isLarge`. */
function counted(isLarge = false) {
  const calls: string[] = [];
  const { store } = table;
  const counting = {
    ...store,
    wheelRecords: async (name: Parameters<typeof store.wheelRecords>[0]) => {
      calls.push('both');
      return isLarge ? undefined : store.wheelRecords(name);
    },
    withheldOf: async (name: Parameters<typeof store.withheldOf>[0]) => {
      calls.push('withheld');
      return store.withheldOf(name);
    },
    metadataDigests: async (name: Parameters<typeof store.metadataDigests>[0]) => {
      calls.push('digests');
      return store.metadataDigests(name);
    },
  };
  return { store: sharedWheelRecords(counting), calls };
}

test.each([
  [false, ['both']],
  [true, ['both', 'withheld', 'digests']],
])('one call answers both questions about a project, unless its items are too many (%s)', async (isLarge, expected) => {
  const { name } = release('demo==1');
  await table.store.putWithheld(withheld('1'));
  await table.store.putWithheld(withheld('2'));
  await table.store.recordMetadata(release('demo==1'), [{ sha256: wheel, text }]);
  const { store, calls } = counted(isLarge);
  const [files, digests] = await Promise.all([store.withheldOf(name), store.metadataDigests(name)]);
  expect(files).toEqual([withheld('1'), withheld('2')]);
  expect(digests).toEqual(new Map([[wheel, digestOfText(text)]]));
  expect(calls).toEqual(expected);
});

test('a later question is asked again, because files may have been withheld since', async () => {
  const { name } = release('demo==1');
  const { store } = counted();
  await store.withheldOf(name);
  await table.store.putWithheld(withheld('3'));
  expect((await store.withheldOf(name)).map(({ version }) => version)).toEqual(['1', '2', '3']);
});

test('items of kinds that a later version adds are ignored', async () => {
  const { name } = release('other==1');
  await table.store.putWithheld({ ...withheld('1'), name });
  const Item = { pk: `pypi#${name}`, sk: 'wx#1', something: true };
  await documentClient(table.client).send(new PutCommand({ TableName: 'awspip', Item }));
  expect((await table.store.wheelRecords(name))?.withheld.map(({ version }) => version)).toEqual(['1']);
});

test('the records are opened once, after what was requested before them is sent', async () => {
  const events: string[] = [];
  const records = openRecordsLater(async () => {
    events.push('opened');
    return table.store;
  });
  const server = createServer((socket) => socket.end()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const connection = connect((server.address() as AddressInfo).port, '127.0.0.1', () => events.push('sent'));
  connection.resume();
  const first = records();
  expect(await records()).toBe(await first);
  await once(connection, 'close');
  server.close();
  expect(events).toEqual(['sent', 'opened']);
});
