import { existsSync } from 'node:fs';
import path from 'node:path';

/** Returns the top folder of the checkout that contains a folder, or the folder itself outside of one. */
export function sourceRoot(folder: string, exists: (file: string) => boolean = existsSync): string {
  for (let current = folder; ; current = path.dirname(current)) {
    if (exists(path.join(current, '.git'))) return current;
    if (current === path.dirname(current)) return folder;
  }
}

/**
 * Returns the file for results that no line explains: the first one that the command names, or else the requirements
 * file or project file of the working folder. The path is the same in every run, so that alerts keep their identity.
 */
export function fallbackFile(
  named: readonly string[],
  folder: string,
  exists: (file: string) => boolean = existsSync,
): string {
  const isFile = (file: string) => file !== '-' && !file.startsWith('/dev/') && exists(path.resolve(folder, file));
  return [...named, 'requirements.txt', 'pyproject.toml'].find(isFile) ?? 'requirements.txt';
}
