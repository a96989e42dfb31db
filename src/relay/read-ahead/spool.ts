import { createHash } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { HttpResponse } from '../../index/http-types.ts';
import { parseLength } from '../../index/resuming-stream.ts';
import { once } from '../../once.ts';
import { discard } from '../discard.ts';
import type { KnownFile } from '../fetch-page.ts';
import type { RelayUpstream } from '../relay-upstream.ts';
import type { SpoolLimits } from './types.ts';

/** A complete file whose digest was verified: its bytes, or its path. */
export type SpooledFile = Buffer | string;

/** Files that were fetched before pip asked for them: small ones in memory, others in a folder of this run. */
export type Spool = {
  /** Fetches a file, unless it is there, under way or too large. A failure has no effect. */
  fetch(file: KnownFile): void;
  /**
   * Returns a complete file, and waits for one that is being fetched. Returns undefined for any other file. One that has
   * not begun is not fetched any more, because the caller does it now.
   */
  take(sha256: string): Promise<SpooledFile | undefined>;
  /** Returns a file that is complete now, and changes nothing. */
  find(sha256: string): SpooledFile | undefined;
  /** Ends everything and removes the folder. */
  close(): Promise<void>;
};

const defaultLimits: SpoolLimits = {
  connections: 24,
  fileBytes: 32 * 1024 * 1024,
  totalBytes: 512 * 1024 * 1024,
  files: 2_000,
  memoryFileBytes: 2 * 1024 * 1024,
  memoryBytes: 64 * 1024 * 1024,
};

type Options = {
  /** A folder that does not exist yet. */
  readonly folder: string;
  readonly upstream: Pick<RelayUpstream, 'get'>;
  /** Receives each complete file, before the spool removes it. */
  readonly keep?: (sha256: string, file: SpooledFile) => Promise<void>;
  readonly limits?: Partial<SpoolLimits>;
};

/** Opens an empty spool. The folder is created with the first large file. */
export function openSpool({ folder, upstream, keep = async () => {}, limits }: Options): Spool {
  const { connections, fileBytes, totalBytes, files, memoryFileBytes, memoryBytes } = { ...defaultLimits, ...limits };
  const abort = new AbortController();
  const { signal } = abort;
  setMaxListeners(0, signal); // Each download listens several times.
  const downloads = new Map<string, Promise<SpooledFile | undefined>>();
  const queue = new Map<string, KnownFile>();
  const complete = new Map<string, SpooledFile>();
  const keeping: Promise<void>[] = [];
  const createFolder = once(() => mkdir(folder, { recursive: true, mode: 0o700 }));
  let running = 0;
  let bytes = 0;
  let bytesInMemory = 0;
  let isFull = false;

  /** Yields the bytes of a file, and ends with an error if they are too many, or others than expected. */
  async function* verified(body: AsyncIterable<Buffer>, sha256: string): AsyncGenerator<Buffer> {
    const hash = createHash('sha256');
    let length = 0;
    for await (const chunk of body) {
      length += chunk.length;
      bytes += chunk.length;
      if (length > fileBytes || bytes > totalBytes) throw new Error('the file is too large to be read ahead');
      hash.update(chunk);
      yield chunk;
    }
    if (hash.digest('hex') !== sha256) throw new Error('the file has another digest than the index lists');
  }

  const toMemory = async (body: AsyncIterable<Buffer>, length: number): Promise<Buffer> => {
    bytesInMemory += length;
    const chunks: Buffer[] = [];
    let received = 0;
    try {
      for await (const chunk of body) {
        received += chunk.length;
        if (received > length) throw new Error('the file is longer than the repository says');
        chunks.push(chunk);
      }
      return Buffer.concat(chunks);
    } catch (error) {
      bytesInMemory -= length;
      throw error;
    }
  };

  const toFolder = async (body: AsyncIterable<Buffer>, sha256: string): Promise<string> => {
    const target = path.join(folder, sha256);
    try {
      await createFolder();
      await pipeline(body, createWriteStream(target, { flags: 'wx', mode: 0o600 }), { signal });
      return target;
    } catch (error) {
      await rm(target, { force: true }).catch(() => {});
      throw error;
    }
  };

  const download = async ({ file, sha256 }: KnownFile): Promise<SpooledFile | undefined> => {
    const headers = { accept: '*/*', 'accept-encoding': 'identity' };
    let body: HttpResponse['body'] | undefined;
    try {
      const result = await upstream.get(file.url, { headers, signal });
      if (result.kind === 'failure') return undefined;
      const { response } = result;
      const length = parseLength(response.headers['content-length']);
      if (response.status !== 200 || (length ?? 0) > fileBytes) {
        discard(response);
        return undefined;
      }
      body = response.body;
      const fits = length !== undefined && length <= memoryFileBytes && bytesInMemory + length <= memoryBytes;
      const spooled = await (fits
        ? toMemory(verified(body, sha256), length)
        : toFolder(verified(body, sha256), sha256));
      complete.set(sha256, spooled);
      keeping.push(keep(sha256, spooled).catch(() => {}));
      return spooled;
    } catch (error) {
      body?.destroy(); // Nothing has read it if the folder could not be created.
      // Without space on the disk, nothing more is read ahead, and the installation goes on.
      if ((error as NodeJS.ErrnoException).code === 'ENOSPC') isFull = true;
      return undefined;
    }
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
    find: (sha256) => complete.get(sha256),
    async close() {
      queue.clear();
      abort.abort();
      await Promise.all(downloads.values());
      await Promise.all(keeping);
      await rm(folder, { recursive: true, force: true }).catch(() => {});
    },
  };
}
