import type { IndexFile, UpstreamIndex } from '../../index/types.ts';
import { archiveLimits, UnreadableArchive } from './archive.ts';
import { type CoreMetadata, parseCoreMetadata, parseRequirements } from './core-metadata.ts';
import { readFileEntries } from './file-entries.ts';
import { isComplete, isMetadataFile, sdistFacts } from './sdist-facts.ts';
import type { FileFacts } from './types.ts';

type Source = Pick<UpstreamIndex, 'open' | 'metadata'>;

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
      : sdistFacts(await readFileEntries(file, isMetadataFile, source, archiveLimits(bytesPerFile), isComplete));
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
  const found = await readFileEntries(file, isMetadata, source, archiveLimits(bytes));
  const [text] = found.values();
  if (text === undefined) throw new UnreadableArchive('it holds no METADATA');
  return parseCoreMetadata(text);
}

function isMetadata(path: string): boolean {
  return /^[^/]+\.dist-info\/METADATA$/.test(path);
}
