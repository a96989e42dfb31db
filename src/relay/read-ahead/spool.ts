import { createHash } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { once } from '../../once.ts';
import { discard } from '../discard.ts';
import type { KnownFile } from '../fetch-page.ts';
import type { RelayUpstream } from '../relay-upstream.ts';

/** Files that were fetched before pip asked for them, in a folder of this run. */
export type Spool = {
  /** Fetches a file, unless it is there, under way or too large. A failure has no effect. */
  fetch(file: KnownFile): void;
  /**
   * Returns the path of a complete file whose digest was verified, and waits for one that is being fetched. Returns
   * undefined for any other file. One that has not begun is not fetched any more, because the caller does it now.
   */
  take(sha256: string): Promise<string | undefined>;
  /** Returns the path of a file that is complete now, and changes nothing. */
  find(sha256: string): string | undefined;
  /** Ends everything and removes the folder. */
  close(): Promise<void>;
};

export type SpoolLimits = {
  /** Concurrent downloads. */
  readonly connections: number;
  /** Larger files gain nothing from this, and pip shows their progress. */
  readonly fileBytes: number;
  readonly totalBytes: number;
  readonly files: number;
};

const defaultLimits: SpoolLimits = {
  connections: 24,
  fileBytes: 32 * 1024 * 1024,
  totalBytes: 512 * 1024 * 1024,
  files: 2_000,
};

type Options = {
  /** A folder that does not exist yet. */
  readonly folder: string;
  readonly upstream: Pick<RelayUpstream, 'get'>;
  /** Receives each complete file, before the spool removes it. */
  readonly keep?: (sha256: string, file: string) => Promise<void>;
  readonly limits?: Partial<SpoolLimits>;
};

/** Opens an empty spool. The folder is created with the first file. */
export function openSpool({ folder, upstream, keep = async () => {}, limits }: Options): Spool {
  const { connections, fileBytes, totalBytes, files } = { ...defaultLimits, ...limits };
  const abort = new AbortController();
  const { signal } = abort;
  setMaxListeners(0, signal); // Each download listens several times.
  const downloads = new Map<string, Promise<string | undefined>>();
  const queue = new Map<string, KnownFile>();
  const complete = new Set<string>();
  const keeping: Promise<void>[] = [];
  const createFolder = once(() => mkdir(folder, { recursive: true, mode: 0o700 }));
  let running = 0;
  let bytes = 0;
  let isFull = false;

  const download = async ({ file, sha256 }: KnownFile): Promise<string | undefined> => {
    const target = path.join(folder, sha256);
    try {
      const result = await upstream.get(file.url, {
        headers: { accept: '*/*', 'accept-encoding': 'identity' },
        signal,
      });
      if (result.kind === 'failure') return undefined;
      const { response } = result;
      if (response.status !== 200 || Number(response.headers['content-length'] ?? 0) > fileBytes) {
        discard(response);
        return undefined;
      }
      await createFolder();
      const hash = createHash('sha256');
      let length = 0;
      const measured = async function* (body: AsyncIterable<Buffer>) {
        for await (const chunk of body) {
          length += chunk.length;
          bytes += chunk.length;
          if (length > fileBytes || bytes > totalBytes) throw new Error('the file is too large to be read ahead');
          hash.update(chunk);
          yield chunk;
        }
      };
      await pipeline(response.body, measured, createWriteStream(target, { flags: 'wx', mode: 0o600 }), { signal });
      if (hash.digest('hex') === sha256) {
        complete.add(sha256);
        keeping.push(keep(sha256, target).catch(() => {}));
        return target;
      }
    } catch (error) {
      // Without space on the disk, nothing more is read ahead, and the installation goes on.
      if ((error as NodeJS.ErrnoException).code === 'ENOSPC') isFull = true;
    }
    await rm(target, { force: true }).catch(() => {});
    return undefined;
  };

  const startNext = (): void => {
    for (const [sha256, file] of queue) {
      if (running >= connections) return;
      queue.delete(sha256);
      running += 1;
      const ended = download(file).finally(() => {
        running -= 1;
        startNext();
      });
      downloads.set(sha256, ended);
    }
  };

  return {
    fetch(known) {
      const { file, sha256 } = known;
      const isKnown = downloads.has(sha256) || queue.has(sha256);
      if (isKnown || isFull || signal.aborted || (file.size ?? 0) > fileBytes) return;
      if (downloads.size + queue.size >= files || bytes >= totalBytes) return;
      queue.set(sha256, known);
      startNext();
    },
    async take(sha256) {
      queue.delete(sha256);
      return downloads.get(sha256);
    },
    find: (sha256) => (complete.has(sha256) ? path.join(folder, sha256) : undefined),
    async close() {
      queue.clear();
      abort.abort();
      await Promise.all(downloads.values());
      await Promise.all(keeping);
      await rm(folder, { recursive: true, force: true }).catch(() => {});
    },
  };
}
