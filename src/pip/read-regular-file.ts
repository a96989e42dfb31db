import path from 'node:path';
import { AwspipError } from '../errors.ts';
import type { FilePort } from './files.ts';

/**
 * Reads a file that pip will read again. Rejects files that can be read only once, because pip would get nothing. Also
 * rejects ambiguous paths: a `..` after a symbolic link leads to different files, depending on whether the system or
 * pip resolves it.
 *
 * @throws {AwspipError} `once-only-include` or `ambiguous-path` (usage).
 */
export async function readRegularFile(
  file: string,
  files: FilePort,
  onceOnlyError: { readonly message: string; readonly hint: string },
): Promise<Uint8Array> {
  if ((await files.kindOf(file)) === 'other') {
    throw new AwspipError('once-only-include', onceOnlyError.message, { exit: 'usage', hint: onceOnlyError.hint });
  }
  const normalised = path.resolve(file);
  if (file === normalised || (await files.kindOf(normalised)) === 'absent') return files.read(file);
  if ((await files.kindOf(file)) === 'absent') return files.read(normalised);
  const realPath = await files.realPath(file);
  if (realPath === (await files.realPath(normalised))) return files.read(file);
  throw new AwspipError('ambiguous-path', `\`${file}\` is ambiguous: it has a symbolic link before \`..\``, {
    exit: 'usage',
    hint: `use a path without \`..\`, such as \`${realPath}\``,
  });
}
