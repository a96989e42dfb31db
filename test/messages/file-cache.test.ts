import { randomUUID } from 'node:crypto';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Context } from '../../src/cli/context.ts';
import { ownProgram } from '../../src/cli/own-verbs.ts';
import { openFileCache } from '../../src/relay/file-cache/file-cache.ts';
import { fileCacheFolder } from '../../src/settings/folders.ts';
import { recordingTerminal } from './recording-terminal.ts';

let home: string;
beforeEach(async () => {
  home = await mkdtemp(path.join(os.tmpdir(), 'awspip-cache-'));
});
afterEach(() => rm(home, { recursive: true, force: true }));

const machine = () => ({ platform: 'linux', home, environment: {} }) as const;
async function fileCache(...words: readonly string[]): Promise<string> {
  const { terminal, written } = recordingTerminal();
  const context = { ...machine(), terminal } as unknown as Context;
  const resolved = { values: { fileCache: 2_000_000_000 } } as never;
  await ownProgram(resolved, context, () => {}).parseAsync(['file-cache', ...words], { from: 'user' });
  return written.stdout;
}
async function addFile(): Promise<void> {
  const source = path.join(home, 'source');
  await writeFile(source, Buffer.alloc(1_200_000));
  const cache = openFileCache({
    ...{ folder: fileCacheFolder(machine()), maxBytes: 1e9, now: Date.now, unique: randomUUID },
  });
  await cache.add('a'.repeat(64), source);
  await cache.close();
}

test('`file-cache` shows the folder and what is in it, and removes it', async () => {
  const folder = path.join(home, '.cache/awspip/files');
  expect(await fileCache('dir')).toBe(`${folder}\n`);
  expect(await fileCache('info')).toBe(`${folder}: 0 files, 0 MB (at most 2000 MB)\n`);
  await addFile();
  expect(await fileCache('info')).toBe(`${folder}: 1 file, 1.2 MB (at most 2000 MB)\n`);
  expect(JSON.parse(await fileCache('info', '--json'))).toEqual({
    ...{ folder, files: 1, bytes: 1_200_000, maxBytes: 2_000_000_000 },
  });
  expect(await fileCache('purge')).toBe('removed 1 file, 1.2 MB\n');
  expect(await fileCache('purge')).toBe('removed 0 files, 0 MB\n');
});

test.skipIf(process.platform === 'win32')('a folder that others can write is not emptied', async () => {
  await addFile();
  await chmod(fileCacheFolder(machine()), 0o777);
  await expect(fileCache('purge')).rejects.toMatchObject({ code: 'file-cache-unsafe', exit: 'configuration' });
});

test.each([
  ['linux', { XDG_CACHE_HOME: '/x' }, '/x/awspip/files'],
  ['linux', { XDG_CACHE_HOME: 'relative' }, '/home/u/.cache/awspip/files'],
  ['darwin', { XDG_CACHE_HOME: '/x' }, '/home/u/Library/Caches/awspip/files'],
] as const)('on %s with %j it is %s', (platform, environment, folder) => {
  expect(fileCacheFolder({ platform, home: '/home/u', environment })).toBe(folder);
});
