import { lstat, mkdir, readdir } from 'node:fs/promises';
import path from 'node:path';
import { isPrivate } from '../../private-folder.ts';

const hexPair = /^[0-9a-f]{2}$/;
const digestName = /^[0-9a-f]{64}$/;

/** The folder of unfinished files. */
const draftsFolder = 'drafts';

export type CachedFile = { readonly path: string; readonly bytes: number; readonly usedAt: number };

/** Returns the path of a file: 256 folders, by the first two digits of the digest. */
export function cachedPath(folder: string, sha256: string): string {
  return path.join(folder, sha256.slice(0, 2), sha256);
}

export function draftPath(folder: string, sha256: string, unique: string): string {
  return path.join(folder, draftsFolder, `${sha256}.${unique}`);
}

/** Creates the folder, if it can be a private one. Returns whether files may be kept in it. */
export async function prepareFolder(folder: string): Promise<boolean> {
  try {
    await mkdir(path.join(folder, draftsFolder), { recursive: true, mode: 0o700 });
    return await isPrivate(folder);
  } catch {
    return false;
  }
}

/** Yields the files of the cache, one folder after the other. Everything else in it is ignored. */
export async function* cachedFiles(folder: string): AsyncIterable<readonly CachedFile[]> {
  const pairs = (await readdir(folder).catch(() => [])).filter((name) => hexPair.test(name));
  for (const pair of pairs) {
    yield await filesIn(path.join(folder, pair), (name) => digestName.test(name));
  }
}

/** Returns the unfinished files. Those of a run that was killed stay until they are removed. */
export function drafts(folder: string): Promise<readonly CachedFile[]> {
  return filesIn(path.join(folder, draftsFolder), () => true);
}

async function filesIn(folder: string, isNamed: (name: string) => boolean): Promise<CachedFile[]> {
  const names = (await readdir(folder).catch(() => [])).filter(isNamed);
  const found = await Promise.all(
    names.map(async (name) => {
      const file = path.join(folder, name);
      const stats = await lstat(file).catch(() => undefined);
      return stats?.isFile() === true ? [{ path: file, bytes: stats.size, usedAt: stats.mtimeMs }] : [];
    }),
  );
  return found.flat();
}
