import { expect, test } from 'vitest';
import type { VettedWith } from '../../src/vetting/types.ts';
import { recordVettedWith } from '../../src/workflow/record-vetted-with.ts';
import { release } from '../vetting/examples.ts';

const [one, other] = ['1'.repeat(64), '2'.repeat(64)];

/** Records what a request resolved, with METADATA by `name==version`. */
async function recordOf(
  roots: readonly string[],
  releases: readonly string[],
  metadata: Readonly<Record<string, readonly string[]>> = {},
) {
  const recorded = new Map<string, VettedWith>();
  const store = {
    metadataOf: async (keys: readonly { readonly name: string; readonly version: string }[]) =>
      keys.map(({ name, version }) => {
        const texts = metadata[`${name}==${version}`];
        return texts && new Map(texts.map((text, at) => [`wheel ${at}`, text]));
      }),
    putVettedWith: async (root: string, projects: VettedWith) => void recorded.set(root, projects),
  };
  await recordVettedWith(
    store,
    roots,
    releases.map((text) => ({ release: release(text) as never })),
  );
  return recorded;
}

test('each root has all projects of its request, with the METADATA that all wheels of the release share', async () => {
  const recorded = await recordOf(
    ['Top[extra]>=1', 'top<9', 'second', 'https://example.org/x.whl', 'not-resolved'],
    ['top==1', 'second==2', 'mixed==3', 'sdist==4'],
    { 'top==1': [one, one], 'second==2': [other], 'mixed==3': [one, other] },
  );
  expect([...recorded.keys()]).toEqual(['top', 'second']);
  expect([...(recorded.get('top') ?? [])]).toEqual([
    ['top', one],
    ['second', other],
    ['mixed', undefined],
    ['sdist', undefined],
  ]);
});

test('a request with many roots or many releases records nothing', async () => {
  const many = (count: number) => Array.from({ length: count }, (_, at) => `p${at}`);
  expect((await recordOf(many(21), ['p0==1'])).size).toBe(0);
  expect(
    (
      await recordOf(
        ['p0'],
        many(151).map((name) => `${name}==1`),
      )
    ).size,
  ).toBe(0);
});
