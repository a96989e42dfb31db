import type { Readable } from 'node:stream';

/** What reading an archive may cost. */
export type ArchiveLimits = {
  /** Bytes of the archive itself that may be read. */
  readonly packed: number;
  /** Bytes that may come out of it, entries that are skipped included. */
  readonly unpacked: number;
  readonly entries: number;
  /** Bytes of one entry that is wanted. */
  readonly entry: number;
};

/** Entries read from an archive, by their path in it. */
export type Entries = ReadonlyMap<string, string>;

/** Why an archive could not be read: its own fault or its size, never the network's. */
export class UnreadableArchive extends Error {
  override readonly name = 'UnreadableArchive';
  /** What had been read until then. */
  readonly found: Entries;

  constructor(message: string, found: Entries = new Map()) {
    super(message);
    this.found = found;
  }
}

/** Limits for one distribution file of which at most `packed` bytes may be read. */
export function archiveLimits(packed: number): ArchiveLimits {
  return { packed, unpacked: 2 * 1024 * 1024 * 1024, entries: 100_000, entry: 16 * 1024 * 1024 };
}

/** Collects a stream; throws `UnreadableArchive` past the limit. */
export async function collect(stream: AsyncIterable<Uint8Array>, limit: number, what: string): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of stream) {
    size += chunk.length;
    if (size > limit) throw new UnreadableArchive(`${what} is larger than ${limit} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
}

/** Lets go of a stream that is not wanted; what it has to say of that is of no interest. */
export function discard(stream: Readable): void {
  stream.on('error', () => undefined);
  stream.destroy();
}
