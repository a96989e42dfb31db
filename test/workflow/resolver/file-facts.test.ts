import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { constants, gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { AwspipError } from '../../../src/errors.ts';
import { showRequirement } from '../../../src/index/requirement.ts';
import type { IndexFile, UpstreamIndex } from '../../../src/index/types.ts';
import { readFileFacts } from '../../../src/workflow/resolver/file-facts.ts';
import { makeTarGz, makeZip } from './archives.ts';

/** Returns a gzip with complete content but without its end. */
function deflateUnended(contents: Buffer): Buffer {
  return gzipSync(contents, { finishFlush: constants.Z_SYNC_FLUSH });
}

type Server = Pick<UpstreamIndex, 'open' | 'metadata'> & { readonly read: { bytes: number; requests: number } };

/** Serves one file, with or without range support, and counts the bytes and requests. */
function server(bytes: Buffer, { ranges = true, metadata }: { ranges?: boolean; metadata?: string } = {}): Server {
  const read = { bytes: 0, requests: 0 };
  return {
    read,
    metadata: async () => metadata,
    open: async (_file, range) => {
      const part = range !== undefined && ranges ? bytes.subarray(range.start, range.end + 1) : bytes;
      read.requests += 1;
      const pieces = Array.from({ length: Math.ceil(part.length / 16_384) }, (_, at) =>
        part.subarray(at * 16_384, (at + 1) * 16_384),
      );
      const stream = Readable.from(
        (function* () {
          for (const piece of pieces) {
            read.bytes += piece.length;
            yield piece;
          }
        })(),
      );
      return { stream, size: bytes.length, partial: range !== undefined && ranges };
    },
  };
}

function file(filename: string, size?: number): IndexFile {
  return { filename, url: `https://files.example/${filename}`, hashes: {}, yanked: false, size };
}

async function needs(filename: string, bytes: Buffer, options?: Parameters<typeof server>[1]) {
  const facts = await readFileFacts(
    file(filename),
    filename.endsWith('.whl') ? 'wheel' : 'sdist',
    server(bytes, options),
    1e8,
  );
  return {
    ...facts,
    needs: facts.requirements.map(showRequirement),
    build: facts.buildRequirements?.map(showRequirement),
  };
}

const metadata =
  'Metadata-Version: 2.1\nName: A_b\nVersion: 1\nRequires-Python: >=3.8\nRequires-Dist: c (>=2)\nRequires-Dist: d; extra == "x"\n\nRequires-Dist: not-this\n';

describe('the metadata of a wheel', () => {
  const noise = randomBytes(3_000_000);
  const wheel = makeZip({
    'a/data.bin': noise,
    'a/__init__.py': '',
    'a-1.dist-info/METADATA': metadata,
    'a-1.dist-info/RECORD': '',
  });
  const expected = { name: 'A_b', requiresPython: '>=3.8', needs: ['c>=2', 'd; extra == "x"'], notes: [] };

  test('is read by ranges from a small part of the file', async () => {
    const source = server(wheel);
    await readFileFacts(file('a-1-py3-none-any.whl'), 'wheel', source, 1e8);
    expect(source.read.bytes).toBeLessThan(200_000);
    expect(source.read.requests).toBeLessThan(4);
    expect(await needs('a-1-py3-none-any.whl', wheel)).toMatchObject(expected);
  });

  test('is read by ranges from any position in the file', async () => {
    const early = makeZip({ 'a-1.dist-info/METADATA': metadata, 'a/data.bin': noise });
    const many = Object.fromEntries(
      Array.from({ length: 3000 }, (_, at) => [`a/${'long-folder-name/'.repeat(4)}${at}.py`, `${at}`]),
    );
    expect(await needs('a-1-py3-none-any.whl', early)).toMatchObject(expected);
    expect(await needs('a-1-py3-none-any.whl', makeZip({ 'a-1.dist-info/METADATA': metadata, ...many }))).toMatchObject(
      expected,
    );
  });

  test('is read from the complete file if the server does not support ranges', async () => {
    expect(await needs('a-1-py3-none-any.whl', wheel, { ranges: false })).toMatchObject(expected);
  });

  test('is read from the index by PEP 658, without opening the file', async () => {
    const source = server(Buffer.alloc(0), { metadata });
    expect((await readFileFacts(file('a-1-py3-none-any.whl'), 'wheel', source, 1e8)).name).toBe('A_b');
    expect(source.read.requests).toBe(0);
  });

  test.each([
    ['is not a zip', Buffer.from('<html>not a wheel</html>')],
    ['is empty', Buffer.alloc(0)],
    ['is truncated', wheel.subarray(0, -30)],
    ['has no METADATA', makeZip({ 'a/METADATA': metadata })],
    ['has a METADATA beyond the limit', makeZip({ 'a-1.dist-info/METADATA': Buffer.alloc(17 * 1024 * 1024, 'x') })],
  ])('that %s has no dependencies, and a note', async (_, bytes) => {
    const facts = await needs('a-1-py3-none-any.whl', bytes);
    expect(facts.needs).toEqual([]);
    expect(facts.notes).toEqual([expect.stringContaining('`a-1-py3-none-any.whl` could not be read completely: ')]);
  });

  test('that is not what the index lists is an error, which names file, host and digests', async () => {
    const listed = createHash('sha256').update(wheel).digest('hex');
    const listedFile = { ...file('a-1-py3-none-any.whl'), hashes: { sha256: listed } };
    const other = Buffer.alloc(wheel.length, 'x');
    await expect(readFileFacts(listedFile, 'wheel', server(other), 1e8)).rejects.toMatchObject({
      code: 'digest-mismatch',
      exit: 'unavailable',
      message: expect.stringMatching(/a-1-py3-none-any\.whl from `files\.example` is .*, but the index lists/),
    });
    const unreadable = { ...listedFile, hashes: { sha256: createHash('sha256').update(other).digest('hex') } };
    const facts = await readFileFacts(unreadable, 'wheel', server(other), 1e8);
    expect(facts.notes).toEqual([expect.stringContaining('could not be read completely')]);
  });

  test('whose server fails during a range is an error', async () => {
    const broken: Server = {
      ...server(wheel),
      open: async (_, range) => {
        if (range?.start !== 0) throw new AwspipError('connection-failed', 'gone', { exit: 'unavailable' });
        return { stream: Readable.from([]), size: wheel.length, partial: true };
      },
    };
    await expect(readFileFacts(file('a-1-py3-none-any.whl'), 'wheel', broken, 1e8)).rejects.toMatchObject({
      code: 'connection-failed',
    });
  });
});

describe('the facts of an sdist', () => {
  const reliable = 'Metadata-Version: 2.2\nName: a\nVersion: 1\nRequires-Dist: b>=1\nRequires-Dist: c; extra == "x"\n';
  const toml = '[build-system]\nrequires = ["backend>=3", "win-only; os_name == \'nt\'"]\n';

  test('with a PKG-INFO of version 2.2 have its dependencies', async () => {
    const bytes = await makeTarGz({ 'a-1/PKG-INFO': reliable, 'a-1/setup.py': '', 'a-1/pyproject.toml': toml });
    expect(await needs('a-1.tar.gz', bytes)).toMatchObject({
      name: 'a',
      needs: ['b>=1', 'c; extra == "x"'],
      build: ['backend>=3', 'win-only; os_name == "nt"'],
      notes: [],
    });
  });

  test('are read from a zip as well', async () => {
    const bytes = makeZip({ 'a-1/PKG-INFO': reliable, 'a-1/pyproject.toml': toml, 'a-1/x': randomBytes(300_000) });
    expect(await needs('a-1.zip', bytes)).toMatchObject({
      needs: ['b>=1', 'c; extra == "x"'],
      build: expect.arrayContaining(['backend>=3']),
    });
  });

  test('are read without the rest of the archive', async () => {
    const bytes = await makeTarGz({
      'a-1/PKG-INFO': reliable,
      'a-1/pyproject.toml': toml,
      'a-1/noise': randomBytes(5_000_000),
    });
    const source = server(bytes);
    await readFileFacts(file('a-1.tar.gz'), 'sdist', source, 1e8);
    expect(source.read.bytes).toBeLessThan(2_000_000);
  });

  test('with Dynamic dependencies are read from egg-info', async () => {
    const bytes = await makeTarGz({
      'a-1/PKG-INFO': `${reliable}Dynamic: Requires-Dist\n`,
      'a-1/src/a.egg-info/PKG-INFO': reliable,
      'a-1/src/a.egg-info/requires.txt':
        'plain\n\n[:python_version < "3"]\nold\n\n[x]\nextra-one>=1\n\n[x:os_name == "nt"]\nboth; sys_platform == "win32"\n',
    });
    expect((await needs('a-1.tar.gz', bytes)).needs).toEqual([
      'plain',
      'old; python_version < "3"',
      'extra-one>=1; extra == "x"',
      'both; sys_platform == "win32" and extra == "x" and os_name == "nt"',
    ]);
  });

  test('with egg-info but no requires.txt have no dependencies', async () => {
    const old = 'Metadata-Version: 1.0\nName: a\nVersion: 1\n';
    const bytes = await makeTarGz({ 'a-1/PKG-INFO': old, 'a-1/a.egg-info/PKG-INFO': old });
    expect(await needs('a-1.tar.gz', bytes)).toMatchObject({ needs: [], build: ['setuptools>=40.8.0'], notes: [] });
  });

  test('without either are read from a static pyproject.toml, extras included', async () => {
    const project =
      '[project]\nname = "a"\nrequires-python = ">=3.9"\ndependencies = ["b; os_name == \'nt\' or os_name == \'posix\'"]\n[project.optional-dependencies]\nx = ["c>1", "d; os_name == \'nt\' or os_name == \'posix\'"]\n';
    const facts = await needs('a-1.tar.gz', await makeTarGz({ 'a-1/pyproject.toml': project }));
    expect(facts).toMatchObject({ requiresPython: '>=3.9', build: ['setuptools>=40.8.0'], notes: [] });
    expect(facts.needs).toEqual([
      'b; os_name == "nt" or os_name == "posix"',
      'c>1; extra == "x"',
      'd; (os_name == "nt" or os_name == "posix") and extra == "x"',
    ]);
  });

  test('with dynamic dependencies have a note', async () => {
    const bytes = await makeTarGz({ 'a-1/pyproject.toml': '[project]\nname = "a"\ndynamic = ["dependencies"]\n' });
    expect(await needs('a-1.tar.gz', bytes)).toMatchObject({
      needs: [],
      notes: ['only a build determines its dependencies'],
    });
  });

  test('with an invalid pyproject.toml have setuptools as build requirement, and a note', async () => {
    const bytes = await makeTarGz({ 'a-1/PKG-INFO': reliable, 'a-1/pyproject.toml': '[build-system\nrequires = [' });
    expect(await needs('a-1.tar.gz', bytes)).toMatchObject({
      build: ['setuptools>=40.8.0'],
      notes: ['its pyproject.toml is not valid TOML'],
    });
  });

  test('ignore files with the same names in deeper folders', async () => {
    const bytes = await makeTarGz({
      'a-1/PKG-INFO': reliable,
      'a-1/tests/pyproject.toml': toml,
      'a-1/vendor/x-2/PKG-INFO': 'Name: x\n',
    });
    expect(await needs('a-1.tar.gz', bytes)).toMatchObject({ name: 'a', build: ['setuptools>=40.8.0'] });
  });

  test('of an archive beyond the limit include what was read before, and a note', async () => {
    const bytes = await makeTarGz({ 'a-1/PKG-INFO': reliable, 'a-1/noise': randomBytes(3_000_000) });
    const facts = await readFileFacts(file('a-1.tar.gz'), 'sdist', server(bytes), 1_000_000);
    expect(facts.requirements.map(({ name }) => name)).toEqual(['b', 'c']);
    expect(facts.notes[0]).toContain('larger than 1000000 bytes');
  });

  test.each([
    [
      'a truncated gzip',
      async () =>
        (await makeTarGz({ 'a-1/noise': randomBytes(100_000), 'a-1/PKG-INFO': reliable })).subarray(0, 50_000),
    ],
    [
      'a truncated tar',
      async () => gzipSync(gunzipSync(await makeTarGz({ 'a-1/noise': randomBytes(100_000) })).subarray(0, 50_000)),
    ],
    [
      'a tar truncated between two entries',
      async () => {
        const first = gunzipSync(await makeTarGz({ 'a-1/first': 'x' })).subarray(0, 1024);
        return deflateUnended(first);
      },
    ],
    ['a file that is not a gzip', async () => Buffer.from('<html></html>')],
  ])('of %s have no dependencies, and a note', async (_, make) => {
    const facts = await needs('a-1.tar.gz', await make());
    expect(facts.needs).toEqual([]);
    expect(facts.build).toEqual(['setuptools>=40.8.0']);
    expect(facts.notes[0]).toContain('could not be read completely');
  });

  test('in an unsupported format have no dependencies, and a note', async () => {
    expect((await needs('a-1.tar.bz2', Buffer.alloc(10))).notes[0]).toContain('compression format is not supported');
  });
});
