import { expect, test } from 'vitest';
import type { Http } from '../../src/index/http-types.ts';
import { normaliseName } from '../../src/index/names.ts';
import { openPageReaders } from '../../src/index/page-readers.ts';
import type { Source } from '../../src/index/sources.ts';
import type { ProjectName } from '../../src/index/types.ts';

const isInternal = (name: ProjectName): boolean => name.startsWith('acme-');

/** Returns a reader of sources that have every project, and the names that each source was asked for. */
function open(labels: readonly string[]) {
  const asked: [string, string][] = [];
  const sources = labels.map(
    (label): Source => ({
      label,
      readPage: async (name) => {
        asked.push([label, name]);
        const file = { filename: `${name}-1.tar.gz`, url: `${label}${name}`, hashes: {}, yanked: false };
        return { kind: 'found', page: { name, files: [file] } };
      },
    }),
  );
  const caching = { milliseconds: 0, now: () => 0, isCacheable: () => false, weigh: () => 1, maxWeight: 1 };
  const page = openPageReaders({ sources, http: {} as Http, caching, indexes: () => [], isInternal });
  return { page: (name: string) => page(normaliseName(name)), asked };
}

const [pypi, company] = ['https://pypi.org/simple/', 'https://pypi.acme.example/simple/'];

test('an internal name is never looked up on PyPI, also if another index is configured', async () => {
  const { page, asked } = open([pypi, company]);
  expect(await page('acme-billing')).toMatchObject({ kind: 'found', from: [company] });
  expect(asked).toEqual([[company, 'acme-billing']]);
  expect(await page('requests')).toMatchObject({ kind: 'found', from: [pypi, company] });
});

test('an internal name is missing if PyPI is the only index', async () => {
  const { page, asked } = open([pypi]);
  expect(await page('acme-billing')).toEqual({ kind: 'missing' });
  expect(asked).toEqual([]);
});
