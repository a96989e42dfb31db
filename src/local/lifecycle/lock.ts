import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { stateFolderError, unlessMissing } from '../files.ts';
import { levelCode, levelDatabase } from '../level.ts';
import { stateFiles } from './state-files.ts';

/** A lock that is held until it is released or its process ends. */
export type Lock = { release(): Promise<void> };

/**
 * Removes what damaged the lock: a file in place of its folder, or all files of its database but the one that the
 * operating system locks. The database is empty, so nothing is lost. A process that has just made it again keeps its lock.
 */
async function clearLock(path: string): Promise<void> {
  const found = await unlessMissing(() => stat(path));
  if (found === undefined) return;
  if (!found.isDirectory()) return rm(path, { force: true });
  for (const name of await readdir(path)) {
    if (name !== 'LOCK') await rm(join(path, name), { recursive: true, force: true });
  }
}

/** Opens the lock's database. Returns undefined when another process has it open, and the error when it fails. */
async function openLock(path: string): Promise<Lock | undefined | { readonly error: unknown }> {
  const database = levelDatabase(path);
  try {
    await database.open();
    return { release: () => database.close() };
  } catch (error) {
    return levelCode(error) === 'LEVEL_LOCKED' ? undefined : { error: error instanceof Error ? error.cause : error };
  }
}

/**
 * Acquires the folder's lock. Returns undefined when another process holds it.
 *
 * Node has no file locks. LevelDB, a dependency of the DynamoDB library, locks each database that it opens with a file
 * lock of the operating system. So the lock is an empty database.
 *
 * @throws {AwspipError} `state-folder` (78) when the lock cannot be acquired for any other reason.
 */
export async function acquireLock(stateDirectory: string): Promise<Lock | undefined> {
  const path = stateFiles(stateDirectory).lock;
  const first = await openLock(path);
  if (first === undefined || 'release' in first) return first;
  try {
    await clearLock(path);
  } catch (error) {
    throw stateFolderError(stateDirectory, error);
  }
  const second = await openLock(path);
  if (second === undefined || 'release' in second) return second;
  throw stateFolderError(stateDirectory, second.error);
}
