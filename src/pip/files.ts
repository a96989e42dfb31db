import { mkdtemp, open, readdir, realpath, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { AwspipError } from '../errors.ts';

/** File access for this folder. Paths are absolute. */
export type FilePort = {
  /** `other`: a pipe, a terminal or a device, which can be read only once. */
  readonly kindOf: (file: string) => Promise<'file' | 'folder' | 'other' | 'absent'>;
  /** Resolves symbolic links. Returns the path itself if it does not exist. */
  readonly realPath: (file: string) => Promise<string>;
  /** Returns the names of the files in a folder and the folders below it, at most 100,000. Empty if it is unreadable. */
  readonly namesBelow: (folder: string) => Promise<readonly string[]>;
  /** Returns the whole content. Rejects for an unreadable file, and with an AwspipError for a too large one. */
  readonly read: (file: string) => Promise<Uint8Array>;
  /** Creates a folder that no other user can read. */
  readonly makeFolder: () => Promise<string>;
  /** Writes a new file that no other user can read. */
  readonly write: (file: string, content: Uint8Array) => Promise<void>;
  readonly removeFolder: (folder: string) => Promise<void>;
};

const maxBytes = 16 * 1024 * 1024;
const chunkBytes = 64 * 1024;

/** Returns access to the machine's files. Copies go below `temporaryFolder`. */
export function localFiles(temporaryFolder: string): FilePort {
  return {
    kindOf,
    realPath: (file) => realpath(file).catch(() => path.resolve(file)),
    namesBelow,
    read,
    makeFolder: () => makeFolder(temporaryFolder),
    write: (file, content) => writeFile(file, content, { flag: 'wx', mode: 0o600 }),
    removeFolder: (folder) => rm(folder, { recursive: true, force: true }),
  };
}

async function kindOf(file: string): ReturnType<FilePort['kindOf']> {
  try {
    const stats = await stat(file);
    if (stats.isFile()) return 'file';
    return stats.isDirectory() ? 'folder' : 'other';
  } catch {
    return 'absent';
  }
}

const maxNames = 100_000;

async function namesBelow(folder: string): Promise<readonly string[]> {
  const names: string[] = [];
  const folders = [folder];
  for (let next = folders.pop(); next !== undefined && names.length < maxNames; next = folders.pop()) {
    const entries = await readdir(next, { withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
      if (entry.isDirectory()) folders.push(path.join(next, entry.name));
      else names.push(entry.name);
    }
  }
  return names.slice(0, maxNames);
}

/** Reads in chunks, because a pipe has no known size. */
async function read(file: string): Promise<Uint8Array> {
  const handle = await open(file, 'r');
  try {
    const chunks: Uint8Array[] = [];
    for (let size = 0; ; ) {
      const { bytesRead, buffer } = await handle.read(new Uint8Array(chunkBytes), 0, chunkBytes);
      if (bytesRead === 0) return Buffer.concat(chunks);
      size += bytesRead;
      if (size > maxBytes) throw tooLarge(file);
      chunks.push(buffer.subarray(0, bytesRead));
    }
  } finally {
    await handle.close();
  }
}

function tooLarge(file: string): AwspipError {
  return new AwspipError('requirements-too-large', `\`${file}\` is larger than ${maxBytes / 1024 / 1024} MiB`, {
    exit: 'usage',
    hint: 'split the requirements into several `awspip install` runs',
  });
}

async function makeFolder(temporaryFolder: string): Promise<string> {
  try {
    return await mkdtemp(path.join(temporaryFolder, 'awspip-'));
  } catch (cause) {
    throw new AwspipError('no-temporary-folder', `\`${temporaryFolder}\` is not writable`, {
      exit: 'configuration',
      hint: 'set `TMPDIR` to a writable folder',
      cause,
    });
  }
}
