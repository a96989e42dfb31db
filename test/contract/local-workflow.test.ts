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
import { stateMachineArn } from '../helpers/stack-names.ts';
import { openOneDomain } from '../local/support/one-domain.ts';
import { smallTasks } from '../local/support/small-workflow.ts';
import { clientsOf, closeSmallStack, type OpenedStack, openSmallStack, pypiUrl } from '../local/support/stack.ts';

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

describe('the Step Functions API of the local stack', () => {
  it('runs the document with its tasks, through Map and Choice', async () => {
    const { executionArn } = await start('whole', { items: [1, 2, 3] });
    expect(executionArn).toBe(arnOf('whole'));
    const { status, output, input, stopDate } = await finished('whole');
    expect(status).toBe('SUCCEEDED');
    expect(JSON.parse(output ?? '')).toEqual({ items: [1, 2, 3], again: false, done: [2, 4, 6] });
    expect(input).toBe('{"items":[1,2,3]}');
    expect(stopDate).toBeInstanceOf(Date);
  });

  it('returns the history with the event types of Step Functions', async () => {
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

  it('applies the Retry of the document, and fails with the error and cause of its Fail state', async () => {
    const before = opened.calls.length;
    await start('unsteady', { fail: 'Unsteady' });
    await start('broken', { fail: 'Broken' });
    expect(await finished('broken')).toMatchObject({ status: 'FAILED', error: 'Broken', cause: 'on purpose' });
    expect(await finished('unsteady')).toMatchObject({ status: 'FAILED', error: 'Unsteady' });
    expect(opened.calls.length - before).toBe(4);
  });

  it('returns the running execution for the same name and input, and otherwise rejects the name', async () => {
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

  it('starts one execution for twenty concurrent callers of the same name', async () => {
    const before = opened.calls.length;
    const answers = await Promise.allSettled(Array.from({ length: 20 }, () => start('crowd', { items: [] })));
    expect(answers.filter(({ status }) => status === 'fulfilled').length).toBeGreaterThan(0);
    await finished('crowd');
    expect(opened.calls.length - before).toBe(1);
  });

  it('rejects names that Step Functions rejects, and executions that do not exist', async () => {
    await expect(start('a/b', {})).rejects.toBeInstanceOf(InvalidName);
    const unknown = new DescribeExecutionCommand({ executionArn: arnOf('unknown') });
    await expect(clients.stepFunctions.send(unknown)).rejects.toBeInstanceOf(ExecutionDoesNotExist);
  });

  it('returns the document, and lists executions newest first', async () => {
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
    const first = await openSmallStack();
    const { dynamoDb } = clientsOf(first.stack);
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
    await first.stack.close();
    const second = { ...first, stack: await openOneDomain({ ...first.options, port: first.stack.port }) };
    expect(second.stack.port).toBe(first.stack.port);
    const { Item } = await clientsOf(second.stack).dynamoDb.send(
      new GetItemCommand({ TableName: 'awspip', Key: { pk: { S: 'kept' } } }),
    );
    expect(Item).toEqual({ pk: { S: 'kept' } });
    await closeSmallStack(second);
  });

  it('rejects callers without the secret', async () => {
    const unauthorized = clientsOf({ ...opened.stack, secret: { reveal: () => 'AKIAUNKNOWN000000000' } as never });
    const answer = unauthorized.dynamoDb.send(new GetItemCommand({ TableName: 'awspip', Key: { pk: { S: 'x' } } }));
    await expect(answer).rejects.toMatchObject({ name: 'UnrecognizedClientException' });
  });

  it('survives a client that disconnects during a request', async () => {
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

describe('the event of a project that secure-pypi does not have', () => {
  const requestPage = async (name: string, userAgent: string): Promise<number> => {
    const { authorizationToken } = await clients.codeArtifact.send(
      new GetAuthorizationTokenCommand({ domain: 'awspip' }),
    );
    const response = await fetch(pypiUrl(opened.stack, `secure-pypi/simple/${name}/`), {
      headers: { authorization: `Bearer ${authorizationToken}`, 'user-agent': userAgent },
    });
    return response.status;
  };
  const vetted = (name: string): boolean =>
    opened.calls.some((call) => (call as { package?: string }).package === name);

  it('starts the workflow with the project and the user agent', async () => {
    expect(await requestPage('Plain_Pip', 'pip/26.0 {"python":"3.12"}')).toBe(404);
    await expect.poll(() => vetted('plain-pip'), { timeout: 10_000 }).toBe(true);
    expect(opened.calls).toContainEqual({ package: 'plain-pip', userAgent: 'pip/26.0 {"python":"3.12"}' });
  });

  it('does not start the workflow for a request of awspip', async () => {
    expect(await requestPage('requested-by-awspip', 'awspip/0.1.0')).toBe(404);
    expect(await requestPage('requested-later', 'pip/26.0')).toBe(404);
    await expect.poll(() => vetted('requested-later'), { timeout: 10_000 }).toBe(true);
    expect(vetted('requested-by-awspip')).toBe(false);
  });
});

describe('a stack that was closed while executions ran', () => {
  it('closes them on the next start, and passes their names to `prepare` before others can start', async () => {
    const first = await openSmallStack();
    const { stepFunctions } = clientsOf(first.stack);
    await stepFunctions.send(
      new StartExecutionCommand({ stateMachineArn, name: 'cut-short', input: '{"again":true}' }),
    );
    await expect.poll(() => first.stack.running(), { timeout: 10_000 }).toBe(1);
    await first.stack.close();
    const reported: string[] = [];
    const stack = await openOneDomain({
      ...first.options,
      tasks: () => smallTasks(),
      prepare: async (_access, orphaned) => void reported.push(...orphaned),
    });
    expect(reported).toEqual(['cut-short']);
    const found = await clientsOf(stack).stepFunctions.send(
      new DescribeExecutionCommand({ executionArn: arnOf('cut-short') }),
    );
    expect(found).toMatchObject({ status: 'ABORTED', error: 'Awspip.StackDied' });
    await closeSmallStack({ ...first, stack });
  });
});

describe('the firewall on the same port', () => {
  it('requires the secret or a token', async () => {
    const check = (authorization: string): Promise<Response> =>
      fetch(`${opened.stack.endpoint}/package-check?package_name=request2`, { headers: { authorization } });
    expect((await check('')).status).toBe(403);
    const answer = await check(`Bearer ${opened.stack.secret.reveal()}`);
    expect(await answer.json()).toEqual({ package: 'request2' });
  });
});
