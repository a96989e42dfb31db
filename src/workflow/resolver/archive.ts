import type { Readable } from 'node:stream';

/** The limits for reading one archive, in bytes unless noted. */
export type ArchiveLimits = {
  /** Compressed bytes to read. */
  readonly packed: number;
  /** Decompressed bytes, including skipped entries. */
  readonly unpacked: number;
  /** Number of entries. */
  readonly entries: number;
  /** Decompressed bytes of one selected entry. */
  readonly entry: number;
};

/** Entries of an archive as text, by path. */
export type Entries = ReadonlyMap<string, string>;

/** Thrown for an archive that is damaged or too large; never for a failure of the network. */
export class UnreadableArchive extends Error {
  override readonly name = 'UnreadableArchive';
  /** The entries read before the failure. */
  readonly found: Entries;

  constructor(message: string, found: Entries = new Map()) {
    super(message);
    this.found = found;
  }
}

/** Returns the limits for a distribution file of at most `packed` compressed bytes. */
export function archiveLimits(packed: number): ArchiveLimits {
  return { packed, unpacked: 2 * 1024 * 1024 * 1024, entries: 100_000, entry: 16 * 1024 * 1024 };
}

/** Reads a stream into a buffer. Throws `UnreadableArchive` beyond `limit` bytes; `subject` names the stream in it. */
export async function collect(stream: AsyncIterable<Uint8Array>, limit: number, subject: string): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of stream) {
    size += chunk.length;
    if (size > limit) throw new UnreadableArchive(`${subject} is larger than ${limit} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
}

/** Destroys an unused stream and ignores its errors. */
export function discard(stream: Readable): void {
  stream.on('error', () => undefined);
  stream.destroy();
}
