import { createHash } from 'node:crypto';
import { appendFile, mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { AwspipError } from '../../errors.ts';
import { readJson, unlessMissing, writeJson } from '../files.ts';
import type { Execution, HistoryEvent } from './types.ts';

/** The executions on disk, in three folders: running executions, closed executions, and histories. */
export type Journal = {
  read(name: string): Promise<Execution | undefined>;
  write(execution: Execution): Promise<void>;
  /** Returns the executions with this status, newest first. */
  list(status?: string): Promise<readonly Execution[]>;
  append(name: string, events: readonly HistoryEvent[]): Promise<void>;
  history(name: string): Promise<readonly HistoryEvent[]>;
};

/** Names can be reused after 90 days, so older executions are removed when the journal is opened. */
const retentionMilliseconds = 90 * 24 * 3600 * 1000;

/** Returns a file name for an execution. Names can contain characters that file names cannot, or differ only in case. */
const fileOf = (name: string): string => createHash('sha256').update(name).digest('hex').slice(0, 32);

function isExecution(value: unknown): value is Execution {
  return typeof value === 'object' && value !== null && 'name' in value && 'status' in value && 'startDate' in value;
}

/**
 * Reads an execution. A damaged one is moved aside, because nothing is lost with it: a client that waits for it learns that
 * it does not exist, and starts another.
 */
async function readOrMoveAside(path: string, log: (line: string) => void): Promise<Execution | undefined> {
  const isDamaged = (error: unknown) => error instanceof AwspipError && error.code === 'state-damaged';
  const content = await readJson(path).catch((error: unknown) => {
    if (isDamaged(error)) return null;
    throw error;
  });
  if (content === undefined || isExecution(content)) return content;
  log(`${path} is damaged, so it is moved aside`);
  await unlessMissing(() => rename(path, `${path}.damaged`));
  return undefined;
}

/** Opens the journal in a folder. `now` is in epoch milliseconds. */
export async function openJournal(folder: string, now: number, log: (line: string) => void): Promise<Journal> {
  const folders = {
    running: join(folder, 'running'),
    closed: join(folder, 'closed'),
    history: join(folder, 'history'),
  };
  for (const path of Object.values(folders)) await mkdir(path, { recursive: true, mode: 0o700 });
  const pathOf = (kind: keyof typeof folders, name: string): string =>
    join(folders[kind], `${fileOf(name)}.${kind === 'history' ? 'jsonl' : 'json'}`);

  const readAll = async (kind: 'running' | 'closed'): Promise<readonly Execution[]> => {
    const files = await readdir(folders[kind]);
    const contents = await Promise.all(
      files.filter((file) => file.endsWith('.json')).map((file) => readOrMoveAside(join(folders[kind], file), log)),
    );
    return contents.filter((content) => content !== undefined);
  };

  for (const { name, startDate } of await readAll('closed')) {
    if (startDate > now - retentionMilliseconds) continue;
    await rm(pathOf('closed', name), { force: true });
    await rm(pathOf('history', name), { force: true });
  }

  return {
    read: async (name) =>
      (await readOrMoveAside(pathOf('closed', name), log)) ?? (await readOrMoveAside(pathOf('running', name), log)),
    write: async (execution) => {
      const kind = execution.status === 'RUNNING' ? 'running' : 'closed';
      await writeJson(pathOf(kind, execution.name), execution);
      if (kind === 'closed') await rm(pathOf('running', execution.name), { force: true });
    },
    list: async (status) => {
      const running = status === undefined || status === 'RUNNING' ? await readAll('running') : [];
      const closed = status === 'RUNNING' ? [] : await readAll('closed');
      return [...running, ...closed]
        .filter((execution) => status === undefined || execution.status === status)
        .sort((a, b) => b.startDate - a.startDate);
    },
    append: (name, events) =>
      appendFile(pathOf('history', name), events.map((event) => `${JSON.stringify(event)}\n`).join(''), {
        mode: 0o600,
      }),
    history: async (name) => {
      const lines = ((await unlessMissing(() => readFile(pathOf('history', name), 'utf8'))) ?? '').split('\n');
      return lines.flatMap((line) => {
        try {
          return line === '' ? [] : [JSON.parse(line) as HistoryEvent];
        } catch {
          return []; // A killed process may leave an incomplete line.
        }
      });
    },
  };
}
