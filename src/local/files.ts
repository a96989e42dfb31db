import { randomBytes } from 'node:crypto';
import { chmod, mkdir, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AwspipError } from '../errors.ts';

const mebibyte = 1024 * 1024;
/** No file that the stack keeps as JSON grows past this. */
const maxJsonBytes = 64 * mebibyte;

/** Writes a file so that readers see the old or the new text, never half of one; private to the user. */
export async function writeFileAtomically(path: string, text: string): Promise<void> {
  const draft = `${path}.${randomBytes(6).toString('hex')}.new`;
  try {
    await writeFile(draft, text, { mode: 0o600 });
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true }).catch(() => undefined);
    throw error;
  }
}

/** The parsed file; undefined when it is missing, too large or not JSON (a damaged file counts as none). */
export async function readJson(path: string): Promise<unknown> {
  try {
    if ((await stat(path)).size > maxJsonBytes) return undefined;
    return JSON.parse(await readFile(path, 'utf8'));
  } catch {
    return undefined;
  }
}

/** The code of a failed system call, such as `ENOSPC`. */
export function failureCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

const words: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space left on the disk',
  EDQUOT: 'the disk quota is used up',
  ENOTDIR: 'something on the way is not a folder',
  EEXIST: 'something that is not a folder is in its place',
};

/** What to tell a person when the state folder cannot be used. */
export function stateFolderTrouble(folder: string, error: unknown): AwspipError {
  const code = failureCode(error);
  const reason = (code && words[code]) ?? (error instanceof Error ? error.message : String(error));
  return new AwspipError('state-folder', `cannot keep state in \`${folder}\`: ${reason}${code ? ` (${code})` : ''}`, {
    exit: 'configuration',
    hint: 'make room there or make it writable, or set `AWSPIP_STATE_DIRECTORY` to another folder',
    cause: error,
  });
}

/**
 * Makes the state folder, private to the user, and proves that it can be written.
 *
 * @throws {AwspipError} `state-folder` (78).
 */
export async function prepareStateFolder(folder: string): Promise<void> {
  const probe = join(folder, `.probe-${randomBytes(6).toString('hex')}`);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await chmod(folder, 0o700).catch(() => undefined);
    // A full disk lets an empty file be made: only written bytes tell. Less room than this would not do for long.
    const handle = await open(probe, 'wx', 0o600);
    try {
      await handle.writeFile(Buffer.alloc(mebibyte));
    } finally {
      await handle.close();
      await rm(probe, { force: true });
    }
  } catch (error) {
    throw stateFolderTrouble(folder, error);
  }
}
