import { EventEmitter, once } from 'node:events';
import { expect, test } from 'vitest';
import { openWaitBudget } from '../src/wait-budget.ts';

test('waits use the budget, and other work does not', async () => {
  let now = 0;
  const { remaining, spend } = openWaitBudget(1000, () => now);
  now = 5000;
  expect(remaining()).toBe(1000);
  await spend(async () => {
    now += 300;
    expect(remaining()).toBe(700);
  });
  now += 5000;
  expect(remaining()).toBe(700);
});

test('waits at the same time count once', async () => {
  let now = 0;
  const { remaining, spend } = openWaitBudget(1000, () => now);
  const ending = new EventEmitter();
  const first = spend(() => once(ending, 'end'));
  now = 100;
  await spend(async () => {
    now = 300;
  });
  now = 400;
  ending.emit('end');
  await first;
  now = 900;
  expect(remaining()).toBe(600);
});

test('a wait that fails is counted too, and the budget ends at zero', async () => {
  let now = 0;
  const { remaining, spend } = openWaitBudget(1000, () => now);
  const failed = spend(async () => {
    now = 4000;
    throw new Error('lost');
  });
  await expect(failed).rejects.toThrow('lost');
  expect(remaining()).toBe(0);
});
