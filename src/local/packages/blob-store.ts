import { createHash, randomBytes } from 'node:crypto';
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { digestOfFile } from '../../temporary-file.ts';
import { unlessMissing } from '../files.ts';
import { download, type FileDigest, type GrowingFile, growingFile, readGrowing } from './growing-file.ts';

/** A file that is stored or being downloaded. */
export type Blob = {
  /** Size in bytes. Undefined while the server of a download does not send it. */
  readonly size?: number | undefined;
  /** Reads the bytes `start` to `end` (inclusive) as they arrive. Fails if the digest of the file is wrong. */
  read(start?: number, end?: number): AsyncIterable<Uint8Array>;
  /** Resolves when all bytes are stored and their digests are verified. */
  readonly complete: Promise<FileDigest>;
};

/** Opens the source of the bytes. */
type Source = () => Promise<{ readonly stream: Readable; readonly size?: number | undefined }>;

type Hashes = Readonly<Record<string, string>>;

/** Files on disk by their SHA-256. */
export type BlobStore = {
  /** Opens the file with this digest from disk, or downloads it from `source`. Concurrent callers share one download. */
  open(sha256: string, hashes: Hashes, source: Source): Promise<Blob>;
  /** Downloads a file of unknown SHA-256, verifies the digests that are known, and returns its digest. */
  add(hashes: Hashes, source: Source): Promise<FileDigest>;
  /** Writes a file that a client sends to the disk. @throws when the stream fails; nothing of it stays. */
  receive(stream: AsyncIterable<Uint8Array>): Promise<Draft>;
};

/** A file that a client sent. It is in the store only once it is kept. */
export type Draft = FileDigest & {
  readonly md5: string;
  /** Adds the file to the store, also in place of a damaged one. */
  keep(): Promise<void>;
  /** Removes the file, unless it was kept. */
  discard(): Promise<void>;
};

type BlobFolders = { readonly drafts: string; readonly pathOf: (sha256: string) => string };

function asBlob(file: GrowingFile, complete: Promise<FileDigest>, size: number | undefined): Blob {
  return { size, complete, read: (start = 0, end = Number.MAX_SAFE_INTEGER) => readGrowing(file, start, end) };
}

/** Starts a download. When it ends, the file is moved to its final path, or removed if its digest is wrong. */
async function startDownload({ drafts, pathOf }: BlobFolders, hashes: Hashes, source: Source): Promise<Blob> {
  const { stream, size } = await source();
  const file = growingFile(join(drafts, randomBytes(12).toString('hex')));
  const handle = await open(file.path, 'wx', 0o600);
  const finish = async (): Promise<FileDigest> => {
    try {
      const digest = await download(file, handle, stream, hashes).finally(() => handle.close());
      const target = pathOf(digest.sha256);
      await mkdir(dirname(target), { recursive: true, mode: 0o700 });
      await rename(file.path, target);
      file.path = target;
      file.state = 'verified';
      return digest;
    } catch (error) {
      await rm(file.path, { force: true }).catch(() => undefined);
      // Last, so that a client whose download breaks off and that asks again gets the reason.
      file.failure = error;
      file.state = 'failed';
      throw error;
    } finally {
      stream.destroy();
      file.changes.emit('change');
    }
  };
  const complete = finish();
  complete.catch(() => undefined);
  return asBlob(file, complete, size);
}

/** Writes a stream to a draft, and computes its digests. */
async function receive({ drafts, pathOf }: BlobFolders, stream: AsyncIterable<Uint8Array>): Promise<Draft> {
  const file = growingFile(join(drafts, randomBytes(12).toString('hex')));
  const discard = () => rm(file.path, { force: true });
  const handle = await open(file.path, 'wx', 0o600);
  const md5 = createHash('md5');
  const hashing = async function* () {
    for await (const chunk of stream) {
      md5.update(chunk);
      yield chunk;
    }
  };
  try {
    const digest = await download(file, handle, hashing(), {}).finally(() => handle.close());
    const keep = async (): Promise<void> => {
      const target = pathOf(digest.sha256);
      await mkdir(dirname(target), { recursive: true, mode: 0o700 });
      await rename(file.path, target);
    };
    return { ...digest, md5: md5.digest('hex'), keep, discard };
  } catch (error) {
    await discard();
    throw error;
  }
}

/** Checks a file's digest once for each size and time of change. A damaged file is removed, and then fetched again. */
function storedFiles({ pathOf }: BlobFolders): (sha256: string) => Promise<number | undefined> {
  const verified = new Map<string, string>();
  return async (sha256) => {
    const path = pathOf(sha256);
    const found = await unlessMissing(() => stat(path));
    if (found === undefined) return undefined;
    const state = `${found.size} ${found.mtimeMs}`;
    if (verified.get(sha256) === state) return found.size;
    if (found.isFile() && (await digestOfFile(path)) === sha256) {
      verified.set(sha256, state);
      return found.size;
    }
    await rm(path, { recursive: true, force: true });
    return undefined;
  };
}

async function openStored(
  { pathOf }: BlobFolders,
  sha256: string,
  sizeOf: (sha256: string) => Promise<number | undefined>,
): Promise<Blob | undefined> {
  const size = await sizeOf(sha256);
  if (size === undefined) return undefined;
  const file: GrowingFile = { ...growingFile(pathOf(sha256)), written: size, state: 'verified' };
  return asBlob(file, Promise.resolve({ sha256, size }), size);
}

/** Opens the store in a folder. Removes the partial downloads that a killed process left. */
export async function blobStore(folder: string): Promise<BlobStore> {
  const folders: BlobFolders = {
    drafts: join(folder, 'drafts'),
    pathOf: (sha256) => join(folder, sha256.slice(0, 2), sha256),
  };
  await rm(folders.drafts, { recursive: true, force: true });
  await mkdir(folders.drafts, { recursive: true, mode: 0o700 });
  const downloads = new Map<string, Promise<Blob>>();
  const sizeOf = storedFiles(folders);

  const downloadOnce = (sha256: string, hashes: Hashes, source: Source): Promise<Blob> => {
    const blob = startDownload(folders, { ...hashes, sha256 }, source);
    downloads.set(sha256, blob);
    const forget = (): unknown => downloads.delete(sha256);
    blob.then(({ complete }) => complete.then(forget, forget), forget);
    return blob;
  };

  return {
    open: async (sha256, hashes, source) => {
      if (!/^[0-9a-f]{64}$/.test(sha256)) throw new Error(`\`${sha256}\` is not a SHA-256 digest`);
      const ready = downloads.get(sha256) ?? (await openStored(folders, sha256, sizeOf));
      // Another caller may have started a download while this one looked on disk.
      return ready ?? downloads.get(sha256) ?? downloadOnce(sha256, hashes, source);
    },
    receive: (stream) => receive(folders, stream),
    add: async (hashes, source) => (await startDownload(folders, hashes, source)).complete,
  };
}
