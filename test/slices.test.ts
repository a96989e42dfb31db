import { expect, test } from 'vitest';
import { openSlices } from '../src/slices.ts';

test('a slice ends when its time is over, and the next one begins after other work', async () => {
  let now = 0;
  const slices = openSlices(20, () => now);
  expect(slices.next()).toBeUndefined();
  now = 19;
  expect(slices.next()).toBeUndefined();
  now = 20;
  const order: string[] = [];
  setImmediate(() => order.push('other work'));
  const turn = slices.next();
  await turn?.then(() => order.push('next slice'));
  expect(order).toEqual(['other work', 'next slice']);
  expect(slices.next()).toBeUndefined();
  now = 40;
  expect(slices.next()).toBeInstanceOf(Promise);
});
