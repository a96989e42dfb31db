import {
  type CoreMetadata,
  ExcessiveMetadata,
  parseCoreMetadata,
  parseRequirements,
} from '../../index/core-metadata.ts';
import type { IndexFile, UpstreamIndex } from '../../index/types.ts';
import { archiveLimits, UnreadableArchive } from './archive.ts';
import { readFileEntries } from './file-entries.ts';
import { checkListedDigest } from './listed-digest.ts';
import { isComplete, isMetadataFile, sdistFacts } from './sdist-facts.ts';
import type { FileFacts } from './types.ts';

type Source = Pick<UpstreamIndex, 'open' | 'metadata'>;

/**
 * Reads the requirements of a distribution file without running any of it or writing to disk.
 *
 * For a wheel it reads PEP 658 metadata if the index offers it, else METADATA through range requests, else the whole
 * file. For an sdist see `sdistFacts`. An unreadable file has no requirements and a note: pip reports the missing ones.
 * Excessive metadata is a problem, so that the release is not used.
 *
 * @throws {AwspipError} `unavailable`, when the index fails or sends other bytes than it lists.
 */
export async function readFileFacts(...options: Parameters<typeof readFacts>): Promise<FileFacts> {
  try {
    return await readFacts(...options);
  } catch (error) {
    if (!(error instanceof ExcessiveMetadata)) throw error;
    return { requirements: [], notes: [], problem: error.message };
  }
}

async function readFacts(
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
    await checkListedDigest(file, source);
    const note = `\`${file.filename}\` could not be read completely: ${error.message}`;
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
  const metadata = await source.metadata(file);
  if (metadata !== undefined) return parseCoreMetadata(metadata);
  const found = await readFileEntries(file, isMetadata, source, archiveLimits(bytes));
  const [text] = found.values();
  if (text === undefined) throw new UnreadableArchive('it has no METADATA file');
  return parseCoreMetadata(text);
}

function isMetadata(path: string): boolean {
  return /^[^/]+\.dist-info\/METADATA$/.test(path);
}
