/** The limits for one archive. They are numbers of bytes and entries, so that the result never depends on the machine. */
export type ArchiveLimits = {
  /** Bytes of the archive. */
  readonly packed: number;
  /** Decompressed bytes of all entries, at any compression ratio. */
  readonly unpacked: number;
  /** Decompressed bytes per byte of the archive, above `freeUnpacked`. */
  readonly ratio: number;
  readonly freeUnpacked: number;
  readonly entries: number;
  /** Bytes of one entry that is read as code. */
  readonly entry: number;
  /** Bytes of all entries that are in memory at the same time. */
  readonly kept: number;
};

const mebibyte = 1024 * 1024;

export const archiveLimits: ArchiveLimits = {
  packed: 4096 * mebibyte,
  unpacked: 16_384 * mebibyte,
  ratio: 40,
  freeUnpacked: 128 * mebibyte,
  entries: 65_535,
  entry: 8 * mebibyte,
  kept: 256 * mebibyte,
};

/** Returns how many bytes an archive of `packed` bytes may decompress to. */
export function maxUnpacked(packed: number, { unpacked, ratio, freeUnpacked }: ArchiveLimits): number {
  return Math.min(unpacked, freeUnpacked + ratio * packed);
}

/** Thrown for an archive that is damaged, ambiguous, of an unknown format or beyond a limit. The message is a predicate. */
export class UnreadableArchive extends Error {
  override readonly name = 'UnreadableArchive';
}
