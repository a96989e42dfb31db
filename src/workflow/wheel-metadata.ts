import type { IndexFile } from '../index/types.ts';
import { storedFile } from '../temporary-file.ts';
import { digestOfText, maxMetadataBytes, type WheelMetadata } from '../vetting/wheel-metadata.ts';
import type { FileVerdict } from './ports.ts';
import { archiveLimits, UnreadableArchive } from './resolver/archive.ts';
import { readWheelEntries } from './resolver/file-entries.ts';

/** Checks whether an entry is the METADATA of a wheel, and small enough to be recorded. */
export function isWheelMetadata(entry: string, size: number): boolean {
  return size <= maxMetadataBytes && /^[^/]+\.dist-info\/METADATA$/.test(entry);
}

/** Returns the METADATA among entries of a wheel; undefined if there is none, or more than one. */
export function metadataAmong(entries: ReadonlyMap<string, Buffer>): Buffer | undefined {
  const found = [...entries].filter(([entry, { length }]) => isWheelMetadata(entry, length));
  return found.length === 1 ? found[0]?.[1] : undefined;
}

/** Reads the METADATA of a wheel on disk; undefined for another file, and if it can't be read or recorded. */
export async function readStoredMetadata(filename: string, target: string): Promise<Buffer | undefined> {
  if (!filename.endsWith('.whl')) return undefined;
  const file = { filename, url: '', hashes: {}, yanked: false };
  const limits = archiveLimits(Number.MAX_SAFE_INTEGER);
  try {
    return metadataAmong(await readWheelEntries(file, isWheelMetadata, storedFile(target), limits));
  } catch (error) {
    if (error instanceof UnreadableArchive) return undefined;
    throw error;
  }
}

/**
 * Returns verdicts with the METADATA of files that were not read. The index lists digests of METADATA (PEP 658), and the
 * wheels of a release usually have the same.
 */
export function withListedMetadata(
  verdicts: ReadonlyMap<string, FileVerdict>,
  listed: readonly IndexFile[],
): ReadonlyMap<string, FileVerdict> {
  const read = [...verdicts.values()].flatMap(({ metadata, sha256 }) =>
    metadata !== undefined && sha256 !== undefined ? [[digestOfText(metadata), metadata] as const] : [],
  );
  const texts = new Map(read);
  const files = new Map(listed.map((file) => [file.filename, file]));
  return new Map(
    [...verdicts].map(([filename, verdict]) => {
      const { coreMetadata } = files.get(filename) ?? {};
      const sha256 = typeof coreMetadata === 'object' ? coreMetadata.sha256 : undefined;
      return [filename, { ...verdict, metadata: verdict.metadata ?? texts.get(sha256 ?? '') }];
    }),
  );
}

/**
 * Returns the METADATA of the allowed wheels that is recorded. The digest of a file that was not read whole was not
 * checked, so its METADATA is recorded only if a file whose digest was checked has the same.
 *
 * @param listed the assessed digests, by file name
 */
export function recordableMetadata(
  verdicts: ReadonlyMap<string, FileVerdict>,
  listed: Readonly<Record<string, string>>,
): readonly WheelMetadata[] {
  const allowed = [...verdicts].flatMap(([filename, { status, metadata: text, sha256 }]) =>
    status === 'ALLOWED' && text !== undefined ? [{ text, checked: sha256, sha256: sha256 ?? listed[filename] }] : [],
  );
  const checked = allowed.filter((wheel) => wheel.checked !== undefined);
  return [...checked, ...allowed.filter((wheel) => wheel.checked === undefined)].flatMap(({ text, sha256 = '' }) =>
    sha256 !== '' && checked.some((wheel) => wheel.text.equals(text)) ? [{ sha256: sha256.toLowerCase(), text }] : [],
  );
}
