import { createRequire } from 'node:module';
import { failureCode, stateFolderTrouble } from '../files.ts';
import { filesOf } from './folder.ts';

/** Held until released, or until the process is gone, however it goes. */
export type Lock = { release(): Promise<void> };

type Level = new (path: string) => { open(): Promise<void>; close(): Promise<void> };

/**
 * Takes the folder's lock; undefined when another process has it.
 *
 * Node has no file locks. LevelDB, which DynamoDB's imitation brings with it, takes one of the operating system's on
 * each database that it opens: an empty database is our lock.
 *
 * @throws {AwspipError} `state-folder` (78) when the lock can neither be taken nor is it taken.
 */
export async function takeLock(stateDirectory: string): Promise<Lock | undefined> {
  const require = createRequire(import.meta.url);
  const { Level } = createRequire(require.resolve('dynalite'))('level') as { Level: Level };
  const database = new Level(filesOf(stateDirectory).lock);
  try {
    await database.open();
  } catch (error) {
    const cause = error instanceof Error ? error.cause : undefined;
    if (failureCode(cause) === 'LEVEL_LOCKED') return undefined;
    throw stateFolderTrouble(stateDirectory, cause ?? error);
  }
  return { release: () => database.close() };
}
