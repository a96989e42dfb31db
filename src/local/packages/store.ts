import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isProjectName, normaliseName } from '../../index/names.ts';
import type { ProjectName } from '../../index/types.ts';
import { readJson, writeFileAtomically } from '../files.ts';
import { serially } from '../serially.ts';
import type { StoredPackage } from './types.ts';

/** Package records on disk, one JSON file each: `<folder>/<repository>/<name>.json`. */
export type PackageStore = {
  read(repository: string, name: ProjectName): Promise<StoredPackage | undefined>;
  /** Names in order. */
  list(repository: string): Promise<readonly ProjectName[]>;
  /** Changes one package, one change at a time; undefined as the result means unchanged. A package without versions goes. */
  change<T>(
    repository: string,
    name: ProjectName,
    decide: (stored: StoredPackage) => Promise<{ readonly stored?: StoredPackage; readonly answer: T }>,
  ): Promise<T>;
};

/** A file name must fit where names are short; no project on PyPI comes near this. */
const maxNameLength = 200;

export function isStorableName(name: string): boolean {
  return name.length <= maxNameLength && isProjectName(name) && normaliseName(name) === name;
}

export function packageStore(folder: string): PackageStore {
  const one = serially();
  const pathOf = (repository: string, name: ProjectName): string => join(folder, repository, `${name}.json`);
  const read = async (repository: string, name: ProjectName): Promise<StoredPackage | undefined> => {
    if (!isStorableName(name)) return undefined;
    return (await readJson(pathOf(repository, name))) as StoredPackage | undefined;
  };
  const write = async (repository: string, stored: StoredPackage): Promise<void> => {
    const path = pathOf(repository, stored.name);
    if (stored.versions.length === 0) return rm(path, { force: true });
    await mkdir(join(folder, repository), { recursive: true, mode: 0o700 });
    await writeFileAtomically(path, JSON.stringify(stored));
  };
  return {
    read,
    list: async (repository) => {
      const files = await readdir(join(folder, repository)).catch(() => []);
      return files
        .filter((file) => file.endsWith('.json'))
        .map((file) => file.slice(0, -'.json'.length) as ProjectName)
        .sort();
    },
    change: (repository, name, decide) =>
      one(`${repository}/${name}`, async () => {
        const { stored, answer } = await decide((await read(repository, name)) ?? { name, versions: [] });
        if (stored) await write(repository, stored);
        return answer;
      }),
  };
}
