import { expect, test } from 'vitest';
import { normaliseName } from '../../src/index/names.ts';
import { vettedWith } from '../../src/vetting/vetted-with.ts';

type Item = Record<string, unknown>;

/** Returns the answers of a table with these releases of `demo` and these requests. */
function storeOf(releases: readonly Item[], requests: Readonly<Record<string, readonly Item[]>>) {
  return vettedWith({
    queryOnce: async ({ ExpressionAttributeValues: values }) => {
      const pk = String(values?.[':pk']);
      return [...(pk === 'pypi#demo' ? releases : (requests[pk] ?? []))];
    },
  });
}
const release = (status: string, execution: string, updatedAt: string) => ({ status, execution, updatedAt });
const demo = normaliseName('demo');

test('the projects are those of the request that vetted the project last', async () => {
  const store = storeOf(
    [
      release('SECURE', 'old-1', '2026-01-01'),
      release('SECURE', 'new-id-12', '2026-01-03'),
      release('BLOCKED', 'blocked-1', '2026-01-05'),
    ],
    { 'request#new-id': [{ name: 'demo' }, { name: 'leaf' }, { name: 'leaf' }, { name: '../x' }, { name: 5 }] },
  );
  expect(await store.vettedWith(demo)).toEqual(['demo', 'leaf']);
});

test.each([
  ['nothing was vetted', [], {}],
  ['the request has expired', [release('SECURE', 'gone-1', '2026')], {}],
  ['the execution is not readable', [release('SECURE', 'x', '2026'), {}], {}],
  [
    'the request had many projects',
    [release('SECURE', 'many-1', '2026')],
    { 'request#many': Array.from({ length: 151 }, (_, at) => ({ name: `p${at}` })) },
  ],
])('if %s, there are none', async (_, releases, requests) => {
  expect(await storeOf(releases, requests).vettedWith(demo)).toEqual([]);
});
