import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { IndexFile } from '../../src/index/types.ts';
import { openRecentFiles } from '../../src/workflow/recent-files.ts';

let temporaryFolder: string;
beforeEach(async () => {
  temporaryFolder = await mkdtemp(path.join(os.tmpdir(), 'awspip-test-'));
});
afterEach(() => rm(temporaryFolder, { recursive: true }));

const bytes = Buffer.from('the bytes of a file');
const sha256 = createHash('sha256').update(bytes).digest('hex');
const file = (name = 'a'): IndexFile => ({
  ...{ filename: `${name}.whl`, url: `https://index.example/${name}.whl`, size: bytes.length },
  ...{ hashes: { sha256 }, yanked: false },
});

/** Opens the files of an index that sends `sent`. `archives`: what `use` got. */
function openFiles(sent: Buffer | Error = bytes, limits = {}) {
  const read = vi.fn(async (_: IndexFile, range?: { start: number; end: number }) => {
    if (sent instanceof Error) throw sent;
    const part = range === undefined ? sent : sent.subarray(range.start, range.end + 1);
    return { stream: Readable.from([part]), size: sent.length, partial: range !== undefined };
  });
  const time = { now: 0 };
  const files = openRecentFiles({ open: read }, { temporaryFolder, now: () => time.now, ...limits });
  const archives: string[] = [];
  const fetch = async (wanted: IndexFile) => {
    const count = archives.length;
    files.fetch(wanted, async (archive) => archives.push(await readFile(archive, 'utf8')));
    await vi.waitFor(() => expect(archives.length).toBe(count + 1));
  };
  return { files, read, fetch, archives, time };
}

const onDisk = async () => (await readdir(temporaryFolder, { recursive: true })).filter((name) => name.includes('/'));

test('a file that was fetched is used and opened, whole or in part, without the index, and then removed', async () => {
  const { files, read, fetch, archives } = openFiles();
  await fetch(file());
  expect(archives).toEqual([bytes.toString()]);
  const part = await files.open(file(), { start: 4, end: 8 });
  expect([(await buffer(part.stream)).toString(), part.size, part.partial]).toEqual(['bytes', bytes.length, true]);
  const whole = await files.open(file());
  expect([(await buffer(whole.stream)).equals(bytes), whole.partial]).toEqual([true, false]);
  expect(read).toHaveBeenCalledTimes(1);
  await vi.waitFor(async () => expect(await onDisk()).toEqual([]));
  expect((await buffer((await files.open(file())).stream)).equals(bytes)).toBe(true);
  expect(read).toHaveBeenCalledTimes(2);
  await files.close();
  expect(await readdir(temporaryFolder)).toEqual([]);
});

const whole = { start: 0, end: bytes.length - 1 };

test('a range that is the whole file fetches it, and its use and its import need no further request', async () => {
  const { files, read, fetch, archives } = openFiles();
  const opened = await files.open(file(), whole);
  expect([(await buffer(opened.stream)).equals(bytes), opened.size, opened.partial]).toEqual([
    true,
    bytes.length,
    true,
  ]);
  await fetch(file());
  expect(archives).toEqual([bytes.toString()]);
  expect((await buffer((await files.open(file())).stream)).equals(bytes)).toBe(true);
  expect(read.mock.calls.map(([, range]) => range)).toEqual([undefined]);
  await vi.waitFor(async () => expect(await onDisk()).toEqual([]));
  await files.close();
});

test('a range that is the whole file is read as the index sends it, if its bytes are not those that it lists', async () => {
  const { files, read } = openFiles(Buffer.from('the bytes of a fild'));
  const opened = await files.open(file(), whole);
  expect((await buffer(opened.stream)).toString()).toBe('the bytes of a fild');
  expect(read.mock.calls.map(([, range]) => range)).toEqual([undefined, whole]);
  await vi.waitFor(async () => expect(await onDisk()).toEqual([]));
  await files.close();
});

test('a file that is fetched for a range and not expected is removed when it is imported', async () => {
  const { files } = openFiles();
  await buffer((await files.open(file(), whole)).stream);
  expect(await onDisk()).toHaveLength(1);
  await buffer((await files.open(file())).stream);
  await vi.waitFor(async () => expect(await onDisk()).toEqual([]));
  await files.close();
});

test('files that are fetched at the same time are different files', async () => {
  const { files, read } = openFiles();
  await Promise.all(['a', 'b', 'c'].map(async (name) => buffer((await files.open(file(name), whole)).stream)));
  expect(read).toHaveBeenCalledTimes(3);
  expect(await onDisk()).toHaveLength(3);
  await files.close();
});

test('a file that is being fetched is waited for', async () => {
  const { files, read } = openFiles();
  files.fetch(file(), async () => undefined);
  expect((await buffer((await files.open(file())).stream)).equals(bytes)).toBe(true);
  expect(read).toHaveBeenCalledTimes(1);
  await files.close();
});

test.each([
  ['other bytes than the index lists', Buffer.from('the bytes of b file')],
  ['more bytes than the index lists', Buffer.concat([bytes, bytes])],
  ['no bytes', new Error('no connection')],
])('of a file with %s, nothing is used or kept', async (_, sent) => {
  const { files, read, archives } = openFiles(sent);
  files.fetch(file(), async (archive) => archives.push(archive));
  await files.open(file()).catch(() => undefined);
  expect(archives).toEqual([]);
  await vi.waitFor(async () => expect(await onDisk()).toEqual([]));
  expect(read).toHaveBeenCalledTimes(2);
  await files.close();
});

test('files without a digest or a size, and those beyond a limit, are left to the index', async () => {
  const { files, read, fetch } = openFiles(bytes, { files: 2, fileBytes: 100 });
  for (const left of [{ hashes: {} }, { size: undefined }, { size: 101 }])
    files.fetch({ ...file(), ...left }, async () => undefined);
  await fetch(file('a'));
  await fetch(file('b'));
  files.fetch(file('c'), async () => undefined);
  expect(read.mock.calls.map(([{ filename }]) => filename)).toEqual(['a.whl', 'b.whl']);
  await files.close();
});

test('a file that waits for others is read from the index when it is opened', async () => {
  const never = new Promise<never>(() => undefined);
  const read = vi.fn(async ({ filename }: IndexFile) =>
    filename === 'a.whl' ? never : { stream: Readable.from([bytes]), size: bytes.length, partial: false },
  );
  const files = openRecentFiles({ open: read }, { temporaryFolder, now: () => 0, parallel: 1 });
  for (const name of ['a', 'b']) files.fetch(file(name), async () => undefined);
  expect((await buffer((await files.open(file('b'))).stream)).equals(bytes)).toBe(true);
});

test('of the files that wait, the largest is fetched first', async () => {
  const { files, read } = openFiles(new Error('no connection'), { parallel: 1 });
  const sizes = { first: 1, small: 2, large: 30, middle: 4, other: 30 };
  for (const [name, size] of Object.entries(sizes)) files.fetch({ ...file(name), size }, async () => undefined);
  await vi.waitFor(() => expect(read).toHaveBeenCalledTimes(5));
  const order = ['first', 'large', 'other', 'middle', 'small'].map((name) => `${name}.whl`);
  expect(read.mock.calls.map(([{ filename }]) => filename)).toEqual(order);
  await files.close();
});

test('a file that no repository imports is removed after a while', async () => {
  const { files, fetch, time } = openFiles();
  await fetch(file('a'));
  time.now = 600_001;
  await fetch(file('b'));
  expect(await onDisk()).toHaveLength(1);
  await files.close();
});

test('without disk space, files are read from the index', async () => {
  const index = { open: async () => ({ stream: Readable.from([bytes]), size: bytes.length, partial: false }) };
  const files = openRecentFiles(index, { temporaryFolder: path.join(temporaryFolder, 'missing'), now: () => 0 });
  files.fetch(file(), async () => undefined);
  expect((await buffer((await files.open(file())).stream)).equals(bytes)).toBe(true);
  await files.close();
});
