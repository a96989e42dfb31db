import { open } from 'node:fs/promises';

/** The bytes of one archive, read by position, so that a large file needs no memory. */
export type ArchiveBytes = {
  /** Bytes. */
  readonly size: number;
  /** Returns the bytes from `start` to before `end`; fewer if the archive ends earlier. */
  readonly read: (start: number, end: number) => Promise<Buffer>;
  readonly close: () => Promise<void>;
};

/** Opens an archive on disk by its path, or one in memory. */
export async function openArchiveBytes(archive: string | Uint8Array): Promise<ArchiveBytes> {
  if (typeof archive !== 'string') {
    return bytesInMemory(Buffer.from(archive.buffer, archive.byteOffset, archive.byteLength));
  }
  const handle = await open(archive, 'r');
  try {
    const information = await handle.stat();
    if (!information.isFile()) throw new Error('not a regular file');
    if (information.size <= maxInMemory) {
      const bytes = await handle.readFile();
      await handle.close();
      return bytesInMemory(bytes);
    }
    return {
      size: information.size,
      read: async (start, end) => {
        const bytes = Buffer.alloc(Math.max(0, Math.min(end, information.size) - start));
        const { bytesRead } = await handle.read(bytes, 0, bytes.length, start);
        return bytes.subarray(0, bytesRead);
      },
      close: () => handle.close(),
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** Bytes of an archive that is read as a whole. A zip can have thousands of entries, and reading each by itself is slow. */
const maxInMemory = 16 * 1024 * 1024;

function bytesInMemory(bytes: Buffer): ArchiveBytes {
  return { size: bytes.length, read: async (start, end) => bytes.subarray(start, end), close: async () => undefined };
}

const chunkBytes = 256 * 1024;

/** Yields a part of an archive in chunks. */
export async function* chunksOf(bytes: ArchiveBytes, start: number, end: number): AsyncGenerator<Buffer> {
  for (let position = start; position < end; position += chunkBytes) {
    yield await bytes.read(position, Math.min(end, position + chunkBytes));
  }
}
