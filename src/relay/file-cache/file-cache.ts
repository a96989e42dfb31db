import { createHash } from 'node:crypto';
import {
  constants,
  copyFile,
  type FileHandle,
  link,
  lstat,
  mkdir,
  open,
  rename,
  rm,
  utimes,
  writeFile,
} from 'node:fs/promises';
import path from 'node:path';
import { once } from '../../once.ts';
import { isPrivate } from '../../private-folder.ts';
import { cachedPath, draftPath, prepareFolder } from './cache-folder.ts';
import { pruneAfter } from './prune.ts';
import type { CacheWriter, FileCache, FileCacheOptions } from './types.ts';

const largestShare = 0.5;
const chunkBytes = 1024 * 1024;

/** The functions of the file system that add files. Tests make them fail. */
export type CacheFiles = Pick<typeof import('node:fs/promises'), 'link' | 'copyFile' | 'open' | 'rename' | 'writeFile'>;

/** Opens the cache. Nothing is created before the first file. */
export function openFileCache(
  { folder, maxBytes, now, unique }: FileCacheOptions,
  files: CacheFiles = { link, copyFile, open, rename, writeFile },
): FileCache {
  /** After a failed write, such as one to a full disk, this run keeps nothing more. */
  let isUsable = true;
  const mayRead = once(() => isPrivate(folder));
  const mayWrite = once(async () => {
    isUsable &&= await prepareFolder(folder);
    return isUsable;
  });
  const unfinished = new Set<Promise<unknown>>();
  let addedBytes = 0;

  const track = <T>(work: Promise<T>): Promise<T> => {
    unfinished.add(work);
    return work.finally(() => unfinished.delete(work));
  };
  const publish = async (draft: string, sha256: string, bytes: number): Promise<void> => {
    const target = cachedPath(folder, sha256);
    await mkdir(path.dirname(target), { recursive: true, mode: 0o700 });
    await files.rename(draft, target);
    addedBytes += bytes;
  };
  /** Runs a write. A failure removes the draft. */
  const guarded = async (draft: string, write: () => Promise<void>): Promise<void> => {
    try {
      await write();
    } catch {
      isUsable = false;
      await rm(draft, { force: true }).catch(() => {});
    }
  };
  const has = async (sha256: string): Promise<boolean> => {
    const stats = await lstat(cachedPath(folder, sha256)).catch(() => undefined);
    return stats?.isFile() === true && mayRead();
  };

  const keeps = (bytes: number): boolean => isUsable && bytes <= maxBytes * largestShare;

  return {
    has,
    keeps,
    async open(sha256) {
      if (!(await has(sha256))) return undefined;
      const target = cachedPath(folder, sha256);
      const handle = await open(target, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0)).catch(() => undefined);
      if (handle === undefined) return undefined;
      if ((await digestOf(handle).catch(() => undefined)) === sha256) {
        const time = new Date(now());
        await utimes(target, time, time).catch(() => {}); // the time of its last use
        return handle;
      }
      await handle.close().catch(() => {});
      await rm(target, { force: true }).catch(() => {});
      return undefined;
    },
    add: (sha256, file) =>
      track(
        (async () => {
          const bytes = Buffer.isBuffer(file) ? file.length : await sizeOf(file);
          if (!keeps(bytes) || (await has(sha256)) || !(await mayWrite())) return;
          const draft = draftPath(folder, sha256, unique());
          await guarded(draft, async () => {
            if (Buffer.isBuffer(file)) await files.writeFile(draft, file, { flag: 'wx', mode: 0o600 });
            // A link takes no space. It fails between file systems.
            else await files.link(file, draft).catch(() => files.copyFile(file, draft, constants.COPYFILE_EXCL));
            await publish(draft, sha256, bytes);
          });
        })(),
      ),
    receive(sha256) {
      const draft = draftPath(folder, sha256, unique());
      let handle: FileHandle | undefined;
      let bytes = 0;
      let isKept = isUsable;
      let end = () => {};
      void track(
        new Promise<void>((resolve) => {
          end = resolve;
        }),
      );
      const close = async () => {
        await handle?.close().catch(() => {});
        handle = undefined;
      };
      const fail = async () => {
        isKept = false;
        await close();
        await rm(draft, { force: true }).catch(() => {});
        end();
      };
      const begin = async (): Promise<boolean> => {
        if (handle !== undefined) return true;
        if ((await has(sha256)) || !(await mayWrite())) return false;
        handle = await files.open(draft, 'wx', 0o600);
        return true;
      };
      const writer: CacheWriter = {
        async write(chunk) {
          if (!isKept) return;
          try {
            bytes += chunk.length;
            if (!keeps(bytes) || !(await begin())) return await fail();
            await handle?.writeFile(chunk);
          } catch {
            isUsable = false;
            await fail();
          }
        },
        async keep() {
          if (!isKept || handle === undefined) return fail();
          await close();
          await guarded(draft, () => publish(draft, sha256, bytes));
          end();
        },
        discard: fail,
      };
      return writer;
    },
    async close() {
      await Promise.all(unfinished);
      if (addedBytes > 0) await pruneAfter(addedBytes, { folder, maxBytes, now }).catch(() => {});
    },
  };
}

async function sizeOf(file: string): Promise<number> {
  return (await lstat(file).catch(() => undefined))?.size ?? Number.POSITIVE_INFINITY;
}

/** Returns the sha256 hex of an open file. */
async function digestOf(handle: FileHandle): Promise<string> {
  const hash = createHash('sha256');
  const buffer = Buffer.allocUnsafe(chunkBytes);
  for (let position = 0; ; ) {
    const { bytesRead } = await handle.read(buffer, 0, chunkBytes, position);
    if (bytesRead === 0) return hash.digest('hex');
    hash.update(buffer.subarray(0, bytesRead));
    position += bytesRead;
  }
}
