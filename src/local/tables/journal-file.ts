import { createReadStream } from 'node:fs';
import { type FileHandle, open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { damaged, failureCode, unlessMissing } from '../files.ts';

/** A change of one entry. Without a value, the entry is removed. */
export type Change = readonly [key: string, value?: string];

const newline = 0x0a;
const digits = 8;
/** A line holds one batch. The largest item of DynamoDB has 400 KB, and a batch removes at most one table. */
const maxLineBytes = 256 * 1024 * 1024;

export const journalPath = (folder: string): string => join(folder, 'journal');

/** Returns a line of the journal: the CRC-32 of the JSON text in hexadecimal digits, a space, and the JSON text. */
export function journalLine(changes: readonly Change[]): Buffer {
  const text = JSON.stringify(changes);
  return Buffer.from(`${crc32(text).toString(16).padStart(digits, '0')} ${text}\n`);
}

/** Parses a line without its line feed. Returns undefined if it is damaged. */
function parseLine(line: Buffer): readonly Change[] | undefined {
  const text = line.subarray(digits + 1);
  if (line.subarray(0, digits).toString('latin1') !== crc32(text).toString(16).padStart(digits, '0')) return undefined;
  return JSON.parse(text.toString('utf8')) as readonly Change[];
}

/** Yields the lines of a file, each without its line feed, and what follows the last line feed. */
async function* linesOf(path: string): AsyncGenerator<{ readonly line: Buffer; readonly isComplete: boolean }> {
  let parts: Buffer[] = [];
  let held = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 }) as AsyncIterable<Buffer>) {
    let start = 0;
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
      yield { line: Buffer.concat([...parts, chunk.subarray(start, end)]), isComplete: true };
      parts = [];
      held = 0;
      start = end + 1;
    }
    parts.push(chunk.subarray(start));
    held += chunk.length - start;
    if (held > maxLineBytes) throw damaged(path, 'a line is too long');
  }
  if (held > 0) yield { line: Buffer.concat(parts), isComplete: false };
}

/**
 * Reads the journal of a folder, and passes each change to `apply`, in order. A last line that a killed process did not
 * finish is left out: its write was never acknowledged.
 *
 * @returns the length in bytes of the lines that are complete. 0 if there is no journal.
 * @throws {AwspipError} `state-damaged` (69).
 */
export async function readJournal(folder: string, apply: (change: Change) => void): Promise<number> {
  const names = await unlessMissing(() => readdir(folder)).catch((error: unknown) => {
    throw failureCode(error) === 'ENOTDIR' ? damaged(folder, 'it is not a folder') : error;
  });
  const path = journalPath(folder);
  if (!names?.includes('journal')) {
    // What is there was not written by this version. A new journal next to it would be empty.
    if (names?.some((name) => name !== 'journal.new')) throw damaged(folder, 'the file `journal` is missing');
    return 0;
  }
  let size = 0;
  try {
    for await (const { line, isComplete } of linesOf(path)) {
      if (!isComplete) break;
      const changes = parseLine(line);
      if (changes === undefined) throw damaged(path, `a line does not match its checksum, at byte ${size}`);
      for (const change of changes) apply(change);
      size += line.length + 1;
    }
  } catch (error) {
    throw failureCode(error) === 'EISDIR' ? damaged(path, 'it is a folder') : error;
  }
  return size;
}

/** An open journal. Calls must not overlap. */
export type JournalFile = {
  /** Length in bytes. */
  size(): number;
  /** Appends lines: all of them, or none when it throws. */
  append(lines: Buffer): Promise<void>;
  close(): Promise<void>;
};

/** Opens the journal of a folder to append to it, after its first `size` bytes. What follows them is removed. */
export async function openJournalFile(folder: string, size: number): Promise<JournalFile> {
  const handle = await open(journalPath(folder), 'a', 0o600);
  try {
    await handle.truncate(size);
  } catch (error) {
    await handle.close();
    throw error;
  }
  return appending(handle, size);
}

/** Returns the journal in an open file whose first `start` bytes are complete lines. */
export function appending(handle: Pick<FileHandle, 'truncate' | 'writeFile' | 'close'>, start: number): JournalFile {
  let size = start;
  // A part of a line at the end of the file, which a failed write left there.
  let isTorn = false;
  return {
    size: () => size,
    append: async (lines) => {
      if (isTorn) await handle.truncate(size);
      isTorn = true;
      await handle.writeFile(lines);
      isTorn = false;
      size += lines.length;
    },
    close: () => handle.close(),
  };
}

/**
 * Replaces the journal of a folder by one with these entries only. Readers find the old one or the new one, also after
 * the machine lost power.
 *
 * @returns the new journal, open.
 */
export async function replaceJournal(folder: string, entries: AsyncIterable<[string, string]>): Promise<JournalFile> {
  const draft = join(folder, 'journal.new');
  await rm(draft, { force: true });
  const handle = await open(draft, 'a', 0o600);
  const file = appending(handle, 0);
  try {
    let lines: Buffer[] = [];
    for await (const entry of entries) {
      if (lines.push(journalLine([entry])) < 1000) continue;
      await file.append(Buffer.concat(lines));
      lines = [];
    }
    await file.append(Buffer.concat(lines));
    await handle.sync();
    await rename(draft, journalPath(folder));
    return file;
  } catch (error) {
    await file.close();
    await rm(draft, { force: true }).catch(() => undefined);
    throw error;
  }
}
