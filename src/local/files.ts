import { randomBytes } from 'node:crypto';
import { statSync } from 'node:fs';
import { chmod, mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { AwspipError } from '../errors.ts';

const mebibyte = 1024 * 1024;
/** The stack writes no JSON file larger than this. */
const maxJsonBytes = 64 * mebibyte;

/**
 * Writes a file that only the user can read. Readers see the old or the new text, never a part of it, also after the
 * machine lost power.
 */
export async function writeFileAtomically(path: string, text: string): Promise<void> {
  const draft = `${path}.${randomBytes(6).toString('hex')}.new`;
  try {
    const handle = await open(draft, 'wx', 0o600);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true }).catch(() => undefined);
    throw isFolder(error) ? damaged(path, 'it is a folder') : error;
  }
}

/** Writes a value as a JSON file that only the user can read. */
export function writeJson(path: string, value: unknown): Promise<void> {
  return writeFileAtomically(path, JSON.stringify(value));
}

/** Checks whether a call failed because a folder has the name of a file. */
function isFolder(error: unknown): boolean {
  return failureCode(error) === 'EISDIR' || failureCode(error) === 'ENOTEMPTY';
}

/** Returns the text of a file, or undefined if it does not exist. @throws {AwspipError} `state-damaged` for a folder. */
export async function readText(path: string): Promise<string | undefined> {
  return unlessMissing(() => readFile(path, 'utf8')).catch((error: unknown) => {
    throw isFolder(error) ? damaged(path, 'it is a folder') : error;
  });
}

/** Returns the result of reading a file or a folder, or undefined if it does not exist. Other failures are thrown. */
export async function unlessMissing<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (failureCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * Reads and parses a JSON file. Returns undefined only when the file is missing.
 *
 * @throws {AwspipError} `state-damaged` (69) when it is not JSON.
 */
export async function readJson(path: string): Promise<unknown> {
  const found = await unlessMissing(() => stat(path));
  if (found !== undefined && found.size > maxJsonBytes) throw damaged(path, 'it is too large');
  const text = await readText(path);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw damaged(path, text === '' ? 'it is empty' : 'it is not JSON');
  }
}

/** JSON files that are read more often than written. */
export type JsonFiles = {
  /** Reads a file, or returns the value of the last time if the file did not change since. @throws as `readJson` */
  read(path: string): Promise<unknown>;
  write(path: string, value: unknown): Promise<void>;
};

const maxKnownFiles = 2_000;

/** Opens JSON files whose values are kept in memory. Callers must not change a value. */
export function openJsonFiles(): JsonFiles {
  const known = new Map<string, { readonly state: string; readonly value: unknown }>();
  return {
    read: async (path) => {
      // Synchronous, because a vetting asks hundreds of times per second, and the detour over other threads costs more.
      const found = statSync(path, { throwIfNoEntry: false, bigint: true });
      if (found === undefined) return undefined;
      const state = `${found.ino} ${found.size} ${found.ctimeNs} ${found.mtimeNs}`;
      const last = known.get(path);
      if (last?.state === state) return last.value;
      const value = await readJson(path);
      known.delete(path);
      known.set(path, { state, value });
      const [oldest] = known.keys();
      if (known.size > maxKnownFiles && oldest !== undefined) known.delete(oldest);
      return value;
    },
    write: async (path, value) => {
      await writeJson(path, value);
      // A clock may be too coarse to show that the file changed.
      known.delete(path);
    },
  };
}

/** Returns the error for a part of the state that cannot be read. */
export function damaged(path: string, reason: string): AwspipError {
  return new AwspipError('state-damaged', `\`${path}\` is damaged: ${reason}`, {
    exit: 'unavailable',
    hint: 'run `awspip local repair`, which moves damaged parts aside',
  });
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
