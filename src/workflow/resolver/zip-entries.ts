import { PassThrough, type Readable } from 'node:stream';
import { fromBufferPromise, fromRandomAccessReaderPromise, RandomAccessReader, type ZipFile } from 'yauzl';
import { type ArchiveLimits, collect, type Entries, UnreadableArchive } from './archive.ts';

/** Reads a byte range, both ends inclusive. Its errors are network errors. */
type ReadRange = (start: number, end: number) => Promise<Buffer>;

type Block = { readonly start: number; readonly bytes: Buffer };

/** A zip file of known size that is read by ranges, with its tail if that was read before, or its complete content. */
export type ZipSource =
  | { readonly read: ReadRange; readonly size: number; readonly tail?: Block | undefined }
  | { readonly whole: Buffer };

/** The size of the tail that contains the central directory of most archives, and METADATA of most wheels. */
const tailBytes = 96 * 1024;

/** Returns the range of the tail of a zip of this size in bytes, at least one. Reading a zip begins with it. */
export function tailOf(size: number): { readonly start: number; readonly end: number } {
  return { start: Math.max(0, size - tailBytes), end: size - 1 };
}

const blockBytes = 48 * 1024;

/** Reads entries of a zip as text. See `readZipBytes`. */
export async function readZipEntries(...options: Parameters<typeof readZipBytes>): Promise<Entries> {
  const found = await readZipBytes(...options);
  return new Map([...found].map(([path, bytes]) => [path, bytes.toString()]));
}

/**
 * Reads entries of a zip with as few range requests as possible.
 *
 * @param isSelected selects the entries to read by path and size.
 * @throws {UnreadableArchive} for a damaged zip or beyond a limit. Errors of `read` pass through.
 */
export async function readZipBytes(
  source: ZipSource,
  isSelected: (path: string, size: number) => boolean,
  limits: ArchiveLimits,
): Promise<ReadonlyMap<string, Buffer>> {
  let readError: unknown;
  const onReadError = (error: unknown): void => {
    readError ??= error;
  };
  try {
    const zip = await openZip(source, limits, onReadError);
    if (zip.entryCount > limits.entries) throw new UnreadableArchive(`it has more than ${limits.entries} entries`);
    const found = new Map<string, Buffer>();
    for await (const entry of zip.eachEntry()) {
      if (!isSelected(entry.fileName, entry.uncompressedSize)) continue;
      if (entry.uncompressedSize > limits.entry) throw new UnreadableArchive(`\`${entry.fileName}\` is too large`);
      const stream = await zip.openReadStreamPromise(entry);
      found.set(entry.fileName, await collect(stream, limits.entry, `\`${entry.fileName}\``));
    }
    return found;
  } catch (error) {
    if (readError !== undefined) throw readError;
    throw error instanceof UnreadableArchive ? error : new UnreadableArchive(String((error as Error).message));
  }
}

function openZip(source: ZipSource, limits: ArchiveLimits, onReadError: (error: unknown) => void): Promise<ZipFile> {
  const options = { strictFileNames: false, validateEntrySizes: true };
  if ('whole' in source) return fromBufferPromise(source.whole, options);
  const read = blockwise(source, limits.packed);
  const reader = Object.assign(Reflect.construct(RandomAccessReader, []) as RandomAccessReader, {
    // yauzl's `end` is exclusive.
    _readStreamForRange: (start: number, end: number): Readable => {
      const stream = new PassThrough();
      read(start, end - 1).then(
        (bytes) => stream.end(bytes),
        (error: unknown) => {
          onReadError(error);
          stream.destroy(error as Error);
        },
      );
      return stream;
    },
    // yauzl's own `read` opens several streams for each entry of the directory.
    read: (buffer: Buffer, offset: number, length: number, position: number, done: (error: Error | null) => void) => {
      read(position, position + length - 1).then(
        (bytes) => {
          bytes.copy(buffer, offset);
          done(null);
        },
        (error: unknown) => {
          onReadError(error);
          done(error as Error);
        },
      );
    },
  });
  return fromRandomAccessReaderPromise(reader, source.size, options);
}

/** Reads and caches the tail and then whole blocks, because yauzl requests many small pieces. */
function blockwise(
  { read, size, tail: known }: Exclude<ZipSource, { readonly whole: Buffer }>,
  limit: number,
): ReadRange {
  const blocks: Block[] = known === undefined ? [] : [known];
  let total = known?.bytes.length ?? 0;
  const fetchBlock = async (start: number, end: number): Promise<Buffer> => {
    total += end - start + 1;
    if (total > limit) throw new UnreadableArchive(`reading it needs more than ${limit} bytes`);
    const bytes = await read(start, end);
    if (bytes.length !== end - start + 1) throw new UnreadableArchive('it is shorter than the size in the index');
    blocks.push({ start, bytes });
    return bytes;
  };
  return async (start, end) => {
    const cached = blocks.find((block) => block.start <= start && block.start + block.bytes.length > end);
    if (cached !== undefined) return cached.bytes.subarray(start - cached.start, end - cached.start + 1);
    const tail = tailOf(size).start;
    const from = Math.min(start, tail);
    const bytes = await fetchBlock(
      from,
      Math.min(size - 1, Math.max(end, start >= tail ? size - 1 : start + blockBytes)),
    );
    return bytes.subarray(start - from, end - from + 1);
  };
}
