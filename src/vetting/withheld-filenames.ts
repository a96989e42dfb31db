import { AwspipError } from '../errors.ts';
import type { ProjectName } from '../index/types.ts';
import type { VettingStore } from './store-types.ts';

/** Errors that mean that this machine has no records to read: no AWS credentials, or no table. */
const withoutRecords: ReadonlySet<string> = new Set(['credentials-missing', 'aws-absent']);

/**
 * Returns a function that reads the names of a project's withheld files, which the relay hides. A machine without records
 * sees every file of a vetted release, as plain pip does.
 *
 * @param openStore opens the records at the first call
 */
export function withheldFilenames(
  openStore: () => Promise<Pick<VettingStore, 'withheldOf'>>,
): (name: ProjectName) => Promise<ReadonlySet<string>> {
  let hasRecords = true;
  return async (name) => {
    if (!hasRecords) return new Set();
    try {
      const releases = await (await openStore()).withheldOf(name);
      return new Set(releases.flatMap(({ files }) => Object.keys(files)));
    } catch (error) {
      if (!(error instanceof AwspipError) || !withoutRecords.has(error.code)) throw error;
      hasRecords = false;
      return new Set();
    }
  };
}
