import type { AddressInfo } from 'node:net';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import dynalite from 'dynalite';
import { vettingStore } from '../../src/vetting/store.ts';
import type { VettingStore } from '../../src/vetting/store-types.ts';
import { createTable, documentClient } from '../../src/vetting/table.ts';

export type TestTable = {
  readonly store: VettingStore;
  readonly client: DynamoDBClient;
  readonly clock: { now: number };
  close(): Promise<void>;
};

/** Starts an in-memory DynamoDB server in this process, with the table and a clock that the test sets. */
export async function testTable(): Promise<TestTable> {
  const server = dynalite({ createTableMs: 0 });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', () => done()));
  const { port } = server.address() as AddressInfo;
  const client = new DynamoDBClient({
    endpoint: `http://127.0.0.1:${port}`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  await createTable(client, 'awspip');
  const clock = { now: Date.parse('2026-01-01T00:00:00Z') };
  return {
    store: vettingStore({ client: documentClient(client), table: 'awspip', now: () => clock.now }),
    client,
    clock,
    async close() {
      client.destroy();
      await new Promise<void>((done) => server.close(() => done()));
    },
  };
}
