import { expect, test } from 'vitest';
import { mapConcurrently } from '../../src/map-concurrently.ts';
import { eventInput, eventPattern, vettingWorkflow } from '../../src/workflow/definition.ts';
import { readInput } from '../../src/workflow/input.ts';
import { shownError } from '../../src/workflow/shown-error.ts';
import { taskNames } from '../../src/workflow/task-names.ts';
import { requestFor } from '../vetting/examples.ts';

test('work in parallel keeps to its limit and its order, and ends with the first throw', async () => {
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

test('an event asks for its project with the interpreter its User-Agent names, or a usual one', () => {
  const seen: string[] = [];
  const environmentOf = (userAgent: string) => {
    seen.push(userAgent);
    return userAgent === 'known' ? { ...requestFor(1, 'a').environment, platform: 'win_amd64' } : undefined;
  };
  expect(readInput({ package: 'Foo_Bar', userAgent: 'known' }, environmentOf)?.ask).toMatchObject({
    roots: ['foo-bar'],
    environment: { platform: 'win_amd64' },
    requestedBy: 'event',
  });
  expect(readInput({ package: 'foo' }, environmentOf)?.ask.environment.platform).toBe('linux_x86_64');
  expect(readInput({ package: '' }, environmentOf)).toBeUndefined();
  expect(readInput({ package: 'a b' }, environmentOf)).toBeUndefined();
  expect(seen).toEqual(['known']);
});

test.each([
  ['another identity', { ...requestFor(1, 'a'), requestId: requestFor(1, 'b').requestId }],
  ['no attempt', { ...requestFor(1, 'a'), attempt: 0 }],
  ['a fraction of an attempt', { ...requestFor(1, 'a'), attempt: 1.5 }],
  ['no roots', { ...requestFor(1), roots: [] }],
  ['roots that are no texts', { ...requestFor(1, 'a'), roots: [1] }],
  ['too many roots', { ...requestFor(1, 'a'), roots: Array(5001).fill('a') }],
  ['nothing', null],
  ['a text', 'request'],
])('a request with %s is refused', (_, input) => {
  expect(() => readInput(input, () => undefined)).toThrow(/vetting/);
});

test('what a Lambda, an engine or a time limit says of a failure becomes one sentence', () => {
  const cause = JSON.stringify({ errorType: 'Unavailable', errorMessage: 'the index is down', trace: ['at …'] });
  expect(shownError({ Error: 'Unavailable', Cause: cause })).toBe('the index is down');
  expect(shownError({ Error: 'Unavailable', Cause: 'the index is down' })).toBe('the index is down');
  expect(shownError({ Error: 'States.Timeout', Cause: '' })).toBe('a step of the workflow took too long');
  expect(shownError({ Error: 'Oops', Cause: '' })).toBe('Oops');
  expect(shownError(undefined)).toBe('the workflow failed');
  expect(shownError({ Error: 'x', Cause: 'y'.repeat(1000) })).toHaveLength(300);
});

test('every task has one state of its name, all called as Lambda functions with time limit, retry and a way to ERROR', () => {
  type State = { Type: string; States?: unknown; ItemProcessor?: { States: Record<string, State> } } & Record<
    string,
    unknown
  >;
  const states = (of: Record<string, State>): [string, State][] =>
    Object.entries(of).flatMap(([name, state]) => [
      [name, state] as [string, State],
      ...(state.ItemProcessor ? states(state.ItemProcessor.States) : []),
    ]);
  const document = vettingWorkflow((task) => `arn:aws:lambda:us-east-1:1:function:${task}`);
  const tasks = states(document.States as never).filter(([, { Type }]) => Type === 'Task');
  expect(tasks.map(([name]) => name).sort()).toEqual([...taskNames].sort());
  for (const [name, state] of tasks) {
    expect(state).toMatchObject({
      Resource: 'arn:aws:states:::lambda:invoke',
      Parameters: { FunctionName: `arn:aws:lambda:us-east-1:1:function:${name}` },
      TimeoutSeconds: expect.any(Number),
    });
    expect(state.Retry).toHaveLength(2);
    if (!['Fail', 'FailBatch'].includes(name)) expect(state.Catch).toMatchObject([{ ErrorEquals: ['States.ALL'] }]);
  }
  // Lambda's own limit is 900 s.
  expect(Math.max(...tasks.map(([, state]) => state.TimeoutSeconds as number))).toBeLessThan(900);
});

test('the event pattern is pinned to one repository and leaves out what awspip itself asks', () => {
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
