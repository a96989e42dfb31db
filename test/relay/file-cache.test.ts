import { createHash, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import * as fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { isPrivate } from '../../src/private-folder.ts';
import { cachedPath } from '../../src/relay/file-cache/cache-folder.ts';
import { type CacheFiles, openFileCache } from '../../src/relay/file-cache/file-cache.ts';
import { chooseRemoved, countFiles } from '../../src/relay/file-cache/prune.ts';

let home: string;
let folder: string;
let now: number;

beforeEach(async () => {
  home = await fs.mkdtemp(path.join(os.tmpdir(), 'awspip-cache-'));
  folder = path.join(home, 'awspip', 'files');
  now = 1_800_000_000_000;
});
afterEach(() => fs.rm(home, { recursive: true, force: true }));

const open = (maxBytes = 1_000, files?: Partial<CacheFiles>) => {
  return openFileCache({ folder, maxBytes, now: () => now, unique: randomUUID }, files && { ...fs, ...files });
};
const digest = (text: string) => createHash('sha256').update(text).digest('hex');
/** Writes a file outside the cache, and returns its digest and its path. */
const source = async (text: string): Promise<[string, string]> => {
  const file = path.join(home, digest(text));
  await fs.writeFile(file, text);
  return [digest(text), file];
};
const textIn = async (cache: ReturnType<typeof open>, sha256: string): Promise<string | undefined> => {
  const handle = await cache.open(sha256);
  const text = await handle?.readFile('utf8');
  await handle?.close();
  return text;
};
const draftsLeft = () => fs.readdir(path.join(folder, 'drafts')).catch(() => []);
const noSpace = async (): Promise<never> => {
  throw Object.assign(new Error('no space'), { code: 'ENOSPC' });
};

test('a file that one run adds is there in the next, in a folder that only the user can read', async () => {
  const first = open();
  expect(await first.open(digest('a'))).toBeUndefined();
  await first.add(...(await source('a')));
  await first.close();
  expect(await textIn(open(), digest('a'))).toBe('a');
  expect((await fs.stat(folder)).mode & 0o077).toBe(0);
  expect(await draftsLeft()).toEqual([]);
});

test('a file that is received is kept only if it is complete and right', async () => {
  const cache = open();
  const [kept, discarded] = [cache.receive(digest('ab')), cache.receive(digest('cd'))];
  for (const [writer, texts] of [[kept, ['a', 'b']] as const, [discarded, ['c']] as const]) {
    for (const text of texts) await writer.write(Buffer.from(text));
  }
  expect(await cache.has(digest('ab'))).toBe(false);
  await kept.keep();
  await discarded.discard();
  await cache.close();
  expect([await textIn(cache, digest('ab')), await cache.has(digest('cd'))]).toEqual(['ab', false]);
  expect(await draftsLeft()).toEqual([]);
});

test('a file with other bytes is removed and not returned', async () => {
  const cache = open();
  await cache.add(...(await source('a')));
  await fs.writeFile(cachedPath(folder, digest('a')), 'b');
  expect(await cache.has(digest('a'))).toBe(true);
  expect(await cache.open(digest('a'))).toBeUndefined();
  expect(await cache.has(digest('a'))).toBe(false);
});

test('a link in place of a file is not followed', async () => {
  const cache = open();
  const [sha256, file] = await source('a');
  await cache.add(sha256, file);
  await fs.rm(cachedPath(folder, sha256));
  await fs.symlink(file, cachedPath(folder, sha256));
  expect([await cache.has(sha256), await cache.open(sha256)]).toEqual([false, undefined]);
});

test('on a full disk, nothing is kept, nothing is left over, and the run tries no more', async () => {
  let tries = 0;
  const link = async () => {
    tries += 1;
    throw new Error('another file system');
  };
  const copyFile: CacheFiles['copyFile'] = async (_from, to) => {
    await fs.writeFile(to, 'part');
    return noSpace();
  };
  const cache = open(1_000, { link, copyFile });
  await cache.add(...(await source('a')));
  await cache.add(...(await source('b')));
  await cache.close();
  expect([tries, await draftsLeft(), (await countFiles(folder, () => now)).files]).toEqual([1, [], 0]);
});

test('bytes in memory are kept as a file is, and on a full disk nothing is left over', async () => {
  const cache = open();
  await cache.add(digest('ab'), Buffer.from('ab'));
  expect(await textIn(cache, digest('ab'))).toBe('ab');
  const writeFile: CacheFiles['writeFile'] = async (to) => {
    await fs.writeFile(to as string, 'part');
    return noSpace();
  };
  const full = open(1_000, { writeFile });
  await full.add(digest('cd'), Buffer.from('cd'));
  await full.close();
  expect([await full.has(digest('cd')), await draftsLeft()]).toEqual([false, []]);
});

test('a disk that becomes full while a file is received does not disturb the receiver', async () => {
  const broken: CacheFiles['open'] = async (...options) =>
    Object.assign(await fs.open(...options), { writeFile: noSpace });
  const cache = open(1_000, { open: broken });
  const writer = cache.receive(digest('ab'));
  await writer.write(Buffer.from('a'));
  await writer.write(Buffer.from('b'));
  await writer.keep();
  await cache.close();
  expect([await cache.has(digest('ab')), await draftsLeft()]).toEqual([false, []]);
});

test('two runs that keep the same file at the same time leave one', async () => {
  const [one, other] = [open(), open()];
  const file = await source('a');
  const writers = [one.receive(digest('b')), other.receive(digest('b'))];
  await Promise.all([one.add(...file), other.add(...file), ...writers.map((each) => each.write(Buffer.from('b')))]);
  await Promise.all(writers.map((each) => each.keep()));
  await Promise.all([one.close(), other.close()]);
  expect([await textIn(one, digest('a')), await textIn(other, digest('b'))]).toEqual(['a', 'b']);
  expect([(await countFiles(folder, () => now)).files, await draftsLeft()]).toEqual([2, []]);
});

test.skipIf(process.platform === 'win32').each([
  ['the folder', () => folder],
  ['the folder above', () => path.dirname(folder)],
])('if others can write %s, nothing is read from it or written to it', async (_, changed) => {
  const cache = open();
  await cache.add(...(await source('a')));
  await fs.chmod(changed(), 0o777);
  const later = open();
  expect([await later.has(digest('a')), await later.open(digest('a'))]).toEqual([false, undefined]);
  await later.add(...(await source('b')));
  expect(existsSync(cachedPath(folder, digest('b')))).toBe(false);
});

test.skipIf(process.platform === 'win32')('a folder of another user is not private', async () => {
  await fs.mkdir(folder, { recursive: true, mode: 0o700 });
  const uid = process.geteuid?.() ?? 0;
  expect([await isPrivate(folder), await isPrivate(folder, uid + 1)]).toEqual([true, false]);
});

test('a cache that cannot be created changes nothing', async () => {
  await fs.writeFile(path.join(home, 'awspip'), 'a file');
  const cache = open();
  await cache.add(...(await source('a')));
  const writer = cache.receive(digest('b'));
  await writer.write(Buffer.from('b'));
  await writer.keep();
  await cache.close();
  expect(await cache.open(digest('a'))).toBeUndefined();
});

test('after an install, the files that were used least recently make room', async () => {
  const texts = ['a', 'b', 'c'].map((letter) => letter.repeat(400));
  for (const text of texts) {
    const cache = open();
    await cache.add(...(await source(text)));
    now += 60_000;
    if (text !== texts[0]) await (await cache.open(digest(texts[0] ?? '')))?.close(); // `a` stays in use
    await cache.close();
  }
  const kept = await Promise.all(texts.map((text) => open().has(digest(text))));
  expect(kept).toEqual([true, false, true]);
});

test('a file of more than half of the cache is not kept', async () => {
  const cache = open(10);
  await cache.add(...(await source('a'.repeat(6))));
  const writer = cache.receive(digest('b'.repeat(6)));
  await writer.write(Buffer.from('b'.repeat(6)));
  await writer.keep();
  await cache.close();
  expect([(await countFiles(folder, () => now)).files, await draftsLeft()]).toEqual([0, []]);
});

test('drafts of a run that was killed are removed after a day', async () => {
  const killed = open();
  const writer = killed.receive(digest('never'));
  await writer.write(Buffer.from('nev'));
  expect(await draftsLeft()).toHaveLength(1);
  now = Date.now() + 25 * 60 * 60 * 1000;
  const cache = open();
  await cache.add(...(await source('a')));
  await cache.close();
  expect([await draftsLeft(), await cache.has(digest('a'))]).toEqual([[], true]);
  await writer.discard(); // closes the file
});

test('an unreadable record of the size is made again', async () => {
  const cache = open();
  await cache.add(...(await source('a')));
  await fs.writeFile(path.join(folder, 'usage.json'), '{"bytes":"many"');
  await cache.close();
  expect(JSON.parse(await fs.readFile(path.join(folder, 'usage.json'), 'utf8'))).toEqual({ bytes: 1, countedAt: now });
});

test('no more is removed than needed, the oldest first', () => {
  const files = [3, 1, 2].map((usedAt) => ({ path: `/${usedAt}`, bytes: 10, usedAt }));
  expect(chooseRemoved(files, 30)).toEqual([]);
  expect(chooseRemoved(files, 29).map((file) => file.usedAt)).toEqual([1]);
  expect(chooseRemoved(files, 0)).toHaveLength(3);
});
