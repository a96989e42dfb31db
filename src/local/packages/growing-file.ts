import { createHash, getHashes } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { type FileHandle, open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { failureCode } from '../files.ts';

/** CodeArtifact's bound on an asset: 5 GB. */
const maxAssetBytes = 5_000_000_000;
const chunkSize = 256 * 1024;

/** A file that is being downloaded, and may be read meanwhile. */
export type GrowingFile = {
  /** Where the bytes are; it changes once, when they are known to be right. */
  path: string;
  readonly news: EventEmitter;
  written: number;
  end: 'open' | 'right' | 'wrong';
};

export type Learnt = { readonly sha256: string; readonly size: number };
type Hashes = Readonly<Record<string, string>>;

export function growingFile(path: string): GrowingFile {
  return { path, news: new EventEmitter().setMaxListeners(0), written: 0, end: 'open' };
}

/** Hashes to compute: SHA-256 always, and whatever else was told and can be checked. */
function hashesFor(expected: Hashes): Map<string, ReturnType<typeof createHash>> {
  const known = new Set(getHashes().map((name) => name.toLowerCase()));
  const names = Object.keys(expected).filter((name) => known.has(name.toLowerCase()));
  return new Map([...new Set(['sha256', ...names])].map((name) => [name, createHash(name)]));
}

function digestOf(hashes: ReadonlyMap<string, ReturnType<typeof createHash>>, expected: Hashes): string {
  let sha256 = '';
  for (const [name, hash] of hashes) {
    const actual = hash.digest('hex');
    if (name === 'sha256') sha256 = actual;
    const wanted = expected[name]?.toLowerCase();
    if (wanted !== undefined && wanted !== actual) throw new Error(`its ${name} is ${actual}, not ${wanted}`);
  }
  return sha256;
}

/** Writes a stream into the file, counting and hashing. Fails when a digest that was told is another. */
export async function download(
  file: GrowingFile,
  handle: FileHandle,
  stream: Readable,
  expected: Hashes,
): Promise<Learnt> {
  const hashes = hashesFor(expected);
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    if (file.written + chunk.length > maxAssetBytes) throw new Error('it is larger than 5 GB');
    await handle.writeFile(chunk);
    for (const hash of hashes.values()) hash.update(chunk);
    file.written += chunk.length;
    file.news.emit('more');
  }
  return { sha256: digestOf(hashes, expected), size: file.written };
}

/** Opens for reading, also when the file is being moved to its place at this moment. */
async function openForReading(file: GrowingFile): Promise<FileHandle> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await open(file.path, 'r');
    } catch (error) {
      if (failureCode(error) !== 'ENOENT' || file.end === 'wrong' || attempt === 20) throw error;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}

/**
 * Bytes `start` to `end` (inclusive) of a file that may still grow. The last byte known is held back until the whole
 * is known to be right, so that nobody ends up with a complete file that is wrong.
 */
export async function* follow(file: GrowingFile, start: number, end: number): AsyncGenerator<Uint8Array> {
  let position = start;
  const handle = await openForReading(file);
  try {
    while (position <= end) {
      const ready = file.end === 'right' ? file.written : file.written - 1;
      const length = Math.min(chunkSize, end + 1 - position, ready - position);
      if (length > 0) {
        const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(length), 0, length, position);
        if (bytesRead === 0) throw new Error('the file became shorter');
        position += bytesRead;
        yield buffer.subarray(0, bytesRead);
      } else if (file.end === 'open') await once(file.news, 'more');
      else if (file.end === 'wrong') throw new Error('the file is not what its digest says');
      else return;
    }
  } finally {
    await handle.close();
  }
}
