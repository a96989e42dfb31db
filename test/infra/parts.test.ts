import { expect, test } from 'vitest';
import { answerUrl } from '../../src/infra/functions/parts/function-url.ts';
import { once } from '../../src/infra/functions/parts/once.ts';
import { paced } from '../../src/infra/functions/parts/paced.ts';

test('callers are let through at their pace, however many come at once', async () => {
  let clock = 0;
  const slept: number[] = [];
  const turn = paced({ milliseconds: 500, now: () => clock, sleep: async (time) => void slept.push(time) });
  await Promise.all([turn(), turn(), turn()]);
  expect(slept).toEqual([500, 1000]);
  clock = 10_000;
  await turn();
  expect(slept).toHaveLength(2);
});

test('what failed to open is tried again, what opened is kept', async () => {
  let tries = 0;
  const open = once(async () => {
    tries += 1;
    if (tries === 1) throw new Error('not yet');
    return tries;
  });
  await expect(open()).rejects.toThrow('not yet');
  expect([await open(), await open()]).toEqual([2, 2]);
});

test('a function URL hands path and query on as they came', async () => {
  const event = {
    rawPath: '/package-check',
    rawQueryString: 'package_name=a%26b&explain=true',
    requestContext: { http: { method: 'GET' } },
  };
  const answer = await answerUrl(event, async (request) => Response.json({ method: request.method, url: request.url }));
  expect(answer.statusCode).toBe(200);
  expect(JSON.parse(answer.body)).toEqual({
    method: 'GET',
    url: 'https://function.invalid/package-check?package_name=a%26b&explain=true',
  });
});

test.each<[string, Parameters<typeof answerUrl>[0]]>([
  ['nothing', {}],
  ['a path that would be another host', { rawPath: '//evil.example/package-check' }],
  ['a method that is none', { rawPath: '/', requestContext: { http: { method: 'G E T' } } }],
])('an event of %s never looks like a package that is fine', async (_, event) => {
  const answer = await answerUrl(event, async () => {
    throw new Error('the policy cannot be read: secret details');
  });
  expect(answer.statusCode).toBe(500);
  expect(JSON.parse(answer.body).error).toContain('nothing is known');
  expect(answer.body).not.toContain('secret details');
});
