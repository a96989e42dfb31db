import type { IndexFile, OpenedFile, UpstreamIndex } from '../../index/types.ts';
import { archiveLimits, collect, discard, type Entries, UnreadableArchive } from './archive.ts';
import { type CoreMetadata, parseCoreMetadata, parseRequirements } from './core-metadata.ts';
import { isTelling, sdistFacts, tellsAll } from './sdist-facts.ts';
import { readTarEntries } from './tar-entries.ts';
import type { FileFacts } from './types.ts';
import { readZipEntries, type ZipSource } from './zip-entries.ts';

type Source = Pick<UpstreamIndex, 'open' | 'metadata'>;

/** Most of a file that is held in memory when its server knows no ranges. */
const mostInMemory = 64 * 1024 * 1024;

/**
 * What a distribution file says of its requirements; nothing of it is run, nothing is written to disk.
 *
 * A wheel: PEP 658 metadata where the index offers it, else METADATA by ranges, else from the whole file. An sdist: see
 * `sdistFacts`. What can't be read says nothing, with a note: pip will ask for the rest by itself.
 *
 * @throws {AwspipError} unavailable, when the index fails.
 */
export async function readFileFacts(
  file: IndexFile,
  kind: 'wheel' | 'sdist',
  source: Source,
  bytesPerFile: number,
): Promise<FileFacts> {
  try {
    return kind === 'wheel'
      ? wheelFacts(await wheelMetadata(file, source, bytesPerFile))
      : sdistFacts(await sdistEntries(file, source, bytesPerFile));
  } catch (error) {
    if (!(error instanceof UnreadableArchive)) throw error;
    const note = `\`${file.filename}\` can't be read to its end: ${error.message}`;
    return kind === 'wheel' ? { requirements: [], notes: [note] } : withNote(sdistFacts(error.found), note);
  }
}

function withNote(facts: FileFacts, note: string): FileFacts {
  return { ...facts, notes: [note, ...facts.notes] };
}

function wheelFacts({ name, requiresPython, requiresDist }: CoreMetadata): FileFacts {
  return { name, requiresPython, ...parseRequirements(requiresDist) };
}

async function wheelMetadata(file: IndexFile, source: Source, bytes: number): Promise<CoreMetadata> {
  const beside = await source.metadata(file);
  if (beside !== undefined) return parseCoreMetadata(beside);
  const found = await zipEntries(file, source, isMetadata, bytes);
  const [text] = found.values();
  if (text === undefined) throw new UnreadableArchive('it holds no METADATA');
  return parseCoreMetadata(text);
}

function isMetadata(path: string): boolean {
  return /^[^/]+\.dist-info\/METADATA$/.test(path);
}

async function sdistEntries(file: IndexFile, source: Source, bytes: number): Promise<Entries> {
  if (/\.zip$/i.test(file.filename)) return zipEntries(file, source, isTelling, bytes);
  if (!/\.(?:tar\.gz|tgz)$/i.test(file.filename)) throw new UnreadableArchive('its compression is not known here');
  const { stream } = await source.open(file);
  return readTarEntries(stream, isTelling, archiveLimits(bytes), tellsAll);
}

async function zipEntries(
  file: IndexFile,
  source: Source,
  wants: (path: string) => boolean,
  bytes: number,
): Promise<Entries> {
  return readZipEntries(await zipSource(file, source), wants, archiveLimits(bytes));
}

async function zipSource(file: IndexFile, source: Source): Promise<ZipSource> {
  if (file.size !== undefined && file.size > mostInMemory) return { read: ranges(file, source), size: file.size };
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
  return collect(stream, mostInMemory, 'the file, whose server knows no ranges,');
}

function ranges(file: IndexFile, source: Source): (start: number, end: number) => Promise<Buffer> {
  return async (start, end) => {
    const { stream, partial } = await source.open(file, { start, end });
    if (partial) return collect(stream, end - start + 1, 'a range');
    discard(stream);
    throw new UnreadableArchive('its server knows no ranges, and it is too large to be read whole');
  };
}
