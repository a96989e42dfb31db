import { mkdtemp, open, realpath, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { AwspipError } from '../errors.ts';

/** Files as this room needs them. Paths are absolute. */
export type FilePort = {
  /** `other`: a pipe, a terminal or a device, whose content can be read but once. */
  readonly kindOf: (file: string) => Promise<'file' | 'folder' | 'other' | 'absent'>;
  /** Without links on the way; the path itself where it does not exist. */
  readonly realPath: (file: string) => Promise<string>;
  /** Whole content. Rejects when it can't be read; with an AwspipError when it is larger than the bound. */
  readonly read: (file: string) => Promise<Uint8Array>;
  /** A folder that nobody else can read, made new. */
  readonly makeFolder: () => Promise<string>;
  /** Writes a new file that nobody else can read. */
  readonly write: (file: string, content: Uint8Array) => Promise<void>;
  readonly removeFolder: (folder: string) => Promise<void>;
};

const maxBytes = 16 * 1024 * 1024;
const chunk = 64 * 1024;

/** The machine's files; copies go below `temporaryFolder`. */
export function localFiles(temporaryFolder: string): FilePort {
  return {
    kindOf,
    realPath: (file) => realpath(file).catch(() => path.resolve(file)),
    read,
    makeFolder: () => makeFolder(temporaryFolder),
    write: (file, content) => writeFile(file, content, { flag: 'wx', mode: 0o600 }),
    removeFolder: (folder) => rm(folder, { recursive: true, force: true }),
  };
}

async function kindOf(file: string): ReturnType<FilePort['kindOf']> {
  try {
    const found = await stat(file);
    if (found.isFile()) return 'file';
    return found.isDirectory() ? 'folder' : 'other';
  } catch {
    return 'absent';
  }
}

/** By chunks, because a pipe has no size to ask for. */
async function read(file: string): Promise<Uint8Array> {
  const handle = await open(file, 'r');
  try {
    const chunks: Uint8Array[] = [];
    for (let size = 0; ; ) {
      const { bytesRead, buffer } = await handle.read(new Uint8Array(chunk), 0, chunk);
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
  return new AwspipError('requirements-too-large', `${file} is larger than ${maxBytes / 1024 / 1024} MiB`, {
    exit: 'usage',
    hint: 'split the requirements over several runs of awspip install',
  });
}

async function makeFolder(temporaryFolder: string): Promise<string> {
  try {
    return await mkdtemp(path.join(temporaryFolder, 'awspip-'));
  } catch (cause) {
    throw new AwspipError('no-temporary-folder', `${temporaryFolder} can't be written to`, {
      exit: 'configuration',
      hint: 'set TMPDIR to a folder that can be written to',
      cause,
    });
  }
}
