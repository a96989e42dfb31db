import { accessSync, constants, statSync } from 'node:fs';
import os from 'node:os';
import { AwspipError } from './errors.ts';

/** The user's home folder; the root for a user whom the machine does not know, as containers have them. */
export function homeFolder(): string {
  try {
    return os.homedir();
  } catch {
    return '/';
  }
}

/**
 * Where pip puts its temporary files: like Python, and unlike Node, it passes over what is not there or can't be
 * written to (https://docs.python.org/3/library/tempfile.html#tempfile.gettempdir).
 */
export function temporaryFolder(variables: Readonly<Record<string, string | undefined>> = process.env): string {
  if (process.platform === 'win32') return os.tmpdir();
  const named = [variables.TMPDIR, variables.TEMP, variables.TMP].flatMap((folder) => folder || []);
  return [...named, '/tmp', '/var/tmp', '/usr/tmp'].find(isWritableFolder) ?? os.tmpdir();
}

/** @throws AwspipError `no-working-folder` (78) where somebody has removed it. */
export function workingFolder(): string {
  try {
    return process.cwd();
  } catch (cause) {
    throw new AwspipError('no-working-folder', 'the folder that this was started in is not there any more', {
      exit: 'configuration',
      hint: 'go to one that is, and start `awspip` there',
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
