import type { FileHandle } from 'node:fs/promises';

/** Vetted files that are kept on this machine, by sha256 hex. No method throws: without a file, it is fetched. */
export type FileCache = {
  /** Checks whether there is a file of this name. Its bytes are checked when it is read. */
  has(sha256: string): Promise<boolean>;
  /** Opens a file and checks its digest. One with other bytes is removed. The caller closes the handle. */
  open(sha256: string): Promise<FileHandle | undefined>;
  /** Checks whether a file of this size is kept. A larger one would displace most of the others, or the disk is full. */
  keeps(bytes: number): boolean;
  /** Keeps a file whose digest was verified: its bytes, or a link to its path or a copy. */
  add(sha256: string, file: Buffer | string): Promise<void>;
  /** Begins to keep a file that is being received. */
  receive(sha256: string): CacheWriter;
  /** Removes what was used least recently, if files were added and the cache is too large. Ends unfinished writes. */
  close(): Promise<void>;
};

/** Receives the bytes of one file, until `keep` or `discard`. A failed write has no effect on the caller. */
export type CacheWriter = {
  write(chunk: Buffer): Promise<void>;
  /** Keeps the file. Call it only if its digest was verified. */
  keep(): Promise<void>;
  discard(): Promise<void>;
};

export type FileCacheOptions = {
  /** Created with the first file. */
  readonly folder: string;
  /** The size to which the cache is reduced after an install. */
  readonly maxBytes: number;
  /** Returns epoch milliseconds. */
  readonly now: () => number;
  readonly unique: () => string;
};
