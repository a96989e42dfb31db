import { accessSync, constants, statSync } from 'node:fs';
import path from 'node:path';
import type { Exec } from '../cli/verbs/exec.ts';
import { AwspipError } from '../errors.ts';
import type { Edge } from './edge.ts';

/** The program on PATH, as the shell would find it. */
export function findProgram({ argv: [command = ''] }: Exec, { environment }: Edge): string {
  if (/[/\\]/.test(command)) return command;
  const endings = process.platform === 'win32' ? ['.exe', ''] : [''];
  const found = (environment.PATH ?? '')
    .split(path.delimiter)
    .flatMap((folder) => endings.map((ending) => path.join(folder, command + ending)))
    .find(isProgram);
  if (found !== undefined) return found;
  throw new AwspipError('exec-not-found', `there is no \`${command}\` on PATH`, {
    exit: 'configuration',
    hint: 'install it, or give its path: `awspip exec -- /path/to/it …`',
  });
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
