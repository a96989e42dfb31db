import { randomBytes } from 'node:crypto';
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { download, follow, type GrowingFile, growingFile, type Learnt } from './growing-file.ts';

/** A file whose bytes are here, or on their way. */
export type Blob = {
  /** Bytes; undefined while they come from a server that doesn't say. */
  readonly size?: number | undefined;
  /** Bytes `start` to `end` (inclusive), as they come; fails if the whole turns out not to be what its digest says. */
  read(start?: number, end?: number): AsyncIterable<Uint8Array>;
  /** Settles when all bytes are here and their digests right. */
  readonly whole: Promise<Learnt>;
};

/** Where bytes come from. */
type Source = () => Promise<{ readonly stream: Readable; readonly size?: number | undefined }>;

type Hashes = Readonly<Record<string, string>>;

export type BlobStore = {
  /** The file with this digest: from disk, else fetched from `source` once, however many ask. */
  open(sha256: string, hashes: Hashes, source: Source): Promise<Blob>;
  /** Fetches a file whose SHA-256 nobody told, checking the digests there are; tells it. */
  learn(hashes: Hashes, source: Source): Promise<Learnt>;
};

/** What `begin` needs of the folder. */
type BlobFolders = { readonly drafts: string; readonly pathOf: (sha256: string) => string };

function asBlob(file: GrowingFile, whole: Promise<Learnt>, size: number | undefined): Blob {
  return { size, whole, read: (start = 0, end = Number.MAX_SAFE_INTEGER) => follow(file, start, end) };
}

/** Starts a download; its end moves the file to its place, or removes it. */
async function begin({ drafts, pathOf }: BlobFolders, hashes: Hashes, source: Source): Promise<Blob> {
  const { stream, size } = await source();
  const file = growingFile(join(drafts, randomBytes(12).toString('hex')));
  const handle = await open(file.path, 'wx', 0o600);
  const finish = async (): Promise<Learnt> => {
    try {
      const learnt = await download(file, handle, stream, hashes).finally(() => handle.close());
      const place = pathOf(learnt.sha256);
      await mkdir(dirname(place), { recursive: true, mode: 0o700 });
      await rename(file.path, place);
      file.path = place;
      file.end = 'right';
      return learnt;
    } catch (error) {
      file.end = 'wrong';
      await rm(file.path, { force: true }).catch(() => undefined);
      throw error;
    } finally {
      stream.destroy();
      file.news.emit('more');
    }
  };
  const whole = finish();
  whole.catch(() => undefined);
  return asBlob(file, whole, size);
}

async function onDisk({ pathOf }: BlobFolders, sha256: string): Promise<Blob | undefined> {
  const found = await stat(pathOf(sha256)).catch(() => undefined);
  if (!found) return undefined;
  const file: GrowingFile = { ...growingFile(pathOf(sha256)), written: found.size, end: 'right' };
  return asBlob(file, Promise.resolve({ sha256, size: found.size }), found.size);
}

/** Files on disk by their SHA-256. Drafts that a killed process left are removed at the start. */
export async function blobStore(folder: string): Promise<BlobStore> {
  const place: BlobFolders = {
    drafts: join(folder, 'drafts'),
    pathOf: (sha256) => join(folder, sha256.slice(0, 2), sha256),
  };
  await rm(place.drafts, { recursive: true, force: true });
  await mkdir(place.drafts, { recursive: true, mode: 0o700 });
  const coming = new Map<string, Promise<Blob>>();

  const fetchOnce = (sha256: string, hashes: Hashes, source: Source): Promise<Blob> => {
    const blob = begin(place, { ...hashes, sha256 }, source);
    coming.set(sha256, blob);
    const forget = (): unknown => coming.delete(sha256);
    blob.then(({ whole }) => whole.then(forget, forget), forget);
    return blob;
  };

  return {
    open: async (sha256, hashes, source) => {
      if (!/^[0-9a-f]{64}$/.test(sha256)) throw new Error(`${sha256} is not a SHA-256`);
      return (
        coming.get(sha256) ?? (await onDisk(place, sha256)) ?? coming.get(sha256) ?? fetchOnce(sha256, hashes, source)
      );
    },
    learn: async (hashes, source) => (await begin(place, hashes, source)).whole,
  };
}
