import { createHash, randomUUID } from 'node:crypto';
import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A cache of tokens and endpoints between runs. Its methods never throw. */
export type TokenCache = {
  /** Returns the entry under `key`; undefined if it is missing, expired or unreadable. */
  read(key: readonly string[]): Promise<CachedText | undefined>;
  write(key: readonly string[], entry: CachedText): Promise<void>;
};

/** A text with its expiration time in epoch milliseconds. */
export type CachedText = { readonly text: string; readonly expiresAt: number };

const maxEntryBytes = 64 * 1024;

/**
 * Opens a cache in `directory`: files with mode 0600 in a folder with mode 0700, named by the hash of their key.
 * Concurrent processes may write, because a rename is atomic. A failed write is ignored.
 */
export function tokenCache({ directory, now }: { directory: string; now: () => number }): TokenCache {
  const pathOf = (key: readonly string[]) =>
    join(directory, `${createHash('sha256').update(JSON.stringify(key)).digest('hex').slice(0, 32)}.json`);

  return {
    async read(key) {
      try {
        const entry = parseEntry(await readFile(pathOf(key), 'utf8'));
        return entry !== undefined && entry.expiresAt > now() ? entry : undefined;
      } catch {
        return undefined;
      }
    },
    async write(key, entry) {
      const path = pathOf(key);
      const temporaryPath = `${path}.${randomUUID()}`;
      try {
        await mkdir(directory, { recursive: true, mode: 0o700 });
        await chmod(directory, 0o700);
        await writeFile(temporaryPath, JSON.stringify(entry), { mode: 0o600, flag: 'wx' });
        await rename(temporaryPath, path);
      } catch {
        await rm(temporaryPath, { force: true }).catch(() => {});
      }
    },
  };
}

function parseEntry(json: string): CachedText | undefined {
  if (json.length > maxEntryBytes) return undefined;
  const entry: unknown = JSON.parse(json);
  if (typeof entry !== 'object' || entry === null) return undefined;
  const { text, expiresAt } = entry as Partial<CachedText>;
  return typeof text === 'string' && text !== '' && typeof expiresAt === 'number' ? { text, expiresAt } : undefined;
}
