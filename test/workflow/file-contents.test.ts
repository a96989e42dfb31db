import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import os from 'node:os';
import { expect, test, vi } from 'vitest';
import type { IndexFile } from '../../src/index/types.ts';
import { withTemporaryFile } from '../../src/temporary-file.ts';
import { openFileContents } from '../../src/workflow/file-contents.ts';

const sha256 = 'a'.repeat(64);
const file: IndexFile = { filename: 'a.whl', url: '', hashes: { sha256 }, yanked: false };

function open({ inspectsCode = true, content = 'content' } = {}) {
  const inspected: string[] = [];
  const inspectFile = vi.fn(async ({ filename, archive }: { filename: string; archive: string }) => {
    inspected.push(await readFile(archive, 'utf8'));
    return { filename, findings: [] };
  });
  const download = vi.fn(async (_: IndexFile, write?: (chunk: Buffer) => Promise<unknown>) => {
    await write?.(Buffer.from(content));
  });
  const readMetadata = async () => ({ facts: { requirements: [], notes: [] }, text: Buffer.from('Name: a') });
  const contents = openFileContents({ inspectFile, readMetadata, inspectsCode, temporaryFolder: os.tmpdir() });
  return { contents, inspectFile, inspected, download };
}

test('what an import downloads is read then, and not downloaded again, once', async () => {
  const { contents, inspectFile, inspected, download } = open();
  await contents.fetch(file, download);
  expect(await contents.read(file, download)).toMatchObject({
    own: { text: Buffer.from('Name: a') },
    inspection: { filename: 'a.whl' },
  });
  expect([inspected, download.mock.calls.length]).toEqual([['content'], 1]);
  await contents.read(file, download);
  expect([inspectFile.mock.calls.length, download.mock.calls.length]).toEqual([2, 2]);
});

test('a file that was read before its import is downloaded without being read again', async () => {
  const { contents, inspected, download } = open();
  await withTemporaryFile(os.tmpdir(), async (archive) => {
    await writeFile(archive, 'fetched early');
    await contents.readAhead(file, archive);
  });
  await contents.fetch(file, download);
  await contents.read(file, download);
  expect([inspected, download.mock.calls.length]).toEqual([['fetched early'], 1]);
});

test('a file whose import began before it was fetched early is read once', async () => {
  const { contents, inspected, inspectFile, download } = open();
  await contents.fetch(file, async (_, write) => {
    await withTemporaryFile(os.tmpdir(), async (archive) => {
      await writeFile(archive, 'fetched early');
      await contents.readAhead(file, archive);
    });
    await write?.(Buffer.from('fetched early'));
  });
  await contents.read(file, download);
  for (const [{ archive }] of inspectFile.mock.calls) await vi.waitFor(() => expect(existsSync(archive)).toBe(false));
  expect(inspected).toEqual(['fetched early']);
});

test('other bytes under the same file name are read by themselves', async () => {
  const { contents, inspected, download } = open();
  await contents.fetch(file, download);
  await contents.read({ ...file, hashes: { sha256: 'b'.repeat(64) } }, download);
  expect(inspected).toEqual(['content', 'content']);
});

test('a file that could not be read is read again, and a failed download is the error of the import', async () => {
  const { contents, inspectFile, download } = open();
  inspectFile.mockRejectedValueOnce(new Error('disk full'));
  await contents.fetch(file, download);
  expect(await contents.read(file, download)).toMatchObject({ inspection: { findings: [] } });
  const failing = async () => Promise.reject(new Error('wrong digest'));
  await expect(contents.fetch(file, failing)).rejects.toThrow('wrong digest');
  await expect(contents.read(file, failing)).rejects.toThrow('wrong digest');
});

test('a policy that judges no code has only the metadata read', async () => {
  const { contents, inspectFile, download } = open({ inspectsCode: false });
  expect((await contents.read(file, download)).inspection).toBeUndefined();
  expect(inspectFile).not.toHaveBeenCalled();
});

test('no file stays on the disk', async () => {
  const { contents, inspectFile, download } = open();
  await contents.fetch(file, download);
  await contents.read({ ...file, hashes: {} }, download);
  for (const [{ archive }] of inspectFile.mock.calls) await vi.waitFor(() => expect(existsSync(archive)).toBe(false));
});
