import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SFNClient } from '@aws-sdk/client-sfn';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { sfnStarter } from '../../src/vetting/starter.ts';
import { requestFor } from '../vetting/examples.ts';

type Reply = { readonly status: number; readonly body: object; readonly headers?: Record<string, string> };
const failure = (name: string, status = 400): Reply => ({
  status,
  body: { __type: name, message: `${name} for the test` },
});
const started: Reply = { status: 200, body: { executionArn: 'arn:execution', startDate: 1 } };

let server: Server;
let client: SFNClient;
let replies: Reply[];
let requests: { target: string; body: { name: string; input: string } }[];

beforeEach(async () => {
  replies = [];
  requests = [];
  server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    requests.push({
      target: String(request.headers['x-amz-target']),
      body: JSON.parse(Buffer.concat(chunks).toString()),
    });
    const reply = replies.shift() ?? started;
    response.writeHead(reply.status, { 'content-type': 'application/x-amz-json-1.0', ...reply.headers });
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

test('an execution is started with its name and the request as input', async () => {
  expect(await start()).toBe('started');
  expect(requests).toHaveLength(1);
  expect(requests[0]).toMatchObject({ target: 'AWSStepFunctions.StartExecution', body: { name: 'name-1' } });
  expect(JSON.parse(requests[0]!.body.input)).toEqual(requestFor(1, 'demo'));
});

test('an existing execution name is reported as `exists`', async () => {
  replies = [failure('ExecutionAlreadyExists')];
  expect(await start()).toBe('exists');
});

test('throttling is retried a few times, then reported', async () => {
  replies = [failure('ThrottlingException'), failure('ThrottlingException')];
  expect(await start()).toBe('started');
  replies = Array(10).fill(failure('ThrottlingException'));
  await expect(start()).rejects.toMatchObject({ exit: 'unavailable' });
  expect(replies).toHaveLength(6);
});

test.each([
  ['AccessDeniedException', 'denied'],
  ['ExpiredTokenException', 'denied'],
  ['StateMachineDoesNotExist', 'configuration'],
  ['InternalServerException', 'unavailable'],
])('%s ends with exit %s and the message', async (name, exit) => {
  replies = [failure(name)];
  await expect(start()).rejects.toMatchObject({ exit, message: expect.stringContaining(`${name} for the test`) });
});

test('an unreachable service is unavailable', async () => {
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
  await expect(start()).rejects.toMatchObject({ exit: 'unavailable' });
});

test.each([
  ['beyond', 300],
  ['near', 220],
])('a request %s the limit of Step Functions is rejected before the call, with its size', async (_, count) => {
  const request = {
    ...requestFor(1, 'demo'),
    roots: Array.from({ length: count }, (_unused, at) => `demo${at}==${'1'.repeat(1000)}`),
  };
  await expect(starter().start('name-1', request)).rejects.toMatchObject({
    code: 'request-too-large',
    exit: 'usage',
    message: expect.stringMatching(
      new RegExp(`^${count} requirements and 0 constraints take \\d+ KB; one vetting request may take 192 KB$`),
    ),
    hint: 'split the requirements over several commands',
  });
  expect(requests).toEqual([]);
});

test('a request with a thousand pinned requirements is started', async () => {
  const roots = Array.from(
    { length: 1000 },
    (_, at) => `some-project-name-${at}[extra]==1.${at}.0; python_version >= "3.9"`,
  );
  expect(await starter().start('name-1', { ...requestFor(1, 'demo'), roots })).toBe('started');
});

test.each([
  ['the number of the header', { headers: { 'x-awspip-waits-for': '12' } }, 12],
  ['none without the header, as on AWS', {}, 0],
  ['none for a header without a number', { headers: { 'x-awspip-waits-for': 'many' } }, 0],
  ['none for a negative number', { headers: { 'x-awspip-waits-for': '-3' } }, 0],
])('an execution waits for %s', async (_, reply, expected) => {
  replies = [{ status: 200, body: { status: 'RUNNING' }, ...reply }];
  expect(await starter().waitsForOthers?.('name-1')).toBe(expected);
});

test('without the permission to describe executions, a client waits for none', async () => {
  replies = [failure('AccessDeniedException')];
  expect(await starter().waitsForOthers?.('name-1')).toBe(0);
});
