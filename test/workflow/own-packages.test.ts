import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { normaliseName } from '../../src/index/names.ts';
import type { PageResult, ProjectName, UpstreamIndex } from '../../src/index/types.ts';
import { resolveWithOwnPackages, withOwnPackages } from '../../src/workflow/own-packages.ts';
import type { ResolutionQuery } from '../../src/workflow/ports.ts';

const [own, unpublished, other] = ['acme-app', 'acme-new', 'requests'].map(normaliseName) as [
  ProjectName,
  ProjectName,
  ProjectName,
];

/** Returns an index that has every project, and the calls it got. */
function indexOf(label: string) {
  const calls: string[] = [];
  const index: UpstreamIndex = {
    page: async (name): Promise<PageResult> => {
      calls.push(name);
      const file = { filename: `${name}-1.0.tar.gz`, url: `https://${label}/${name}`, hashes: {}, yanked: false };
      return { kind: 'found', page: { name, files: [file] }, from: [label], complete: true };
    },
    open: async ({ url }) => ({ stream: Readable.from([`${label} ${url}`]), partial: false }),
    metadata: async () => label,
    close: async () => {},
  };
  return { index, calls };
}

function open({ isPublic = false, has = async (name: ProjectName) => name === own } = {}) {
  const [upstream, secure] = [indexOf('upstream.example'), indexOf('secure.example')];
  const isInternal = (name: ProjectName) => name.startsWith('acme-');
  const found = withOwnPackages({ upstream: upstream.index, own: { has, index: secure.index }, isInternal, isPublic });
  return { ...found, upstream, secure };
}

test('an own package comes from secure-pypi, and all others from upstream', async () => {
  const { index, isOwn, upstream, secure } = open();
  const pages = await Promise.all([own, unpublished, other].map((name) => index.page(name)));
  expect(pages.map((page) => page.kind === 'found' && page.from)).toEqual([
    ['secure.example'],
    ['upstream.example'],
    ['upstream.example'],
  ]);
  expect([upstream.calls.toSorted(), secure.calls]).toEqual([[unpublished, other], [own]]);
  expect([own, unpublished, other].map(isOwn)).toEqual([true, false, false]);
  const files = pages.map((page) => (page.kind === 'found' ? page.page.files[0] : undefined));
  const read = await Promise.all(files.map((file) => file && index.metadata(file)));
  expect(read).toEqual(['secure.example', 'upstream.example', 'upstream.example']);
});

test('an internal name is not sent to an index that is public', async () => {
  const { index, upstream } = open({ isPublic: true });
  expect(await index.page(unpublished)).toEqual({ kind: 'missing' });
  expect(upstream.calls).toEqual([]);
});

test('while secure-pypi does not answer, an internal name comes from nowhere', async () => {
  const { index, upstream } = open({
    has: async () => {
      throw new Error('refused');
    },
  });
  expect(await index.page(own)).toEqual({ kind: 'unreachable', cause: 'refused' });
  expect(upstream.calls).toEqual([]);
});

test('an own package needs no verdict and is not vetted, and the releases that it needs are', async () => {
  const asked: string[] = [];
  const isOwn = (name: ProjectName) => name === own;
  const refuse = async ({ name }: { readonly name: ProjectName }) => {
    asked.push(name);
    return undefined;
  };
  const resolve = resolveWithOwnPackages(async (query) => {
    for (const name of [own, other]) {
      await query.refusalOf({ name, version: '1.0' }, new Date().toISOString());
      await query.refusalOfFile({ name, version: '1.0' }, { filename: 'x', url: '', hashes: {}, yanked: false });
    }
    const releases = [own, other].map((name) => ({ name, version: '1.0', sha256: {} }));
    return { releases, refusals: [], outcome: 'solved' };
  }, isOwn);
  const query = { refusalOf: refuse, refusalOfFile: refuse } as unknown as ResolutionQuery;
  const { releases } = await resolve(query);
  expect(releases.map(({ name }) => name)).toEqual([other]);
  expect(asked).toEqual([other, other]);
});
