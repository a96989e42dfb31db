import type { IndexFile, OpenedFile, UpstreamIndex } from '../../index/types.ts';
import { type ArchiveLimits, collect, discard, type Entries, UnreadableArchive } from './archive.ts';
import { readTarEntries } from './tar-entries.ts';
import { readZipBytes, readZipEntries, tailOf, type ZipSource } from './zip-entries.ts';

type Source = Pick<UpstreamIndex, 'open'>;

/** Size limit of a file that is read into memory because its server doesn't support range requests. */
const maxInMemory = 64 * 1024 * 1024;

/**
 * Reads entries of a wheel or an sdist in memory.
 *
 * @param isSelected selects the entries to read by path.
 * @param isEnough returns true when the rest of a tar isn't needed.
 * @throws {UnreadableArchive} for an unsupported or damaged archive, or beyond a limit.
 * @throws {AwspipError} `unavailable`, when the index fails.
 */
export async function readFileEntries(
  file: IndexFile,
  isSelected: (path: string) => boolean,
  source: Source,
  limits: ArchiveLimits,
  isEnough: (found: Entries) => boolean = () => false,
): Promise<Entries> {
  if (/\.(?:zip|whl)$/i.test(file.filename)) return readZipEntries(await zipSource(file, source), isSelected, limits);
  if (!/\.(?:tar\.gz|tgz)$/i.test(file.filename))
    throw new UnreadableArchive('its compression format is not supported');
  const { stream } = await source.open(file);
  return readTarEntries(stream, isSelected, limits, isEnough);
}

/**
 * Reads entries of a wheel in memory, as bytes.
 *
 * @param isSelected selects the entries to read by path and size.
 * @throws the errors of `readFileEntries`
 */
export async function readWheelEntries(
  file: IndexFile,
  isSelected: (path: string, size: number) => boolean,
  source: Source,
  limits: ArchiveLimits,
): Promise<ReadonlyMap<string, Buffer>> {
  return readZipBytes(await zipSource(file, source), isSelected, limits);
}

async function zipSource(file: IndexFile, source: Source): Promise<ZipSource> {
  const { size: listed } = file;
  if (listed !== undefined && listed > maxInMemory) return { read: ranges(file, source), size: listed };
  // The first request shows whether the server supports ranges, and the size if the index doesn't have it.
  const first = listed === undefined || listed === 0 ? { start: 0, end: 0 } : tailOf(listed);
  const opened = await source.open(file, first);
  if (!opened.partial) return { whole: await readWhole(opened) };
  const size = opened.size ?? listed;
  if (size === listed && size !== undefined) {
    const bytes = await collect(opened.stream, first.end - first.start + 1, 'a range');
    const tail = bytes.length === size - first.start ? { start: first.start, bytes } : undefined;
    return { read: ranges(file, source), size, tail };
  }
  discard(opened.stream);
  return size === undefined
    ? { whole: await readWhole(await source.open(file)) }
    : { read: ranges(file, source), size };
}

async function readWhole({ stream }: OpenedFile): Promise<Buffer> {
  return collect(stream, maxInMemory, 'the file, whose server does not support ranges,');
}

function ranges(file: IndexFile, source: Source): (start: number, end: number) => Promise<Buffer> {
  return async (start, end) => {
    const { stream, partial } = await source.open(file, { start, end });
    if (partial) return collect(stream, end - start + 1, 'a range');
    discard(stream);
    throw new UnreadableArchive('its server does not support ranges, and the file is too large to read completely');
  };
}
