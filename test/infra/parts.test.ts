import { expect, test } from 'vitest';
import { copyBudget } from '../../src/infra/functions/parts/copy-budget.ts';
import { answerFunctionUrl } from '../../src/infra/functions/parts/function-url.ts';
import { once } from '../../src/once.ts';
import { documentClient } from '../../src/vetting/table.ts';
import { testTable } from '../vetting/table.ts';

test('functions share the quota of copies, evenly spaced, however many run', async () => {
  const table = await testTable();
  const starts: number[] = [];
  const open = () =>
    copyBudget({
      ...{ client: documentClient(table.client), table: 'awspip' },
      now: () => 1_000_000,
      sleep: async (milliseconds) => void starts.push(milliseconds),
    });
  const functions = [open(), open(), open()];
  await Promise.all(Array.from({ length: 22 }, (_, at) => functions[at % 3]?.()));
  // The first turn needs no pause.
  const expected = Array.from({ length: 21 }, (_, at) => Math.round(((at + 1) * 2000) / 9));
  expect(starts.map(Math.round).sort((a, b) => a - b)).toEqual(expected);
  await table.close();
});

test('a copy without a turn, because the table does not answer, is an error with a cause and not a verdict', async () => {
  const table = await testTable();
  const waitForTurn = copyBudget({
    ...{ client: documentClient(table.client), table: 'absent' },
    now: () => 1_000_000,
    sleep: async () => {},
  });
  await expect(waitForTurn()).rejects.toMatchObject({
    name: 'AwspipError',
    message: expect.stringContaining('absent'),
  });
  await table.close();
});

test('once repeats a failed attempt and keeps a successful one', async () => {
  let tries = 0;
  const open = once(async () => {
    tries += 1;
    if (tries === 1) throw new Error('not yet');
    return tries;
  });
  await expect(open()).rejects.toThrow('not yet');
  expect([await open(), await open()]).toEqual([2, 2]);
});

test('a function URL passes path and query unchanged', async () => {
  const event = {
    rawPath: '/package-check',
    rawQueryString: 'package_name=a%26b&explain=true',
    requestContext: { http: { method: 'GET' } },
  };
  const answer = await answerFunctionUrl(event, async (request) =>
    Response.json({ method: request.method, url: request.url }),
  );
  expect(answer.statusCode).toBe(200);
  expect(JSON.parse(answer.body)).toEqual({
    method: 'GET',
    url: 'https://function.invalid/package-check?package_name=a%26b&explain=true',
  });
});

test.each<[string, Parameters<typeof answerFunctionUrl>[0]]>([
  ['without members', {}],
  ['with a path that names another host', { rawPath: '//evil.example/package-check' }],
  ['with an invalid method', { rawPath: '/', requestContext: { http: { method: 'G E T' } } }],
])('a failure for an event %s is a 500 without details', async (_, event) => {
  const answer = await answerFunctionUrl(event, async () => {
    throw new Error('the policy cannot be read: secret details');
  });
  expect(answer.statusCode).toBe(500);
  expect(JSON.parse(answer.body).error).toContain('no verdict');
  expect(answer.body).not.toContain('secret details');
});
