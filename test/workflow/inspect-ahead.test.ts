import { readFile } from 'node:fs/promises';
import os from 'node:os';
import { expect, test, vi } from 'vitest';
import type { IndexFile } from '../../src/index/types.ts';
import { openInspectionAhead } from '../../src/workflow/inspect-ahead.ts';

const sha256 = 'a'.repeat(64);
const file: IndexFile = { filename: 'a.whl', url: '', hashes: { sha256 }, yanked: false };
const download = async (_: IndexFile, write?: (chunk: Buffer) => Promise<unknown>) => {
  await write?.(Buffer.from('content'));
};

function open(isEnabled = true) {
  const contents: string[] = [];
  const inspectFile = vi.fn(async ({ filename, archive }: { filename: string; archive: string }) => {
    if (archive !== 'later') contents.push(await readFile(archive, 'utf8'));
    return { filename, findings: [] };
  });
  return {
    inspectFile,
    contents,
    ahead: openInspectionAhead({ inspectFile, isEnabled, temporaryFolder: os.tmpdir() }),
  };
}

test('a file that was inspected during its import is not inspected again, once', async () => {
  const { ahead, inspectFile, contents } = open();
  await ahead.fetch(file, download);
  const task = { filename: 'a.whl', archive: 'later', sha256 };
  expect(await ahead.inspectFile(task)).toEqual({ filename: 'a.whl', findings: [] });
  expect(contents).toEqual(['content']);
  await ahead.inspectFile(task);
  expect(inspectFile).toHaveBeenCalledTimes(2);
});

test('another content of the same file is inspected', async () => {
  const { ahead, inspectFile } = open();
  await ahead.fetch(file, download);
  await ahead.inspectFile({ filename: 'a.whl', archive: 'later', sha256: 'b'.repeat(64) });
  expect(inspectFile).toHaveBeenLastCalledWith(expect.objectContaining({ archive: 'later' }));
});

test('a failed inspection is repeated, and a failed download is the error of the import', async () => {
  const { ahead, inspectFile } = open();
  inspectFile.mockRejectedValueOnce(new Error('disk full'));
  await ahead.fetch(file, download);
  expect(await ahead.inspectFile({ filename: 'a.whl', archive: 'later', sha256 })).toMatchObject({ findings: [] });
  await expect(ahead.fetch(file, async () => Promise.reject(new Error('wrong digest')))).rejects.toThrow(
    'wrong digest',
  );
});

test('a policy that judges no code has files only downloaded', async () => {
  const { ahead, inspectFile } = open(false);
  await ahead.fetch(file, download);
  expect(inspectFile).not.toHaveBeenCalled();
});
