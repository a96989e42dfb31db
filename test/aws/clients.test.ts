import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { expect, test } from 'vitest';
import { dynamoClient } from '../../src/aws/clients.ts';
import { inProcessHandler } from '../../src/local/in-process-handler.ts';

const answering = (status: number, body: unknown) => ({
  region: 'us-east-1',
  credentials: { accessKeyId: 'key', secretAccessKey: 'secret' },
  requestHandler: inProcessHandler(async () => ({
    status,
    headers: { 'content-type': 'application/x-amz-json-1.0' },
    body: JSON.stringify(body),
  })),
});

/** Returns how often a call reads a member of its input. */
async function readsOfInput(client: DynamoDBClient): Promise<number> {
  let reads = 0;
  const input = {
    get Limit() {
      reads += 1;
      return 3;
    },
  };
  await client.send(new ListTablesCommand(input)).catch(() => undefined);
  return reads;
}

test.each([
  ['succeeds', 200, { TableNames: ['a'] }],
  ['fails', 400, { __type: 'com.amazonaws.dynamodb.v20120810#ResourceNotFoundException', message: 'no table' }],
])('a call that %s is not copied for a log that nobody reads', async (_, status, body) => {
  const options = answering(status, body);
  const logged = await readsOfInput(new DynamoDBClient(options));
  const own = await readsOfInput(await dynamoClient(options));
  expect(own).toBeGreaterThan(0);
  expect(own).toBeLessThan(logged);
});

test('an error of a service keeps its name and its message', async () => {
  const client = await dynamoClient(
    answering(400, { __type: 'com.amazonaws.dynamodb.v20120810#ResourceNotFoundException', message: 'no table' }),
  );
  await expect(client.send(new ListTablesCommand({}))).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
    message: 'no table',
  });
});
