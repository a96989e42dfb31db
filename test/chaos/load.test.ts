import { expect, test } from 'vitest';
import { indexWithUser } from '../helpers/index-with-user.ts';
import { installAtOnce } from './load.ts';

const stage = indexWithUser();

test('fifty different installs at the same time succeed, and the stack answers within 2 s meanwhile', async () => {
  const { result, slowest } = await installAtOnce(stage, 50);
  const failed = result.filter(({ exitCode }) => exitCode !== 0);
  expect(failed).toEqual([]);
  expect(slowest).toBeLessThan(2000);
  expect(result.some(({ stderr }) => /awspip: waiting for \d+ others/.test(stderr))).toBe(true);
});
