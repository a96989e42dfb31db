import { expect, test } from 'vitest';
import { answerFunctionUrl } from '../../src/infra/functions/parts/function-url.ts';
import { rateLimiter } from '../../src/infra/functions/parts/rate-limiter.ts';
import { once } from '../../src/once.ts';

test('the rate limiter spaces concurrent callers', async () => {
  let clock = 0;
  const pauses: number[] = [];
  const waitForTurn = rateLimiter({
    milliseconds: 500,
    now: () => clock,
    sleep: async (time) => void pauses.push(time),
  });
  await Promise.all([waitForTurn(), waitForTurn(), waitForTurn()]);
  expect(pauses).toEqual([500, 1000]);
  clock = 10_000;
  await waitForTurn();
  expect(pauses).toHaveLength(2);
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
