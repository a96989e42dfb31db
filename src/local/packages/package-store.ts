import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isProjectName, normaliseName } from '../../index/names.ts';
import type { ProjectName } from '../../index/types.ts';
import { damaged, openJsonFiles, unlessMissing } from '../files.ts';
import { keyedQueue } from '../keyed-queue.ts';
import type { StoredPackage } from './types.ts';

/** The packages on disk, one JSON file each: `<folder>/<repository>/<name>.json`. */
export type PackageStore = {
  read(repository: string, name: ProjectName): Promise<StoredPackage | undefined>;
  /** Returns the sorted names of the packages in a repository. */
  list(repository: string): Promise<readonly ProjectName[]>;
  /**
   * Changes a package. Changes to the same package run one after another. Without `stored` in the answer, the package
   * stays as it is. A package without versions is removed.
   */
  change<T>(
    repository: string,
    name: ProjectName,
    decide: (stored: StoredPackage) => Promise<{ readonly stored?: StoredPackage; readonly result: T }>,
  ): Promise<T>;
};

/** Some file systems limit file names to 255 bytes. No project on PyPI has a name this long. */
const maxNameLength = 200;

/** Checks that a name is normalized and short enough for a file name. */
export function isStorableName(name: string): boolean {
  return name.length <= maxNameLength && isProjectName(name) && normaliseName(name) === name;
}

/** Checks that the content of a file is a package. */
export function isPackage(value: unknown): value is StoredPackage {
  return typeof value === 'object' && value !== null && 'versions' in value && Array.isArray(value.versions);
}

/** Returns the package store in a folder. */
export function packageStore(folder: string): PackageStore {
  const inOrder = keyedQueue();
  const files = openJsonFiles();
  const pathOf = (repository: string, name: ProjectName): string => join(folder, repository, `${name}.json`);
  const read = async (repository: string, name: ProjectName): Promise<StoredPackage | undefined> => {
    if (!isStorableName(name)) return undefined;
    const stored = await files.read(pathOf(repository, name));
    if (stored !== undefined && !isPackage(stored)) throw damaged(pathOf(repository, name), 'it has no versions');
    return stored;
  };
  const write = async (repository: string, stored: StoredPackage): Promise<void> => {
    const path = pathOf(repository, stored.name);
    if (stored.versions.length === 0) return rm(path, { force: true });
    await mkdir(join(folder, repository), { recursive: true, mode: 0o700 });
    await files.write(path, stored);
  };
  return {
    read,
    list: async (repository) => {
      const files = (await unlessMissing(() => readdir(join(folder, repository)))) ?? [];
      return files
        .filter((file) => file.endsWith('.json'))
        .map((file) => file.slice(0, -'.json'.length) as ProjectName)
        .sort();
    },
    change: (repository, name, decide) =>
      inOrder(`${repository}/${name}`, async () => {
        const { stored, result } = await decide((await read(repository, name)) ?? { name, versions: [] });
        if (stored) await write(repository, stored);
        return result;
      }),
  };
}
