import { AwspipError } from '../errors.ts';
import type { ProjectName } from '../index/types.ts';
import type { VettingStore } from './store-types.ts';
import type { VettedWith } from './types.ts';
import { withoutRecords } from './withheld-filenames.ts';

/** The METADATA of vetted wheels as a client reads it. */
type RecordedMetadata = {
  digests(name: ProjectName): Promise<ReadonlyMap<string, string>>;
  text(name: ProjectName, sha256: string): Promise<Buffer | undefined>;
  vettedWith(root: ProjectName): Promise<VettedWith>;
};

/**
 * Returns the METADATA in the records. If they can't be read, installers download wheels to resolve. A machine that may
 * not read the records asks once.
 *
 * @param openStore opens the records at the first call
 */
export function recordedMetadata(
  openStore: () => Promise<Pick<VettingStore, 'metadataDigests' | 'readMetadata' | 'vettedWith'>>,
): RecordedMetadata {
  let hasRecords = true;
  const read = async <T>(reader: (store: Awaited<ReturnType<typeof openStore>>) => Promise<T>, otherwise: T) => {
    if (!hasRecords) return otherwise;
    try {
      return await reader(await openStore());
    } catch (error) {
      if (error instanceof AwspipError && withoutRecords.has(error.code)) hasRecords = false;
      return otherwise;
    }
  };
  return {
    digests: (name) => read((store) => store.metadataDigests(name), new Map<string, string>()),
    vettedWith: (name) => read<VettedWith>((store) => store.vettedWith(name), new Map()),
    text: (name, sha256) => read<Buffer | undefined>((store) => store.readMetadata(name, sha256), undefined),
  };
}
