import { createHash, randomUUID } from 'node:crypto';
import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Small texts kept between runs: tokens and endpoints. A miss of any kind is undefined, never an error. */
export type TokenCache = {
  /** The text written under `key`, with its end in epoch milliseconds; undefined when absent, over or unreadable. */
  read(key: readonly string[]): Promise<CachedText | undefined>;
  write(key: readonly string[], entry: CachedText): Promise<void>;
  forget(key: readonly string[]): Promise<void>;
};
export type CachedText = { readonly text: string; readonly expiresAt: number };

const maxEntryBytes = 64 * 1024;

/**
 * A cache in `directory`: files 0600 in a folder 0700, named by the hash of their key. Several processes may write at
 * once (a rename is atomic). Where nothing can be written, things go on without a cache.
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
      const fresh = `${path}.${randomUUID()}`;
      try {
        await mkdir(directory, { recursive: true, mode: 0o700 });
        await chmod(directory, 0o700);
        await writeFile(fresh, JSON.stringify(entry), { mode: 0o600, flag: 'wx' });
        await rename(fresh, path);
      } catch {
        await rm(fresh, { force: true }).catch(() => {});
      }
    },
    async forget(key) {
      await rm(pathOf(key), { force: true }).catch(() => {});
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
