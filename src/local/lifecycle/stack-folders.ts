import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { compareVersions, isVersion } from '../../index/versions.ts';
import { failureCode } from '../files.ts';

const prefix = 'stack-';

/** Returns the folder of the stack of one awspip version. Each version has its own, so that two can run side by side. */
export function stackFolder(stateDirectory: string, version: string): string {
  return join(stateDirectory, `${prefix}${version}`);
}

/** Returns the folders of the stacks of older versions, the newest first. */
export async function olderStackFolders(stateDirectory: string, version: string): Promise<readonly string[]> {
  const names = await readdir(stateDirectory).catch((error: unknown) => {
    if (failureCode(error) === 'ENOENT') return [];
    throw error;
  });
  return names
    .filter((name) => name.startsWith(prefix))
    .map((name) => name.slice(prefix.length))
    .filter((other) => isVersion(other) && compareVersions(other, version) < 0)
    .sort((a, b) => compareVersions(b, a))
    .map((other) => stackFolder(stateDirectory, other));
}
