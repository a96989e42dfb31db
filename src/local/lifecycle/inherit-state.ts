import { mkdir, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { failureCode } from '../files.ts';
import { acquireLock } from './lock.ts';
import { dataNames } from './state-files.ts';

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (failureCode(error) === 'ENOENT') return false;
    throw error;
  }
}

/**
 * Moves the data of the newest older version that does not run into a folder without data, so that an upgrade keeps
 * what was vetted. The caller holds the lock of `stateDirectory`.
 *
 * @returns the folder that the data came from, if any.
 */
export async function inheritState(
  stateDirectory: string,
  olderDirectories: readonly string[],
): Promise<string | undefined> {
  if (await exists(join(stateDirectory, 'domains'))) return undefined;
  for (const older of olderDirectories) {
    if (!(await exists(join(older, 'domains')))) continue;
    const lock = await acquireLock(older);
    if (!lock) continue;
    try {
      await mkdir(stateDirectory, { recursive: true, mode: 0o700 });
      // `domains` is last: while it is missing, an interrupted move is continued.
      for (const name of dataNames.toSorted((a, b) => Number(a === 'domains') - Number(b === 'domains'))) {
        if (await exists(join(older, name))) await rename(join(older, name), join(stateDirectory, name));
      }
      return older;
    } finally {
      await lock.release();
    }
  }
  return undefined;
}
