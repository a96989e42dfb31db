import { realpath, stat } from 'node:fs/promises';
import type { PathFacts } from './project-file.ts';

/** Returns what the file system says about a path, symbolic links followed; undefined if it cannot be seen. */
export async function examinePath(file: string): Promise<PathFacts | undefined> {
  try {
    const [found, realPath] = await Promise.all([stat(file), realpath(file)]);
    const { size, uid: userId, gid: groupId, mode } = found;
    return { realPath, isFile: found.isFile(), size, userId, groupId, mode };
  } catch {
    return undefined;
  }
}
