import path from 'node:path';
import { AwspipError } from '../errors.ts';
import type { FilePort } from './files.ts';
import { type PipCommand, replaceOptionValue } from './grammar.ts';
import { isRemote } from './requirements-file.ts';

/** A command line that can be run twice. */
export type RepeatableCommand = {
  readonly argv: readonly string[];
  /** From the copy to the typed value. */
  readonly originals: ReadonlyMap<string, string>;
  /** From the typed value to its copy. */
  readonly copies: ReadonlyMap<string, string>;
  readonly cleanup: () => Promise<void>;
};

const fileOptions = new Set(['--requirement', '--constraint', '--build-constraint']);
const descriptorPattern = /^\/(?:dev\/stdin|dev\/fd\/\d+|proc\/self\/fd\/\d+)$/;

/**
 * Copies inputs that can be read only once (standard input, `<(…)`, named pipes) and replaces them on the command line.
 * Applies to `-r` and `-c`. The copies are needed because pip runs again after vetting.
 */
export async function copyOnceOnlyInputs(
  command: PipCommand,
  folder: string,
  files: FilePort,
): Promise<RepeatableCommand> {
  const copies = new Map<string, string>();
  let argv: readonly string[] = command.argv;
  let copyFolder: string | undefined;
  const cleanup = async () => {
    if (copyFolder !== undefined) await files.removeFolder(copyFolder);
  };
  try {
    for (const option of command.options) {
      const { name, value } = option;
      if (!fileOptions.has(name) || value === undefined || !(await isReadOnce(value, folder, files))) continue;
      copyFolder ??= await files.makeFolder();
      const copy = copies.get(value) ?? path.join(copyFolder, `requirements-${copies.size + 1}.txt`);
      if (!copies.has(value)) await files.write(copy, await contentOf(value, folder, files));
      copies.set(value, copy);
      argv = replaceOptionValue(argv, option, copy);
    }
  } catch (error) {
    await cleanup();
    throw error;
  }
  return { argv, copies, originals: new Map([...copies].map(([typed, copy]) => [copy, typed])), cleanup };
}

/** Checks whether an input can be read only once. `-` means standard input, unless a file has that name. */
async function isReadOnce(value: string, folder: string, files: FilePort): Promise<boolean> {
  if (isRemote(value)) return false;
  if (descriptorPattern.test(value)) return true;
  const kind = await files.kindOf(path.resolve(folder, value));
  return kind === 'other' || (kind === 'absent' && value === '-');
}

async function contentOf(value: string, folder: string, files: FilePort): Promise<Uint8Array> {
  try {
    return await files.read(value === '-' ? '/dev/stdin' : path.resolve(folder, value));
  } catch (cause) {
    if (cause instanceof AwspipError) throw cause;
    throw new AwspipError('unreadable-input', `\`${value}\` could not be read`, {
      exit: 'usage',
      hint: 'write the requirements to a file and pass it with `-r`',
      cause,
    });
  }
}
