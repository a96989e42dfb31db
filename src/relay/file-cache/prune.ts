import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type CachedFile, cachedFiles, drafts } from './cache-folder.ts';

/** What is known of the size without listing the files. Runs at the same time can make it inexact for a day. */
type Usage = { readonly bytes: number; readonly countedAt: number };

export type Counted = {
  readonly files: number;
  readonly bytes: number;
  /** Whether everything was listed within the time. */
  readonly isComplete: boolean;
};

const usageFile = 'usage.json';
const countMilliseconds = 24 * 60 * 60 * 1000;
const draftMilliseconds = 24 * 60 * 60 * 1000;
/** A command waits no longer than this for the listing. */
const maxMilliseconds = 1_000;
/** What stays after files were removed, so that not every run removes some. */
const keptShare = 0.9;

type Options = { readonly folder: string; readonly maxBytes: number; readonly now: () => number };

/** Adds to the known size, and lists the files if that is too large, unknown, or older than a day. */
export async function pruneAfter(addedBytes: number, options: Options): Promise<void> {
  const { folder, maxBytes, now } = options;
  const usage = await readUsage(folder, now());
  const bytes = (usage?.bytes ?? 0) + addedBytes;
  if (usage !== undefined && bytes <= maxBytes) return writeUsage(folder, { ...usage, bytes });
  const counted = await prune(options);
  await writeUsage(folder, { bytes: counted.bytes, countedAt: counted.isComplete ? now() : 0 });
}

/** Removes the files that were used least recently until the size fits, and the drafts of runs that were killed. */
async function prune({ folder, maxBytes, now }: Options): Promise<Counted> {
  const { files, ...counted } = await list(folder, now);
  const isOld = ({ usedAt }: CachedFile) => usedAt < now() - draftMilliseconds;
  const remove = (file: CachedFile) => rm(file.path, { force: true }).catch(() => {});
  await Promise.all((await drafts(folder)).filter(isOld).map(remove));
  const removed = chooseRemoved(files, maxBytes);
  await Promise.all(removed.map(remove));
  return { ...counted, bytes: counted.bytes - sum(removed), files: files.length - removed.length };
}

/** Returns the files to remove: none if all fit, otherwise the least recently used. */
export function chooseRemoved(files: readonly CachedFile[], maxBytes: number): readonly CachedFile[] {
  let bytes = sum(files);
  if (bytes <= maxBytes) return [];
  const oldestFirst = files.toSorted((one, other) => one.usedAt - other.usedAt);
  const removed: CachedFile[] = [];
  for (const file of oldestFirst) {
    if (bytes <= maxBytes * keptShare) break;
    bytes -= file.bytes;
    removed.push(file);
  }
  return removed;
}

/** Counts the files of a cache. */
export async function countFiles(folder: string, now: () => number): Promise<Counted> {
  const { files, ...counted } = await list(folder, now, Number.POSITIVE_INFINITY);
  return { ...counted, files: files.length };
}

async function list(folder: string, now: () => number, milliseconds = maxMilliseconds) {
  const end = now() + milliseconds;
  const files: CachedFile[] = [];
  let isComplete = true;
  for await (const found of cachedFiles(folder)) {
    files.push(...found);
    if (now() > end) {
      isComplete = false;
      break;
    }
  }
  return { files, bytes: sum(files), isComplete };
}

function sum(files: readonly CachedFile[]): number {
  return files.reduce((total, { bytes }) => total + bytes, 0);
}

async function readUsage(folder: string, now: number): Promise<Usage | undefined> {
  try {
    const { bytes, countedAt } = JSON.parse(await readFile(path.join(folder, usageFile), 'utf8'));
    const isKnown = Number.isSafeInteger(bytes) && bytes >= 0 && Number.isFinite(countedAt);
    return isKnown && countedAt <= now && countedAt > now - countMilliseconds ? { bytes, countedAt } : undefined;
  } catch {
    return undefined;
  }
}

async function writeUsage(folder: string, usage: Usage): Promise<void> {
  const file = path.join(folder, usageFile);
  const draft = `${file}.${process.pid}`;
  try {
    await writeFile(draft, JSON.stringify(usage), { mode: 0o600 });
    await rename(draft, file);
  } catch {
    await rm(draft, { force: true }).catch(() => {});
  }
}
