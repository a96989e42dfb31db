import { lstat } from 'node:fs/promises';
import path from 'node:path';

/**
 * Checks that only this user can change a folder and the one above it: they belong to the user, and neither the group nor
 * others may write. On Windows, the folders of the profile are private.
 */
export async function isPrivate(folder: string, userId = process.geteuid?.()): Promise<boolean> {
  if (userId === undefined) return true;
  const found = await Promise.all(
    [folder, path.dirname(folder)].map((each) => lstat(each).catch(() => undefined)), // never through a link
  );
  return found.every((stats) => stats?.isDirectory() === true && stats.uid === userId && (stats.mode & 0o022) === 0);
}
