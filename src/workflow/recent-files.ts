import { mkdtemp, open, rm } from 'node:fs/promises';
import path from 'node:path';
import type { IndexFile, UpstreamIndex } from '../index/types.ts';
import { once } from '../once.ts';
import { digestOfFile, writeStream } from '../temporary-file.ts';
import { taskLimit } from './resolver/task-limit.ts';

/** Files that are fetched before a repository imports them. */
export type RecentFiles = {
  /**
   * Opens a file: the one on disk if it was fetched. It is removed once it was read whole and `use` has ended. A range
   * that is the whole file fetches it, because METADATA of a small wheel is read so, and its import follows.
   */
  readonly open: UpstreamIndex['open'];
  /**
   * Fetches a file, checks its digest, and calls `use` with its path. Without a digest or a size, beyond a limit, and
   * after a failure, the file is left to `open`.
   */
  readonly fetch: (file: IndexFile, use: (archive: string) => Promise<unknown>) => void;
  readonly close: () => Promise<void>;
};

type Limits = {
  /** Files on disk. */
  readonly files: number;
  /** Bytes of one file, and of all on disk. */
  readonly fileBytes: number;
  readonly bytes: number;
  /** Parallel downloads. */
  readonly parallel: number;
  /** How long a file that no repository imports is kept, in milliseconds. */
  readonly milliseconds: number;
};

const mebibyte = 1024 * 1024;
const defaults: Limits = {
  files: 200,
  fileBytes: 32 * mebibyte,
  bytes: 256 * mebibyte,
  parallel: 4,
  milliseconds: 600_000,
};

/** `at`: epoch milliseconds. */
type Entry = {
  readonly at: number;
  readonly bytes: number;
  /** Absent until the download begins. False if it failed. */
  isComplete?: Promise<boolean>;
  archive: string;
  /** Whether `use` was given. */
  isExpected: boolean;
  wasOpened: boolean;
  wasUsed: boolean;
};

/** A download that has not begun. */
type Waiting = { readonly bytes: number; readonly begin: () => Promise<void> };

/** Opens the files of an index with those that were fetched early, in a new folder below `temporaryFolder`. */
export function openRecentFiles(
  index: Pick<UpstreamIndex, 'open'>,
  { temporaryFolder, now, ...options }: { readonly temporaryFolder: string; now: () => number } & Partial<Limits>,
): RecentFiles {
  const limits = { ...defaults, ...options };
  const entries = new Map<string, Entry>();
  const limiter = taskLimit(limits.parallel);
  const waiting: Waiting[] = [];
  let folder: string | undefined;
  const openFolder = once(async () => {
    folder = await mkdtemp(path.join(temporaryFolder, 'awspip-files-'));
    return folder;
  });
  let [number, bytes] = [0, 0];

  const drop = (key: string, entry: Entry): void => {
    if (entries.get(key) !== entry) return;
    entries.delete(key);
    bytes -= entry.bytes;
    if (entry.archive !== '') rm(entry.archive, { force: true }).catch(() => undefined);
  };
  const dropIfDone = (key: string, entry: Entry): void => {
    if (entry.wasOpened && (entry.wasUsed || !entry.isExpected)) drop(key, entry);
  };
  const download = async (entry: Entry, file: IndexFile): Promise<boolean> => {
    number += 1;
    const name = `${number}`; // Others may begin before the folder is there.
    entry.archive = path.join(await openFolder(), name);
    const { stream } = await index.open(file);
    if (!(await writeStream(entry.archive, stream, entry.bytes))) return false;
    return (await digestOfFile(entry.archive)) === file.hashes.sha256?.toLowerCase();
  };
  /** Fetches a file now, unless it was dropped. Returns whether it is complete. */
  const fetchNow = async (key: string, entry: Entry, file: IndexFile): Promise<boolean> => {
    if (entries.get(key) !== entry) return false;
    entry.isComplete ??= download(entry, file).catch(() => false);
    const isComplete = await entry.isComplete;
    if (!isComplete) drop(key, entry);
    return isComplete;
  };
  const expect = async (key: string, entry: Entry, file: IndexFile, use: (archive: string) => Promise<unknown>) => {
    if (!(await fetchNow(key, entry, file))) return;
    use(entry.archive)
      .catch(() => undefined)
      .finally(() => {
        entry.wasUsed = true;
        dropIfDone(key, entry);
      });
  };
  /** Returns the entry of a file, a new one within the limits. */
  const admit = (key: string, { size = Infinity, hashes }: IndexFile): Entry | undefined => {
    for (const [old, entry] of entries) if (now() - entry.at > limits.milliseconds) drop(old, entry);
    const known = entries.get(key);
    const isBounded = size <= limits.fileBytes && bytes + size <= limits.bytes && entries.size < limits.files;
    if (known !== undefined || hashes.sha256 === undefined || !isBounded) return known;
    const entry: Entry = { at: now(), bytes: size, archive: '', isExpected: false, wasOpened: false, wasUsed: false };
    entries.set(key, entry);
    bytes += size;
    return entry;
  };
  return {
    open: async (file, range) => {
      const key = keyOf(file);
      const isWhole = range?.start === 0 && range.end + 1 === file.size;
      const entry = isWhole ? admit(key, file) : entries.get(key);
      if (entry !== undefined && isWhole) await fetchNow(key, entry, file);
      else if (entry !== undefined && entry.isComplete === undefined) drop(key, entry);
      const isComplete = await entry?.isComplete;
      const handle = isComplete === true ? await open(entry?.archive ?? '').catch(() => undefined) : undefined;
      if (entry === undefined || handle === undefined) return index.open(file, range);
      const { size } = await handle.stat();
      const stream = handle.createReadStream(range ?? {});
      if (range === undefined) {
        stream.once('close', () => {
          entry.wasOpened = true;
          dropIfDone(key, entry);
        });
      }
      return { stream, size, partial: range !== undefined };
    },
    fetch: (file, use) => {
      const key = keyOf(file);
      const entry = admit(key, file);
      if (entry === undefined || entry.isExpected) return;
      entry.isExpected = true;
      waiting.push({ bytes: entry.bytes, begin: () => expect(key, entry, file, use) });
      limiter.run(async () => takeLargest(waiting)?.begin(), 'prefetch').catch(() => undefined);
    },
    close: async () => {
      limiter.stop();
      entries.clear();
      if (folder !== undefined) await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Removes the largest of the files that wait. Its use takes longest, and would otherwise be the last to end. */
function takeLargest(waiting: Waiting[]): Waiting | undefined {
  const [largest] = waiting.toSorted((a, b) => b.bytes - a.bytes);
  if (largest !== undefined) waiting.splice(waiting.indexOf(largest), 1);
  return largest;
}

function keyOf({ url, hashes }: IndexFile): string {
  return `${hashes.sha256?.toLowerCase() ?? ''} ${url}`;
}
