import { expect, test } from 'vitest';
import { mapConcurrently } from '../../src/map-concurrently.ts';
import { eventInput, eventPattern, vettingWorkflow } from '../../src/workflow/definition.ts';
import { failureMessage } from '../../src/workflow/failure-message.ts';
import { readInput } from '../../src/workflow/input.ts';
import { taskNames } from '../../src/workflow/task-names.ts';
import { requestFor } from '../vetting/examples.ts';

test('parallel work keeps its limit and its order, and rejects with the first error', async () => {
  let running = 0;
  let max = 0;
  const work = async (item: number) => {
    running += 1;
    max = Math.max(max, running);
    await new Promise((done) => setTimeout(done, (item * 7) % 5));
    running -= 1;
    return item * 2;
  };
  const items = Array.from({ length: 30 }, (_, at) => at);
  expect(await mapConcurrently(items, 4, work)).toEqual(items.map((item) => item * 2));
  expect(max).toBe(4);
  await expect(mapConcurrently(items, 4, async () => Promise.reject(new Error('no')))).rejects.toThrow('no');
});

test('an event requests its project for the interpreter in its User-Agent, or for the default one', () => {
  const userAgents: string[] = [];
  const environmentOf = (userAgent: string) => {
    userAgents.push(userAgent);
    return userAgent === 'known' ? { ...requestFor(1, 'a').environment, platform: 'win_amd64' } : undefined;
  };
  expect(readInput({ package: 'Foo_Bar', userAgent: 'known' }, environmentOf)?.content).toMatchObject({
    roots: ['foo-bar'],
    environment: { platform: 'win_amd64' },
    requestedBy: 'event',
  });
  expect(readInput({ package: 'foo' }, environmentOf)?.content.environment.platform).toBe('linux_x86_64');
  expect(readInput({ package: '' }, environmentOf)).toBeUndefined();
  expect(readInput({ package: 'a b' }, environmentOf)).toBeUndefined();
  expect(userAgents).toEqual(['known']);
});

test.each([
  ['another identity', { ...requestFor(1, 'a'), requestId: requestFor(1, 'b').requestId }],
  ['attempt 0', { ...requestFor(1, 'a'), attempt: 0 }],
  ['a fractional attempt', { ...requestFor(1, 'a'), attempt: 1.5 }],
  ['no roots', { ...requestFor(1), roots: [] }],
  ['roots that are not strings', { ...requestFor(1, 'a'), roots: [1] }],
  ['too many roots', { ...requestFor(1, 'a'), roots: Array(5001).fill('a') }],
  ['null as input', null],
  ['a string as input', 'request'],
])('a request with %s is rejected', (_, input) => {
  expect(() => readInput(input, () => undefined)).toThrow(/vetting/);
});

test('a failure of a Lambda function, an engine or a time limit becomes one sentence', () => {
  const cause = JSON.stringify({ errorType: 'Unavailable', errorMessage: 'the index is down', trace: ['at …'] });
  expect(failureMessage({ Error: 'Unavailable', Cause: cause })).toBe('the index is down');
  expect(failureMessage({ Error: 'Unavailable', Cause: 'the index is down' })).toBe('the index is down');
  expect(failureMessage({ Error: 'States.Timeout', Cause: '' })).toBe('a step of the workflow took too long');
  expect(failureMessage({ Error: 'Sandbox.Timedout', Cause: '{}' })).toBe('a step of the workflow took too long');
  expect(failureMessage({ Error: 'Oops', Cause: '' })).toBe('Oops');
  expect(failureMessage({ Error: 'E', Cause: 'the file is not valid\n  line 1: no\n  line 2: no\n' })).toBe(
    'the file is not valid: line 1: no; line 2: no',
  );
  expect(failureMessage(undefined)).toBe('the workflow failed');
  expect(failureMessage({ Error: 'x', Cause: 'y'.repeat(1000) })).toHaveLength(300);
});

test('every task has one state of its name, with a Lambda function, time limit, retries and a path to ERROR', () => {
  type Inner = { readonly States: Record<string, State> };
  type State = { Type: string; ItemProcessor?: Inner; Branches?: Inner[] } & Record<string, unknown>;
  const states = (byName: Record<string, State>): [string, State][] =>
    Object.entries(byName).flatMap(([name, state]) => [
      [name, state] as [string, State],
      ...(state.ItemProcessor ? states(state.ItemProcessor.States) : []),
      ...(state.Branches ?? []).flatMap(({ States }) => states(States)),
    ]);
  const document = vettingWorkflow((task) => `arn:aws:lambda:us-east-1:1:function:${task}`);
  const tasks = states(document.States as never).filter(([, { Type }]) => Type === 'Task');
  expect(tasks.map(([name]) => name).sort()).toEqual([...taskNames].sort());
  for (const [name, state] of tasks) {
    expect(state).toMatchObject({
      Resource: 'arn:aws:states:::lambda:invoke',
      Parameters: { FunctionName: `arn:aws:lambda:us-east-1:1:function:${name}`, Payload: { task: name } },
      TimeoutSeconds: expect.any(Number),
    });
    expect(state.Retry).toHaveLength(3);
    // The Parallel state catches the errors of its branches.
    if (!['Fail', 'FailBatch', 'Assess', 'Ingest'].includes(name))
      expect(state.Catch).toMatchObject([{ ErrorEquals: ['States.ALL'] }]);
  }
  // The limit of a Lambda function is 900 s.
  expect(Math.max(...tasks.map(([, state]) => state.TimeoutSeconds as number))).toBeLessThan(900);
});

test("the event pattern names one repository and excludes awspip's own requests", () => {
  const { detail } = eventPattern({ domain: 'corp', repository: 'secure-pypi' });
  expect(detail.requestParameters).toEqual({
    domainName: ['corp'],
    repositoryName: ['secure-pypi'],
    packageFormat: ['pypi'],
  });
  expect(detail.userAgent).toEqual([{ 'anything-but': { prefix: 'awspip/' } }]);
  expect(detail.errorCode).toEqual([{ 'anything-but': { prefix: 'AccessDenied' } }]);
  for (const [, name] of eventInput.InputTemplate.matchAll(/<(\w+)>/g))
    expect(eventInput.InputPathsMap).toHaveProperty(name!);
});
