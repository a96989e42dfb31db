import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { serviceClock, smallestOffset } from '../../src/vetting/service-clock.ts';

const hour = 3_600_000;
let ahead = 0;
const server = createServer((request, response) => {
  request.resume();
  response.writeHead(200, {
    'content-type': 'application/x-amz-json-1.0',
    date: new Date(Date.now() + ahead).toUTCString(),
  });
  response.end('{"TableNames":[]}');
});
let client: DynamoDBClient;

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  client = new DynamoDBClient({
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
  });
});
afterAll(async () => {
  client.destroy();
  await new Promise((resolve) => server.close(resolve));
});

test('equal clocks have no offset, and a clock that is an hour off has one of an hour', async () => {
  const offset = serviceClock(client, Date.now);
  expect(offset()).toBe(0);
  for (const [difference, least, most] of [
    [0, 0, 0],
    [hour, hour - 60_000, hour],
    [-hour, -hour - 60_000, 60_000 - hour],
  ] as const) {
    ahead = difference;
    await client.send(new ListTablesCommand({}));
    expect(offset()).toBeGreaterThanOrEqual(least);
    expect(offset()).toBeLessThanOrEqual(most);
  }
});

test('the part of a second that a Date lacks is not an offset', () => {
  const second = Date.parse('2026-11-26T12:00:00Z');
  for (const part of [0, 1, 500, 999]) {
    const sent = second + part;
    expect(smallestOffset({ sent, received: sent + 5, time: Math.floor(sent / 1000) * 1000 })).toBe(0);
  }
  expect(smallestOffset({ sent: second, received: second, time: second + 5000 })).toBe(5000);
  expect(smallestOffset({ sent: second, received: second, time: second - 5000 })).toBe(-4001);
});
