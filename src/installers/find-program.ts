import { accessSync, constants, statSync } from 'node:fs';
import path from 'node:path';
import { AwspipError } from '../errors.ts';
import { searchPath } from '../pip/search-path.ts';
import type { ProcessContext } from '../process-context.ts';
import type { ExecCommand } from './exec-command.ts';

/**
 * Finds the program of a command as a shell does: on PATH, or by its path.
 *
 * @throws {AwspipError} `exec-not-found` (78).
 */
export function findProgram({ argv: [command = ''] }: ExecCommand, { environment }: ProcessContext): string {
  const isPath = /[/\\]/.test(command);
  const endings = process.platform === 'win32' ? ['.exe', ''] : [''];
  const folders = isPath ? [''] : searchPath(environment).split(path.delimiter);
  const found = folders
    .flatMap((folder) => endings.map((ending) => (isPath ? command : path.join(folder, command)) + ending))
    .find(isProgram);
  if (found !== undefined) return found;
  throw new AwspipError(
    'exec-not-found',
    isPath ? `\`${command}\` is not an executable file` : `\`${command}\` is not on PATH`,
    {
      exit: 'configuration',
      hint: isPath
        ? 'check the path, and make the file executable'
        : `install \`${command}\`, or give its path, as in \`awspip exec -- /usr/local/bin/${command}\``,
    },
  );
}

/** Checks that a file is executable. */
export function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
