import { describe, expect, it } from 'vitest';
import { keyedQueue } from '../../src/local/keyed-queue.ts';

describe('the keyed queue', () => {
  it('runs jobs with the same key one after another, even after a failure', async () => {
    const enqueue = keyedQueue();
    const events: string[] = [];
    const job =
      (name: string, fails = false) =>
      async () => {
        events.push(`${name} begins`);
        await new Promise((resolve) => setTimeout(resolve, 5));
        events.push(`${name} ends`);
        if (fails) throw new Error(name);
      };
    const results = [enqueue('key', job('a', true)), enqueue('key', job('b'))];
    await Promise.allSettled(results);
    expect(events).toEqual(['a begins', 'a ends', 'b begins', 'b ends']);
    await expect(results[0]).rejects.toThrow('a');
  });
});
