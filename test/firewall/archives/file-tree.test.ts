import { describe, expect, test } from 'vitest';
import { openArchiveBytes } from '../../../src/firewall/archives/archive-bytes.ts';
import { archiveLimits } from '../../../src/firewall/archives/archive-limits.ts';
import { archiveFormat, readFileTree } from '../../../src/firewall/archives/file-tree.ts';
import { type CaseFile, tarGz, zip } from '../../helpers/judgement-archives.ts';

async function tree(filename: string, content: Buffer) {
  return readFileTree(await openArchiveBytes(content), archiveFormat(filename), () => true, archiveLimits);
}

async function contents(filename: string, content: Buffer): Promise<Record<string, string | undefined>> {
  const files = await tree(filename, content);
  return Object.fromEntries([...files.paths].sort().map((path) => [path, files.content(path)?.toString()]));
}

const sdist = (...files: readonly CaseFile[]) => contents('x-1.0.tar.gz', tarGz(files));

describe('the files of an sdist are those that pip unpacks:', () => {
  test('the folder that all entries have in common is removed', async () => {
    expect(await sdist({ path: 'x-1.0/a', text: '1' }, { path: 'x-1.0/b/c', text: '2' })).toEqual({
      a: '1',
      'b/c': '2',
    });
    expect(await sdist({ path: './x-1.0/setup.py', text: '1' })).toEqual({ 'setup.py': '1' });
    expect(await contents('x-1.0.zip', zip([{ path: 'x-1.0/a', text: '1' }]))).toEqual({ a: '1' });
  });

  test('without a folder in common all paths stay', async () => {
    expect(await sdist({ path: 'x-1.0/a', text: '1' }, { path: 'setup.py', text: '2' })).toEqual({
      'setup.py': '2',
      'x-1.0/a': '1',
    });
  });

  test('the last of several entries with the same path wins', async () => {
    expect(await sdist({ path: 'x/a', text: '1' }, { path: 'x/./a', text: '2' })).toEqual({ a: '2' });
    const twice = [
      { path: 'x/a', text: '1' },
      { path: 'x/a', text: '2' },
    ];
    expect(await contents('x-1.0.zip', zip(twice))).toEqual({ a: '2' });
  });

  test('links to files and folders are followed, and loops end', async () => {
    const files = [
      { path: 'x/real/m.py', text: '1' },
      { path: 'x/file', type: 'symlink', linkname: 'real/m.py' },
      { path: 'x/hard', type: 'hardlink', linkname: 'x/real/m.py' },
      { path: 'x/folder', type: 'symlink', linkname: 'real' },
      { path: 'x/loop', type: 'symlink', linkname: 'loop' },
    ];
    expect(await sdist(...files)).toMatchObject({ file: '1', hard: '1', 'folder/m.py': '1', loop: undefined });
  });
});

test('a wheel keeps its paths', async () => {
  expect(await contents('x-1.0-py3-none-any.whl', zip([{ path: 'x/a.py', text: '1' }]))).toEqual({ 'x/a.py': '1' });
});

test('a file that was not kept is loaded on demand', async () => {
  const archive = await openArchiveBytes(tarGz([{ path: 'x/a', text: '1' }]));
  const files = await readFileTree(archive, 'tar.gz', () => false, archiveLimits);
  expect(files.content('a')).toBeUndefined();
  expect(await files.load(new Set(['a', 'missing']))).toBe(true);
  expect(files.content('a')?.toString()).toBe('1');
  expect(await files.load(new Set(['a']))).toBe(false);
});
