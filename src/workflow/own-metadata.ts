import { storedFile } from '../temporary-file.ts';
import { readFileFacts } from './resolver/file-facts.ts';
import type { FileFacts } from './resolver/types.ts';
import { readStoredMetadata } from './wheel-metadata.ts';

/** A distribution file on disk: its name on the index, which decides its kind, and its path. */
export type StoredArchive = { readonly filename: string; readonly archive: string };

/** What a file says about itself. */
export type OwnMetadata = {
  readonly facts: FileFacts;
  /** METADATA of a wheel, byte for byte, if it can be recorded. */
  readonly text?: Uint8Array | undefined;
};

/** Compressed bytes read of one file. */
export const maxFileBytes = 4 * 1024 * 1024 * 1024;

/** Reads the metadata in a file. It runs nothing. */
export async function readOwnMetadata({ filename, archive }: StoredArchive): Promise<OwnMetadata> {
  const kind = filename.endsWith('.whl') ? 'wheel' : 'sdist';
  const file = { filename, url: '', hashes: {}, yanked: false };
  const text = await readStoredMetadata(filename, archive);
  const source = { ...storedFile(archive), metadata: async () => text?.toString() };
  return { facts: await readFileFacts(file, kind, source, maxFileBytes), text };
}
