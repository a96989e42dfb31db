import { writeFile } from 'node:fs/promises';
import os from 'node:os';
import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { normaliseName } from '../../src/index/names.ts';
import type { IndexFile, UpstreamIndex } from '../../src/index/types.ts';
import { withTemporaryFile } from '../../src/temporary-file.ts';
import { judgeMetadata } from '../../src/workflow/judge-metadata.ts';
import { readOwnMetadata } from '../../src/workflow/own-metadata.ts';
import { readFileFacts } from '../../src/workflow/resolver/file-facts.ts';
import type { ReadFacts } from '../../src/workflow/resolver/types.ts';
import { type Distribution, sdist, wheel } from '../helpers/distributions.ts';

const name = normaliseName('demo');
const listed = ({ filename }: Distribution): IndexFile => ({
  filename,
  url: `https://index.example/${filename}`,
  hashes: {},
  yanked: false,
});
const sourceOf = ({ bytes }: Distribution): Pick<UpstreamIndex, 'open'> => ({
  open: async (_file, range) => {
    const part = range === undefined ? bytes : bytes.subarray(range.start, range.end + 1);
    return { stream: Readable.from([part]), size: bytes.length, partial: range !== undefined };
  },
});
const metadata = (...requires: string[]) =>
  `Metadata-Version: 2.2\nName: demo\nVersion: 1\n${requires.map((text) => `Requires-Dist: ${text}\n`).join('')}\n`;

/** Judges a file on disk by what an index sends of it. */
async function judge(imported: Distribution, upstream: Pick<UpstreamIndex, 'open' | 'metadata'>) {
  const { filename } = imported;
  const readFacts: ReadFacts = (file, kind, maxBytes) => readFileFacts(file, kind, upstream, maxBytes);
  return withTemporaryFile(os.tmpdir(), async (archive) => {
    await writeFile(archive, imported.bytes);
    const { facts: own } = await readOwnMetadata({ filename, archive });
    return judgeMetadata(name, listed(imported), { own, readFacts });
  });
}

async function judgeWheel(imported: Distribution, offered: string | undefined, ranges = imported) {
  const upstream = { ...sourceOf(ranges), metadata: async () => offered };
  return judge(imported, upstream);
}
const demo = (...requires: string[]) => wheel({ name: 'demo', version: '1', requires });

test('a wheel whose metadata is that of the index passes, in any order and spelling', async () => {
  const verdict = await judgeWheel(demo('Foo>=1', 'bar'), metadata('bar', 'foo >= 1'));
  expect(verdict).toEqual({ status: 'ALLOWED', reasons: [] });
  expect(await judgeWheel(demo('foo'), undefined)).toEqual({ status: 'ALLOWED', reasons: [] });
});

test.each([
  ['more', demo('foo', 'evil'), metadata('foo'), 'evil'],
  ['less', demo('foo'), metadata('foo', 'missing'), 'missing'],
  ['other versions', demo('foo<2'), metadata('foo'), 'foo<2'],
])('a wheel that requires %s than its index says is on hold', async (_, imported, offered, named) => {
  const verdict = await judgeWheel(imported, offered);
  expect(verdict.status).toBe('HELD');
  expect(verdict.reasons.join()).toContain(`disagree about the requirement \`${named}`);
});

test('a wheel that the index sends differently by ranges is on hold', async () => {
  expect((await judgeWheel(demo('evil'), undefined, demo('foo'))).status).toBe('HELD');
});

test('metadata of another project or for other Pythons is on hold', async () => {
  const other = wheel({ name: 'other', version: '1' });
  const renamed = { ...other, filename: 'demo-1-py3-none-any.whl' };
  expect((await judgeWheel(renamed, metadata())).reasons.join()).toContain('metadata of another project, `other`');
  const newer = wheel({ name: 'demo', version: '1', requiresPython: '>=3.13' });
  expect((await judgeWheel(newer, metadata())).reasons.join()).toContain('disagree about the supported Pythons');
});

test.each(['evil @ file:///tmp/evil', 'evil @ https://user:secret@example.org/evil.zip'])(
  'a direct reference blocks the file, also if the index says so: %s',
  async (reference) => {
    const verdict = await judgeWheel(demo(reference), metadata(reference));
    expect(verdict).toMatchObject({ status: 'BLOCKED' });
    expect(verdict.reasons.join()).toContain('requires `evil` by a direct URL');
    expect(verdict.reasons.join()).not.toContain('secret');
  },
);

test('a direct reference in an sdist blocks it, also as a build requirement', async () => {
  for (const project of [{ requires: ['evil @ file:///x'] }, { buildRequires: ['evil @ file:///x'] }]) {
    const imported = await sdist({ name: 'demo', version: '1', ...project });
    const upstream = { ...sourceOf(imported), metadata: async () => undefined };
    const verdict = await judge(imported, upstream);
    expect(verdict).toMatchObject({ status: 'BLOCKED' });
  }
});
