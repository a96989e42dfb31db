import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SFNClient } from '@aws-sdk/client-sfn';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { sfnStarter } from '../../src/vetting/starter.ts';
import { requestFor } from '../vetting/examples.ts';

type Reply = { readonly status: number; readonly body: object };
const answer = (name: string, status = 400): Reply => ({ status, body: { __type: name, message: `${name} it is` } });
const started: Reply = { status: 200, body: { executionArn: 'arn:execution', startDate: 1 } };

let server: Server;
let client: SFNClient;
let replies: Reply[];
let asked: { target: string; body: { name: string; input: string } }[];

beforeEach(async () => {
  replies = [];
  asked = [];
  server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    asked.push({ target: String(request.headers['x-amz-target']), body: JSON.parse(Buffer.concat(chunks).toString()) });
    const reply = replies.shift() ?? started;
    response.writeHead(reply.status, { 'content-type': 'application/x-amz-json-1.0' });
    response.end(JSON.stringify(reply.body));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', () => done()));
  client = new SFNClient({
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  });
});
afterEach(async () => {
  client.destroy();
  await new Promise((done) => server.close(done));
});

const starter = () =>
  sfnStarter({ client, stateMachineArn: 'arn:machine', sleep: async () => undefined, random: () => 0.5 });
const start = () => starter().start('name-1', requestFor(1, 'demo'));

test('an execution is started by its name with the whole request as input', async () => {
  expect(await start()).toBe('started');
  expect(asked).toHaveLength(1);
  expect(asked[0]).toMatchObject({ target: 'AWSStepFunctions.StartExecution', body: { name: 'name-1' } });
  expect(JSON.parse(asked[0]!.body.input)).toEqual(requestFor(1, 'demo'));
});

test('a name that was used before means that someone has it in hand', async () => {
  replies = [answer('ExecutionAlreadyExists')];
  expect(await start()).toBe('exists');
});

test('throttling is waited out a little, and said if it lasts', async () => {
  replies = [answer('ThrottlingException'), answer('ThrottlingException')];
  expect(await start()).toBe('started');
  replies = Array(10).fill(answer('ThrottlingException'));
  await expect(start()).rejects.toMatchObject({ exit: 'unavailable' });
  expect(replies).toHaveLength(6);
});

test.each([
  ['AccessDeniedException', 'denied'],
  ['ExpiredTokenException', 'denied'],
  ['StateMachineDoesNotExist', 'configuration'],
  ['InternalServerException', 'unavailable'],
])('%s ends with exit %s and the fact', async (name, exit) => {
  replies = [answer(name)];
  await expect(start()).rejects.toMatchObject({ exit, message: expect.stringContaining(`${name} it is`) });
});

test('a service that is not there is unavailable', async () => {
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
  await expect(start()).rejects.toMatchObject({ exit: 'unavailable' });
});

test('a request beyond what Step Functions takes is refused here, with the way out', async () => {
  const request = {
    ...requestFor(1, 'demo'),
    roots: Array.from({ length: 300 }, (_, at) => `demo${at}==${'1'.repeat(1000)}`),
  };
  await expect(starter().start('name-1', request)).rejects.toMatchObject({ exit: 'usage' });
  expect(asked).toEqual([]);
});
