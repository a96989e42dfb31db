import { createRequire } from 'node:module';
import { failureCode, stateFolderError } from '../files.ts';
import { stateFiles } from './state-files.ts';

/** A lock that is held until it is released or its process ends. */
export type Lock = { release(): Promise<void> };

type Level = new (path: string) => { open(): Promise<void>; close(): Promise<void> };

/**
 * Acquires the folder's lock. Returns undefined when another process holds it.
 *
 * Node has no file locks. LevelDB, a dependency of the DynamoDB library, locks each database that it opens with a file
 * lock of the operating system. So the lock is an empty database.
 *
 * @throws {AwspipError} `state-folder` (78) when the lock cannot be acquired for any other reason.
 */
export async function acquireLock(stateDirectory: string): Promise<Lock | undefined> {
  const require = createRequire(import.meta.url);
  const { Level } = createRequire(require.resolve('dynalite'))('level') as { Level: Level };
  const database = new Level(stateFiles(stateDirectory).lock);
  try {
    await database.open();
  } catch (error) {
    const cause = error instanceof Error ? error.cause : undefined;
    if (failureCode(cause) === 'LEVEL_LOCKED') return undefined;
    throw stateFolderError(stateDirectory, cause ?? error);
  }
  return { release: () => database.close() };
}
