import { PassThrough, type Readable } from 'node:stream';
import { fromBufferPromise, fromRandomAccessReaderPromise, RandomAccessReader, type ZipFile } from 'yauzl';
import { type ArchiveLimits, collect, type Entries, UnreadableArchive } from './archive.ts';

/** Bytes of a range; both ends inclusive. Errors are the network's. */
type ReadRange = (start: number, end: number) => Promise<Buffer>;

/** A zip by ranges of a file of known size, or as a whole. */
export type ZipSource = { readonly read: ReadRange; readonly size: number } | { readonly whole: Buffer };

/** Most archives hold their list of entries, and wheels METADATA beside it, within this much of their end. */
const tailBytes = 96 * 1024;
const blockBytes = 48 * 1024;

/**
 * Reads the wanted entries of a zip, by as few ranges as will do.
 *
 * @throws {UnreadableArchive} when it is no zip, or past a limit. Errors of `read` pass through.
 */
export async function readZipEntries(
  source: ZipSource,
  wants: (path: string) => boolean,
  limits: ArchiveLimits,
): Promise<Entries> {
  let readError: unknown;
  const note = (error: unknown): void => {
    readError ??= error;
  };
  try {
    const zip = await openZip(source, limits, note);
    if (zip.entryCount > limits.entries) throw new UnreadableArchive(`it has more than ${limits.entries} entries`);
    const found = new Map<string, string>();
    for await (const entry of zip.eachEntry()) {
      if (!wants(entry.fileName)) continue;
      if (entry.uncompressedSize > limits.entry) throw new UnreadableArchive(`\`${entry.fileName}\` is too large`);
      const contents = await zip.openReadStreamPromise(entry);
      found.set(entry.fileName, (await collect(contents, limits.entry, `\`${entry.fileName}\``)).toString());
    }
    return found;
  } catch (error) {
    if (readError !== undefined) throw readError;
    throw error instanceof UnreadableArchive ? error : new UnreadableArchive(String((error as Error).message));
  }
}

function openZip(source: ZipSource, limits: ArchiveLimits, note: (error: unknown) => void): Promise<ZipFile> {
  const options = { strictFileNames: false, validateEntrySizes: true };
  if ('whole' in source) return fromBufferPromise(source.whole, options);
  const read = blockwise(source.read, source.size, limits.packed);
  const reader = Object.assign(Reflect.construct(RandomAccessReader, []) as RandomAccessReader, {
    // yauzl's `end` is exclusive.
    _readStreamForRange: (start: number, end: number): Readable => {
      const stream = new PassThrough();
      read(start, end - 1).then(
        (bytes) => stream.end(bytes),
        (error: unknown) => {
          note(error);
          stream.destroy(error as Error);
        },
      );
      return stream;
    },
  });
  return fromRandomAccessReaderPromise(reader, source.size, options);
}

/** Reads the tail first and whole blocks after, and remembers them: yauzl asks for many small pieces. */
function blockwise(read: ReadRange, size: number, limit: number): ReadRange {
  const blocks: { readonly start: number; readonly bytes: Buffer }[] = [];
  let total = 0;
  const fetchBlock = async (start: number, end: number): Promise<Buffer> => {
    total += end - start + 1;
    if (total > limit) throw new UnreadableArchive(`more than ${limit} bytes of it would have to be read`);
    const bytes = await read(start, end);
    if (bytes.length !== end - start + 1) throw new UnreadableArchive('it is shorter than the index says');
    blocks.push({ start, bytes });
    return bytes;
  };
  return async (start, end) => {
    const held = blocks.find((block) => block.start <= start && block.start + block.bytes.length > end);
    if (held !== undefined) return held.bytes.subarray(start - held.start, end - held.start + 1);
    const tail = Math.max(0, size - tailBytes);
    const from = Math.min(start, tail);
    const bytes = await fetchBlock(
      from,
      Math.min(size - 1, Math.max(end, start >= tail ? size - 1 : start + blockBytes)),
    );
    return bytes.subarray(start - from, end - from + 1);
  };
}
