import { createHash } from 'node:crypto';
import { appendFile, mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { readJson, writeFileAtomically } from '../files.ts';
import type { Execution, HistoryEvent } from './types.ts';

/** Executions on disk: running ones in one folder, closed ones in another, histories beside them. */
export type Journal = {
  read(name: string): Promise<Execution | undefined>;
  write(execution: Execution): Promise<void>;
  /** Newest first. */
  list(status?: string): Promise<readonly Execution[]>;
  append(name: string, events: readonly HistoryEvent[]): Promise<void>;
  history(name: string): Promise<readonly HistoryEvent[]>;
};

/** Names may be reused after 90 days; older executions are forgotten at the start. */
const keptMilliseconds = 90 * 24 * 3600 * 1000;

/** Names may hold characters that file names can't, and differ by case alone. */
const fileOf = (name: string): string => createHash('sha256').update(name).digest('hex').slice(0, 32);

export async function openJournal(folder: string, now: number): Promise<Journal> {
  const folders = {
    running: join(folder, 'running'),
    closed: join(folder, 'closed'),
    history: join(folder, 'history'),
  };
  for (const one of Object.values(folders)) await mkdir(one, { recursive: true, mode: 0o700 });
  const pathOf = (kind: keyof typeof folders, name: string): string =>
    join(folders[kind], `${fileOf(name)}.${kind === 'history' ? 'jsonl' : 'json'}`);

  const all = async (kind: 'running' | 'closed'): Promise<readonly Execution[]> => {
    const files = await readdir(folders[kind]);
    const read = await Promise.all(
      files.filter((file) => file.endsWith('.json')).map((file) => readJson(join(folders[kind], file))),
    );
    return read.filter((one): one is Execution => one !== undefined);
  };

  for (const { name, startDate } of await all('closed')) {
    if (startDate > now - keptMilliseconds) continue;
    await rm(pathOf('closed', name), { force: true });
    await rm(pathOf('history', name), { force: true });
  }

  return {
    read: async (name) =>
      ((await readJson(pathOf('closed', name))) ?? (await readJson(pathOf('running', name)))) as Execution | undefined,
    write: async (execution) => {
      const kind = execution.status === 'RUNNING' ? 'running' : 'closed';
      await writeFileAtomically(pathOf(kind, execution.name), JSON.stringify(execution));
      if (kind === 'closed') await rm(pathOf('running', execution.name), { force: true });
    },
    list: async (status) => {
      const running = status === undefined || status === 'RUNNING' ? await all('running') : [];
      const closed = status === 'RUNNING' ? [] : await all('closed');
      return [...running, ...closed]
        .filter((one) => status === undefined || one.status === status)
        .sort((a, b) => b.startDate - a.startDate);
    },
    append: (name, events) =>
      appendFile(pathOf('history', name), events.map((event) => `${JSON.stringify(event)}\n`).join(''), {
        mode: 0o600,
      }),
    history: async (name) => {
      const lines = (await readFile(pathOf('history', name), 'utf8').catch(() => '')).split('\n');
      return lines.flatMap((line) => {
        try {
          return line === '' ? [] : [JSON.parse(line) as HistoryEvent];
        } catch {
          return []; // A process that was killed may leave half a line.
        }
      });
    },
  };
}
