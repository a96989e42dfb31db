import { randomBytes } from 'node:crypto';
import { chmod, mkdir, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AwspipError } from '../errors.ts';

const mebibyte = 1024 * 1024;
/** The stack writes no JSON file larger than this. */
const maxJsonBytes = 64 * mebibyte;

/** Writes a file that only the user can read. Readers see the old or the new text, never a part of it. */
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

/** Writes a value as a JSON file that only the user can read. */
export function writeJson(path: string, value: unknown): Promise<void> {
  return writeFileAtomically(path, JSON.stringify(value));
}

/** Reads and parses a JSON file. Returns undefined when the file is missing, too large or damaged. */
export async function readJson(path: string): Promise<unknown> {
  try {
    if ((await stat(path)).size > maxJsonBytes) return undefined;
    return JSON.parse(await readFile(path, 'utf8'));
  } catch {
    return undefined;
  }
}

/** Returns the error code of a failed system call, such as `ENOSPC`. */
export function failureCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space left on the disk',
  EDQUOT: 'the disk quota is used up',
  ENOTDIR: 'a part of the path is not a folder',
  EEXIST: 'a file with this name exists',
};

/** Returns whether an error means that the state folder cannot be used. */
export function isStateFolderFailure(error: unknown): boolean {
  return Object.hasOwn(reasons, failureCode(error) ?? '');
}

/** Returns the error to show when the state folder cannot be used. */
export function stateFolderError(folder: string, error: unknown): AwspipError {
  const code = failureCode(error);
  const reason = (code && reasons[code]) ?? (error instanceof Error ? error.message : String(error));
  return new AwspipError(
    'state-folder',
    `cannot write to the state folder \`${folder}\`: ${reason}${code ? ` (${code})` : ''}`,
    {
      exit: 'configuration',
      hint: 'free disk space or make the folder writable, or set `AWSPIP_STATE_DIRECTORY` to another folder',
      cause: error,
    },
  );
}

/**
 * Creates the state folder with access for the user only, and checks that files in it can be written.
 *
 * @throws {AwspipError} `state-folder` (78).
 */
export async function prepareStateFolder(folder: string): Promise<void> {
  const probe = join(folder, `.probe-${randomBytes(6).toString('hex')}`);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await chmod(folder, 0o700).catch(() => undefined);
    // An empty file can be created on a full disk, so the probe has contents. A stack needs at least this much space.
    const handle = await open(probe, 'wx', 0o600);
    try {
      await handle.writeFile(Buffer.alloc(mebibyte));
    } finally {
      await handle.close();
      await rm(probe, { force: true });
    }
  } catch (error) {
    throw stateFolderError(folder, error);
  }
}
