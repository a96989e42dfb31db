import { mkdir } from 'node:fs/promises';
import { MemoryLevel } from 'memory-level';
import { errorText } from '../error-text.ts';
import {
  type Change,
  type JournalFile,
  journalLine,
  openJournalFile,
  readJournal,
  replaceJournal,
} from './journal-file.ts';

const mebibyte = 1024 * 1024;
/** The journal is replaced when it is this many times as large as it was after the last time. */
const compactionFactor = 3;

/**
 * Opens the database of a folder. The caller holds the folder's lock.
 *
 * @throws {AwspipError} `state-damaged` (69).
 */
export async function openJournaledLevel(folder: string, options: Options = {}): Promise<JournaledLevel> {
  const database = new JournaledLevel(folder, options);
  try {
    await database.open();
    return database;
  } catch (error) {
    // The library's own error says only that the database is not open.
    throw error instanceof Error ? (error.cause ?? error) : error;
  }
}

type Options = { readonly minCompactionBytes?: number };

type Write = {
  readonly line: Buffer;
  readonly apply: () => unknown;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
};

/** What the DynamoDB library answers when a change can't be written, instead of ending the process. */
function writeFailure(error: unknown): Error {
  const message = `the table cannot be written: ${errorText(error)}`;
  const body = { __type: 'com.amazonaws.dynamodb.v20120810#InternalServerError', message };
  return Object.assign(new Error(message), { statusCode: 500, body });
}

/**
 * A database in memory whose changes are in a journal on disk before they are acknowledged. A killed process loses no
 * change.
 *
 * The methods with an underscore are those that `abstract-level` calls. Keys and values arrive there as strings.
 */
export class JournaledLevel extends MemoryLevel<string, unknown> {
  readonly #folder: string;
  readonly #minCompactionBytes: number;
  #file: JournalFile | undefined;
  #compacted = 0;
  #waiting: Write[] = [];
  #writing: Promise<void> | undefined;

  constructor(folder: string, { minCompactionBytes = 16 * mebibyte }: Options) {
    super({ storeEncoding: 'utf8', valueEncoding: 'json' });
    this.#folder = folder;
    this.#minCompactionBytes = minCompactionBytes;
  }

  /** @throws {AwspipError} `state-damaged` (69). */
  async _open(): Promise<void> {
    const size = await readJournal(this.#folder, (change) => this.#apply(change));
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    this.#file = await openJournalFile(this.#folder, size);
    this.#compacted = size;
  }

  async _close(): Promise<void> {
    await this.#writing;
    await this.#file?.close();
  }

  async _put(key: string, value: string): Promise<void> {
    await this.#write([[key, value]]);
  }

  async _del(key: string): Promise<void> {
    await this.#write([[key]]);
  }

  async _batch(operations: readonly { type: 'put' | 'del'; key: string; value: string }[]): Promise<void> {
    await this.#write(operations.map(({ type, key, value }) => (type === 'put' ? [key, value] : [key])));
  }

  #apply([key, value]: Change): void {
    // Both change the tree before they return.
    if (value === undefined) void memory._del.call(this, key);
    else void memory._put.call(this, key, value);
  }

  #write(changes: readonly Change[]): Promise<void> {
    return new Promise((resolve, reject) => {
      const apply = () => {
        for (const change of changes) this.#apply(change);
      };
      this.#waiting.push({ line: journalLine(changes), apply, resolve, reject });
      this.#writing ??= this.#writeAll();
    });
  }

  /** Writes what waits, all in one call. What arrives meanwhile is written next. */
  async #writeAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const writes = this.#waiting;
      this.#waiting = [];
      try {
        await this.#file?.append(Buffer.concat(writes.map(({ line }) => line)));
        // Here, and not where each write is awaited, so that a new journal has all that this one has.
        for (const { apply } of writes) apply();
        for (const { resolve } of writes) resolve();
      } catch (error) {
        for (const { reject } of writes) reject(writeFailure(error));
      }
      await this.#compact();
    }
    this.#writing = undefined;
  }

  async #compact(): Promise<void> {
    const file = this.#file;
    if (file === undefined) return;
    if (file.size() < Math.max(this.#minCompactionBytes, compactionFactor * this.#compacted)) return;
    try {
      this.#file = await replaceJournal(this.#folder, this.iterator<string, string>({ valueEncoding: 'utf8' }));
      this.#compacted = this.#file.size();
      await file.close();
    } catch {
      // The old journal is complete, and grows until the disk has space for a new one.
      this.#compacted = file.size();
    }
  }
}

/** The methods of the database in memory, which its types leave out. */
const memory = MemoryLevel.prototype as unknown as {
  _put(this: MemoryLevel<string, unknown>, key: string, value: string): Promise<void>;
  _del(this: MemoryLevel<string, unknown>, key: string): Promise<void>;
};
