import path from 'node:path';
import { AwspipError } from '../errors.ts';
import type { FilePort } from './files.ts';

/**
 * Reads files that pip reads after us. Only regular ones: what a pipe gives now, pip would lack. And none of which pip
 * might read another: who follows the `..` of a path, the system or pip before it asks the system, makes a difference
 * where a link stands before it and there is a file either way.
 * @throws AwspipError usage for such a file, with `hint` for one that can be read but once.
 */
export async function readAgain(
  file: string,
  files: FilePort,
  onceOnly: { readonly message: string; readonly hint: string },
): Promise<Uint8Array> {
  if ((await files.kindOf(file)) === 'other') {
    throw new AwspipError('once-only-include', onceOnly.message, { exit: 'usage', hint: onceOnly.hint });
  }
  const short = path.resolve(file);
  if (file === short || (await files.kindOf(short)) === 'absent') return files.read(file);
  if ((await files.kindOf(file)) === 'absent') return files.read(short);
  const real = await files.realPath(file);
  if (real === (await files.realPath(short))) return files.read(file);
  throw new AwspipError('ambiguous-path', `${file} leads to two files: a link stands before its \`..\``, {
    exit: 'usage',
    hint: `name the one that is meant, such as ${real}`,
  });
}
