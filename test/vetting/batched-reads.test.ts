import { expect, test } from 'vitest';
import { AwspipError } from '../../src/errors.ts';
import { batchedReads } from '../../src/vetting/batched-reads.ts';

const keyOf = (sk: string) => ({ pk: 'p', sk });
function table(getAllError?: Error) {
  const calls: string[] = [];
  return {
    calls,
    get: async ({ sk }: { sk: string }) => {
      calls.push(sk);
      return { sk };
    },
    getAll: async (keys: readonly { sk: string }[]) => {
      calls.push(keys.map(({ sk }) => sk).join('+'));
      if (getAllError !== undefined) throw getAllError;
      return new Map(keys.filter(({ sk }) => sk !== 'missing').map((key) => [`p\n${key.sk}`, { sk: key.sk }]));
    },
  };
}
const soon = () => Promise.resolve();

test('reads that are requested together take one call, and a single one is read alone', async () => {
  const items = table();
  const read = batchedReads(items, soon);
  expect(await Promise.all(['a', 'b', 'missing'].map((sk) => read(keyOf(sk))))).toEqual([
    ...[{ sk: 'a' }, { sk: 'b' }, undefined],
  ]);
  await read(keyOf('c'));
  expect(items.calls).toEqual(['a+b+missing', 'c']);
});

test('a role that may not read several with one call reads each alone, also later', async () => {
  const items = table(new AwspipError('aws-denied', 'denied', { exit: 'unavailable', hint: 'ask' }));
  const read = batchedReads(items, soon);
  const both = () => Promise.all(['a', 'b'].map((sk) => read(keyOf(sk))));
  expect([await both(), await both()]).toEqual([
    [{ sk: 'a' }, { sk: 'b' }],
    [{ sk: 'a' }, { sk: 'b' }],
  ]);
  expect(items.calls).toEqual(['a+b', 'a', 'b', 'a', 'b']);
});

test('a full batch is sent without a pause, and the rest after one', async () => {
  const items = table();
  let end = () => {};
  const paused = new Promise<void>((resolve) => {
    end = resolve;
  });
  const read = batchedReads(items, () => paused);
  const reads = Array.from({ length: 42 }, (_, at) => read(keyOf(`${at}`)));
  expect(items.calls.map((call) => call.split('+').length)).toEqual([40]);
  end();
  expect(await Promise.all(reads)).toHaveLength(42);
  expect(items.calls.map((call) => call.split('+').length)).toEqual([40, 2]);
});
