import { AwspipError } from '../errors.ts';
import type { ProjectName } from '../index/types.ts';
import type { VettingStore } from './store-types.ts';

/** Errors that mean that this machine may not read records: no AWS credentials, no table, or no permission. */
export const withoutRecords: ReadonlySet<string> = new Set(['credentials-missing', 'aws-absent', 'aws-denied']);

/**
 * Returns a function that reads the upload times of a project's vetted files, by file name. A machine that may not read
 * the records knows none.
 */
export function uploadTimes(
  openStore: () => Promise<Pick<VettingStore, 'uploadTimesOf'>>,
): (name: ProjectName) => Promise<ReadonlyMap<string, string>> {
  return async (name) => {
    try {
      const releases = await (await openStore()).uploadTimesOf(name);
      return new Map(releases.flatMap(({ files }) => Object.entries(files)));
    } catch (error) {
      if (error instanceof AwspipError && withoutRecords.has(error.code)) return new Map();
      throw error;
    }
  };
}

/**
 * Returns a function that reads the names of a project's withheld files, which the relay hides. A machine that may not
 * read the records sees every file of a vetted release, as plain pip does.
 *
 * @param openStore opens the records at the first call
 * @param onDenied receives the error, once, if AWS denies access to the records
 */
export function withheldFilenames(
  openStore: () => Promise<Pick<VettingStore, 'withheldOf'>>,
  onDenied: (error: AwspipError) => void,
): (name: ProjectName) => Promise<ReadonlySet<string>> {
  let hasRecords = true;
  return async (name) => {
    if (!hasRecords) return new Set();
    try {
      const releases = await (await openStore()).withheldOf(name);
      return new Set(releases.flatMap(({ files }) => Object.keys(files)));
    } catch (error) {
      if (!(error instanceof AwspipError) || !withoutRecords.has(error.code)) throw error;
      if (hasRecords && error.code === 'aws-denied') onDenied(error);
      hasRecords = false;
      return new Set();
    }
  };
}
