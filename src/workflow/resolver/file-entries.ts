import type { IndexFile, OpenedFile, UpstreamIndex } from '../../index/types.ts';
import { type ArchiveLimits, collect, discard, type Entries, UnreadableArchive } from './archive.ts';
import { readTarEntries } from './tar-entries.ts';
import { readZipEntries, type ZipSource } from './zip-entries.ts';

type Source = Pick<UpstreamIndex, 'open'>;

/** Most of a file that is held in memory when its server knows no ranges. */
const maxInMemory = 64 * 1024 * 1024;

/**
 * The wanted entries of a wheel or an sdist, by path; nothing touches the disk.
 *
 * @param isEnough true once nothing more of a tar need be read.
 * @throws {UnreadableArchive} when it is no archive that we read, or past a limit.
 * @throws {AwspipError} unavailable, when the index fails.
 */
export async function readFileEntries(
  file: IndexFile,
  wants: (path: string) => boolean,
  source: Source,
  limits: ArchiveLimits,
  isEnough: (found: Entries) => boolean = () => false,
): Promise<Entries> {
  if (/\.(?:zip|whl)$/i.test(file.filename)) return readZipEntries(await zipSource(file, source), wants, limits);
  if (!/\.(?:tar\.gz|tgz)$/i.test(file.filename)) throw new UnreadableArchive('its compression is not known here');
  const { stream } = await source.open(file);
  return readTarEntries(stream, wants, limits, isEnough);
}

async function zipSource(file: IndexFile, source: Source): Promise<ZipSource> {
  if (file.size !== undefined && file.size > maxInMemory) return { read: ranges(file, source), size: file.size };
  // The first byte tells whether ranges are honoured and, where the index does not say, how large the file is.
  const opened = await source.open(file, { start: 0, end: 0 });
  if (!opened.partial) return { whole: await readWhole(opened) };
  discard(opened.stream);
  const size = opened.size ?? file.size;
  return size === undefined
    ? { whole: await readWhole(await source.open(file)) }
    : { read: ranges(file, source), size };
}

async function readWhole({ stream }: OpenedFile): Promise<Buffer> {
  return collect(stream, maxInMemory, 'the file, whose server knows no ranges,');
}

function ranges(file: IndexFile, source: Source): (start: number, end: number) => Promise<Buffer> {
  return async (start, end) => {
    const { stream, partial } = await source.open(file, { start, end });
    if (partial) return collect(stream, end - start + 1, 'a range');
    discard(stream);
    throw new UnreadableArchive('its server knows no ranges, and it is too large to be read whole');
  };
}
