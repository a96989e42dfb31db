import { accessSync, constants, statSync } from 'node:fs';
import path from 'node:path';
import { AwspipError } from '../errors.ts';
import type { ProcessContext } from '../process-context.ts';
import type { Exec } from './exec-command.ts';

/**
 * The program on PATH, or the one that was named by its path, as the shell would find it.
 *
 * @throws {AwspipError} `exec-not-found` (78).
 */
export function findProgram({ argv: [command = ''] }: Exec, { environment }: ProcessContext): string {
  const isPath = /[/\\]/.test(command);
  const endings = process.platform === 'win32' ? ['.exe', ''] : [''];
  const folders = isPath ? [''] : (environment.PATH ?? '').split(path.delimiter);
  const found = folders
    .flatMap((folder) => endings.map((ending) => (isPath ? command : path.join(folder, command)) + ending))
    .find(isProgram);
  if (found !== undefined) return found;
  throw new AwspipError(
    'exec-not-found',
    isPath ? `\`${command}\` is no program that can be started` : `there is no \`${command}\` on PATH`,
    {
      exit: 'configuration',
      hint: isPath
        ? 'check the path, and that the file may be executed'
        : 'install it, or give its path: `awspip exec -- /path/to/it …`',
    },
  );
}

/** Whether a file can be started. */
export function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
