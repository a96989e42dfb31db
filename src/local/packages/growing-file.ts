import { createHash, getHashes } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { type FileHandle, open } from 'node:fs/promises';
import { failureCode } from '../files.ts';

/** CodeArtifact's limit on the size of an asset: 5 GB. */
export const maxAssetBytes = 5_000_000_000;
const chunkSize = 256 * 1024;

/** A file that can be read while it is being downloaded. */
export type GrowingFile = {
  /** The path of the bytes. It changes once, after their digest was verified. */
  path: string;
  /** Emits `change` when bytes were written or the state changed. */
  readonly changes: EventEmitter;
  /** The number of bytes written. */
  written: number;
  state: 'growing' | 'verified' | 'failed';
  /** Why the download failed. */
  failure?: unknown;
};

/** The SHA-256 of a file, and its size in bytes. */
export type FileDigest = { readonly sha256: string; readonly size: number };
type Hashes = Readonly<Record<string, string>>;

/** Returns an empty file that is about to be downloaded. */
export function growingFile(path: string): GrowingFile {
  return { path, changes: new EventEmitter().setMaxListeners(0), written: 0, state: 'growing' };
}

/** Returns the hashes to compute: SHA-256, and the algorithms of the expected digests that Node supports. */
function hashesFor(expected: Hashes): Map<string, ReturnType<typeof createHash>> {
  const known = new Set(getHashes().map((name) => name.toLowerCase()));
  const names = Object.keys(expected).filter((name) => known.has(name.toLowerCase()));
  return new Map([...new Set(['sha256', ...names])].map((name) => [name, createHash(name)]));
}

/** Thrown for a downloaded file with other bytes than its index lists. */
export class WrongDigest extends Error {
  override readonly name = 'WrongDigest';
  readonly algorithm: string;
  readonly actual: string;
  readonly listed: string;

  constructor(algorithm: string, actual: string, listed: string) {
    super(`its ${algorithm} is ${actual}, not ${listed}`);
    this.algorithm = algorithm;
    this.actual = actual;
    this.listed = listed;
  }
}

function digestOf(hashes: ReadonlyMap<string, ReturnType<typeof createHash>>, expected: Hashes): string {
  let sha256 = '';
  for (const [name, hash] of hashes) {
    const actual = hash.digest('hex');
    if (name === 'sha256') sha256 = actual;
    const listed = expected[name]?.toLowerCase();
    if (listed !== undefined && listed !== actual) throw new WrongDigest(name, actual, listed);
  }
  return sha256;
}

/**
 * Writes a stream into the file and computes its digests.
 *
 * @throws {WrongDigest} when a digest differs from the expected one.
 * @throws {Error} when the file is larger than 5 GB.
 */
export async function download(
  file: GrowingFile,
  handle: FileHandle,
  stream: AsyncIterable<Uint8Array>,
  expected: Hashes,
): Promise<FileDigest> {
  const hashes = hashesFor(expected);
  for await (const chunk of stream) {
    if (file.written + chunk.length > maxAssetBytes) throw new Error('it is larger than 5 GB');
    await handle.writeFile(chunk);
    for (const hash of hashes.values()) hash.update(chunk);
    file.written += chunk.length;
    file.changes.emit('change');
  }
  const sha256 = digestOf(hashes, expected);
  await handle.sync();
  return { sha256, size: file.written };
}

/** Opens the file for reading. Tries again when the file is moved to its final path at the same time. */
async function openForReading(file: GrowingFile): Promise<FileHandle> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await open(file.path, 'r');
    } catch (error) {
      if (failureCode(error) !== 'ENOENT' || file.state === 'failed' || attempt === 20) throw error;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}

/**
 * Reads the bytes `start` to `end` (inclusive) of a file while it grows. The last byte is withheld until the digest is
 * verified, so that no reader gets a complete file with a wrong digest.
 */
export async function* readGrowing(file: GrowingFile, start: number, end: number): AsyncGenerator<Uint8Array> {
  let position = start;
  const handle = await openForReading(file);
  try {
    while (position <= end) {
      const ready = file.state === 'verified' ? file.written : file.written - 1;
      const length = Math.min(chunkSize, end + 1 - position, ready - position);
      if (length > 0) {
        const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(length), 0, length, position);
        if (bytesRead === 0) throw new Error('the file was truncated while it was read');
        position += bytesRead;
        yield buffer.subarray(0, bytesRead);
      } else if (file.state === 'growing') await once(file.changes, 'change');
      else if (file.state === 'failed') throw file.failure;
      else return;
    }
  } finally {
    await handle.close();
  }
}
