import { accessSync, constants, statSync } from 'node:fs';
import os from 'node:os';
import { AwspipError } from './errors.ts';

/**
 * Returns the user's home folder, or `/` for an empty `HOME` and for a user ID without a passwd entry, as in some
 * containers.
 */
export function homeFolder(): string {
  try {
    return os.homedir() || '/';
  } catch {
    return '/';
  }
}

/**
 * Returns the folder for pip's temporary files. Unlike Node, Python skips a folder that is missing or not writable
 * (https://docs.python.org/3/library/tempfile.html#tempfile.gettempdir).
 */
export function temporaryFolder(variables: Readonly<Record<string, string | undefined>> = process.env): string {
  if (process.platform === 'win32') return os.tmpdir();
  const configured = [variables.TMPDIR, variables.TEMP, variables.TMP].flatMap((folder) => folder || []);
  return [...configured, '/tmp', '/var/tmp', '/usr/tmp'].find(isWritableFolder) ?? os.tmpdir();
}

/**
 * Returns the current working folder.
 *
 * @throws AwspipError `no-working-folder` (78) if it has been removed.
 */
export function workingFolder(): string {
  try {
    return process.cwd();
  } catch (cause) {
    throw new AwspipError('no-working-folder', 'the current folder does not exist any more', {
      exit: 'configuration',
      hint: 'change to an existing folder and run `awspip` again',
      cause,
    });
  }
}

function isWritableFolder(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
    return statSync(folder).isDirectory();
  } catch {
    return false;
  }
}
