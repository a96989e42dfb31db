import { setTimeout as pause } from 'node:timers/promises';
import { GetAuthorizationTokenCommand } from '@aws-sdk/client-codeartifact';
import { CreateTableCommand, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import {
  DescribeExecutionCommand,
  DescribeStateMachineCommand,
  ExecutionAlreadyExists,
  ExecutionDoesNotExist,
  GetExecutionHistoryCommand,
  InvalidName,
  ListExecutionsCommand,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stateMachineArn } from '../../src/local/names.ts';
import { openStack } from '../../src/local/stack.ts';
import { smallTasks } from '../local/support/small-workflow.ts';
import { clientsOf, closeSmallStack, type OpenedStack, openSmallStack } from '../local/support/stack.ts';

let opened: OpenedStack;
let clients: ReturnType<typeof clientsOf>;

beforeAll(async () => {
  opened = await openSmallStack();
  clients = clientsOf(opened.stack);
});
afterAll(() => closeSmallStack(opened));

const start = (name: string, input: object) =>
  clients.stepFunctions.send(new StartExecutionCommand({ stateMachineArn, name, input: JSON.stringify(input) }));

const arnOf = (name: string): string => stateMachineArn.replace(':stateMachine:', ':execution:').concat(':', name);

async function finished(name: string) {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const found = await clients.stepFunctions.send(new DescribeExecutionCommand({ executionArn: arnOf(name) }));
    if (found.status !== 'RUNNING') return found;
    await pause(25);
  }
  throw new Error(`${name} still runs`);
}

describe('Step Functions as the local stack speaks it', () => {
  it('runs the document with its tasks, through Map and Choice', async () => {
    const { executionArn } = await start('whole', { items: [1, 2, 3] });
    expect(executionArn).toBe(arnOf('whole'));
    const { status, output, input, stopDate } = await finished('whole');
    expect(status).toBe('SUCCEEDED');
    expect(JSON.parse(output ?? '')).toEqual({ items: [1, 2, 3], again: false, done: [2, 4, 6] });
    expect(input).toBe('{"items":[1,2,3]}');
    expect(stopDate).toBeInstanceOf(Date);
  });

  it('tells the history in the words of the service', async () => {
    await start('history', { items: [1] });
    await finished('history');
    const { events } = await clients.stepFunctions.send(
      new GetExecutionHistoryCommand({ executionArn: arnOf('history') }),
    );
    const types = (events ?? []).map(({ type }) => type);
    expect(types.slice(0, 3)).toEqual(['ExecutionStarted', 'TaskStateEntered', 'TaskStateExited']);
    expect(types).toEqual(expect.arrayContaining(['MapStateEntered', 'MapIterationStarted', 'ChoiceStateEntered']));
    expect(types.at(-1)).toBe('ExecutionSucceeded');
    expect(events?.[1]?.stateEnteredEventDetails).toEqual({ name: 'Plan', input: '{"items":[1]}' });
    expect((events ?? []).map(({ id }) => id)).toEqual(types.map((_, at) => at + 1));
  });

  it('retries what the document retries, and fails with the error and cause that the document names', async () => {
    const before = opened.calls.length;
    await start('unsteady', { fail: 'Unsteady' });
    await start('broken', { fail: 'Broken' });
    expect(await finished('broken')).toMatchObject({ status: 'FAILED', error: 'Broken', cause: 'on purpose' });
    expect(await finished('unsteady')).toMatchObject({ status: 'FAILED', error: 'Unsteady' });
    expect(opened.calls.length - before).toBe(4);
  });

  it('gives the same answer to the same name and input, and refuses the name otherwise', async () => {
    const first = await start('same', { again: true });
    const second = await start('same', { again: true });
    expect(second.startDate).toEqual(first.startDate);
    await expect(start('same', { again: false })).rejects.toBeInstanceOf(ExecutionAlreadyExists);
    await clients.stepFunctions.send(
      new StopExecutionCommand({ executionArn: arnOf('same'), error: 'Enough', cause: 'of it' }),
    );
    expect(await finished('same')).toMatchObject({ status: 'ABORTED', error: 'Enough', cause: 'of it' });
    await expect(start('same', { again: true })).rejects.toBeInstanceOf(ExecutionAlreadyExists);
  });

  it('starts one execution for twenty callers of the same name at once', async () => {
    const before = opened.calls.length;
    const answers = await Promise.allSettled(Array.from({ length: 20 }, () => start('crowd', { items: [] })));
    expect(answers.filter(({ status }) => status === 'fulfilled').length).toBeGreaterThan(0);
    await finished('crowd');
    expect(opened.calls.length - before).toBe(1);
  });

  it('refuses names that the service refuses, and says of executions that they do not exist', async () => {
    await expect(start('a/b', {})).rejects.toBeInstanceOf(InvalidName);
    const unknown = new DescribeExecutionCommand({ executionArn: arnOf('unknown') });
    await expect(clients.stepFunctions.send(unknown)).rejects.toBeInstanceOf(ExecutionDoesNotExist);
  });

  it('shows the document, and lists executions newest first', async () => {
    const machine = await clients.stepFunctions.send(new DescribeStateMachineCommand({ stateMachineArn }));
    expect(JSON.parse(machine.definition ?? '')).toEqual(opened.options.definition);
    const { executions, nextToken } = await clients.stepFunctions.send(
      new ListExecutionsCommand({ stateMachineArn, maxResults: 2 }),
    );
    expect(executions).toHaveLength(2);
    expect(nextToken).toBeDefined();
    const starts = (executions ?? []).map(({ startDate }) => startDate?.getTime() ?? 0);
    expect(starts).toEqual(starts.toSorted((a, b) => b - a));
  });
});

describe('DynamoDB on the same port', () => {
  it('keeps items over a restart', async () => {
    const one = await openSmallStack();
    const { dynamoDb } = clientsOf(one.stack);
    await dynamoDb.send(
      new CreateTableCommand({
        TableName: 'awspip',
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      }),
    );
    await pause(20);
    await dynamoDb.send(new PutItemCommand({ TableName: 'awspip', Item: { pk: { S: 'kept' } } }));
    await one.stack.close();
    const two = { ...one, stack: await openStack({ ...one.options, port: one.stack.port }) };
    expect(two.stack.port).toBe(one.stack.port);
    const { Item } = await clientsOf(two.stack).dynamoDb.send(
      new GetItemCommand({ TableName: 'awspip', Key: { pk: { S: 'kept' } } }),
    );
    expect(Item).toEqual({ pk: { S: 'kept' } });
    await closeSmallStack(two);
  });

  it('is closed to callers without the secret', async () => {
    const stranger = clientsOf({ ...opened.stack, secret: { reveal: () => 'AKIASTRANGER00000000' } as never });
    const asked = stranger.dynamoDb.send(new GetItemCommand({ TableName: 'awspip', Key: { pk: { S: 'x' } } }));
    await expect(asked).rejects.toMatchObject({ name: 'UnrecognizedClientException' });
  });

  it('survives a caller who goes away in mid-request', async () => {
    const body = new ReadableStream({
      start: (controller) => {
        controller.enqueue(new TextEncoder().encode('{"TableName"'));
        setTimeout(() => controller.error(new Error('gone')), 20);
      },
    });
    const authorization = `AWS4-HMAC-SHA256 Credential=${opened.stack.secret.reveal()}/x`;
    const headers = { 'x-amz-target': 'DynamoDB_20120810.GetItem', authorization };
    await fetch(opened.stack.endpoint, { method: 'POST', headers, body, duplex: 'half' } as RequestInit).catch(
      () => {},
    );
    expect((await finished('whole')).status).toBe('SUCCEEDED');
  });
});

describe('the event of a project that secure-pypi lacks', () => {
  const requestContent = async (name: string, userAgent: string): Promise<number> => {
    const { authorizationToken } = await clients.codeArtifact.send(
      new GetAuthorizationTokenCommand({ domain: 'awspip' }),
    );
    const response = await fetch(`${opened.stack.endpoint}/pypi/secure-pypi/simple/${name}/`, {
      headers: { authorization: `Bearer ${authorizationToken}`, 'user-agent': userAgent },
    });
    return response.status;
  };
  const vetted = (name: string): boolean =>
    opened.calls.some((call) => (call as { package?: string }).package === name);

  it('starts the workflow with the project and who asked', async () => {
    expect(await requestContent('Plain_Pip', 'pip/26.0 {"python":"3.12"}')).toBe(404);
    await expect.poll(() => vetted('plain-pip'), { timeout: 10_000 }).toBe(true);
    expect(opened.calls).toContainEqual({ package: 'plain-pip', userAgent: 'pip/26.0 {"python":"3.12"}' });
  });

  it('does not start it for what awspip itself asks', async () => {
    expect(await requestContent('own-question', 'awspip/0.1.0')).toBe(404);
    expect(await requestContent('after-it', 'pip/26.0')).toBe(404);
    await expect.poll(() => vetted('after-it'), { timeout: 10_000 }).toBe(true);
    expect(vetted('own-question')).toBe(false);
  });
});

describe('a stack that ended while executions ran', () => {
  it('closes them when it starts again, and tells which they were before anything else can start', async () => {
    const one = await openSmallStack();
    const { stepFunctions } = clientsOf(one.stack);
    await stepFunctions.send(
      new StartExecutionCommand({ stateMachineArn, name: 'cut-short', input: '{"again":true}' }),
    );
    await expect.poll(() => one.stack.running(), { timeout: 10_000 }).toBe(1);
    await one.stack.close();
    const told: string[] = [];
    const stack = await openStack({
      ...one.options,
      tasks: () => smallTasks(),
      prepare: async (_access, died) => void told.push(...died),
    });
    expect(told).toEqual(['cut-short']);
    const found = await clientsOf(stack).stepFunctions.send(
      new DescribeExecutionCommand({ executionArn: arnOf('cut-short') }),
    );
    expect(found).toMatchObject({ status: 'ABORTED', error: 'Awspip.StackDied' });
    await closeSmallStack({ ...one, stack });
  });
});

describe('the firewall on the same port', () => {
  it('answers holders of the secret and of a token, and nobody else', async () => {
    const ask = (authorization: string): Promise<Response> =>
      fetch(`${opened.stack.endpoint}/package-check?package_name=request2`, { headers: { authorization } });
    expect((await ask('')).status).toBe(403);
    const answer = await ask(`Bearer ${opened.stack.secret.reveal()}`);
    expect(await answer.json()).toEqual({ asked: 'request2' });
  });
});
