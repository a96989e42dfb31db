import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, open, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { UpstreamIndex } from './index/types.ts';

/** Calls `work` with the path of a file in a new folder, which is removed after it. */
export async function withTemporaryFile<T>(temporaryFolder: string, work: (target: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(path.join(temporaryFolder, 'awspip-inspect-'));
  try {
    return await work(path.join(folder, 'file'));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

class TooLarge extends Error {
  override readonly name = 'TooLarge';
}

/** Writes a stream to a file. Returns whether the stream had at most `maxBytes`; a longer one is destroyed. */
export async function writeStream(target: string, stream: Readable, maxBytes: number): Promise<boolean> {
  let size = 0;
  const limit = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      size += chunk.length;
      if (size > maxBytes) done(new TooLarge());
      else done(null, chunk);
    },
  });
  try {
    await pipeline(stream, limit, createWriteStream(target, { flags: 'wx', mode: 0o600 }));
    return true;
  } catch (error) {
    if (error instanceof TooLarge) return false;
    throw error;
  }
}

/** Writes the chunks that `send` passes on to a new file. */
export async function writeChunks(
  target: string,
  send: (write: (chunk: Buffer) => Promise<unknown>) => Promise<void>,
): Promise<void> {
  const handle = await open(target, 'wx', 0o600);
  try {
    await send((chunk) => handle.writeFile(chunk));
  } finally {
    await handle.close();
  }
}

/** Returns the SHA-256 of a file, in hex. */
export async function digestOfFile(target: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(target)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

/** Reading a smaller file whole is faster than reading parts of it. */
const minForRanges = 4 * 1024 * 1024;

/** Returns a source that reads one file of the disk. A small one is always sent whole. */
export function storedFile(target: string): Pick<UpstreamIndex, 'open'> {
  return {
    open: async (_file, range) => {
      const { size } = await stat(target);
      const part = size < minForRanges ? undefined : range;
      return { stream: createReadStream(target, part ?? {}), size, partial: part !== undefined };
    },
  };
}
