import { readdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { damaged, failureCode, unlessMissing } from './files.ts';

/** A LevelDB database, as far as it is used here. */
type LevelDatabase = {
  open(): Promise<void>;
  close(): Promise<void>;
  iterator(): AsyncIterable<unknown>;
};

/** Returns a LevelDB database that is not open yet. LevelDB is a dependency of the DynamoDB library. */
export function levelDatabase(path: string): LevelDatabase {
  const require = createRequire(import.meta.url);
  const { Level } = createRequire(require.resolve('dynalite'))('level') as {
    Level: new (path: string) => LevelDatabase;
  };
  return new Level(path);
}

/** Returns the code of a failure of LevelDB, which is that of its cause. */
export function levelCode(error: unknown): string | undefined {
  return failureCode(error instanceof Error ? (error.cause ?? error) : error);
}

/**
 * Checks that a database can be opened. LevelDB creates a new database where the file `CURRENT` is missing, so an old one
 * without it would be empty. With `thorough`, every entry is read.
 *
 * @throws {AwspipError} `state-damaged` (69).
 */
export async function checkDatabase(path: string, { thorough }: { readonly thorough: boolean }): Promise<void> {
  const names = await unlessMissing(() => readdir(path)).catch((error: unknown) => {
    throw failureCode(error) === 'ENOTDIR' ? damaged(path, 'it is not a folder') : error;
  });
  if (names === undefined) return;
  const hasData = names.some((name) => /^MANIFEST-|\.(ldb|sst)$/.test(name));
  if (hasData && !names.includes('CURRENT')) throw damaged(path, 'the file `CURRENT` is missing');
  const database = levelDatabase(path);
  try {
    await database.open();
    if (thorough) for await (const _ of database.iterator());
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    throw damaged(path, cause instanceof Error ? cause.message : String(cause));
  } finally {
    await database.close().catch(() => undefined);
  }
}
