import { setTimeout as wait } from 'node:timers/promises';
import { AwspipError } from '../errors.ts';
import type { Key } from './keys.ts';
import type { TableClient } from './table-client.ts';

/** An installer sends requests in bursts: one for each project that a page or a METADATA names. */
const burstMilliseconds = 3;

/** One call reads 16 MB at most, and an item has 400 KB at most. */
const maxBatch = 40;

type Waiting = {
  readonly key: Key;
  readonly resolve: (item: Record<string, unknown> | undefined) => void;
  readonly reject: (error: unknown) => void;
};

/**
 * Returns a function that reads items, with one call for those that are requested at about the same time. If a role may
 * not read several with one call, each is read alone.
 */
export function batchedReads(
  items: Pick<TableClient, 'get' | 'getAll'>,
  pause: () => Promise<unknown> = () => wait(burstMilliseconds),
): (key: Key) => Promise<Record<string, unknown> | undefined> {
  let waiting: Waiting[] = [];
  let mayBatch = true;

  const readAlone = ({ key, resolve, reject }: Waiting): void => {
    items.get(key, false).then(resolve, reject);
  };
  const readTogether = async (batch: readonly Waiting[]): Promise<void> => {
    try {
      const found = await items.getAll(batch.map(({ key }) => key));
      for (const { key, resolve } of batch) resolve(found.get(`${key.pk}\n${key.sk}`));
    } catch (error) {
      mayBatch &&= !(error instanceof AwspipError && error.code === 'aws-denied');
      for (const read of batch) readAlone(read);
    }
  };
  const send = (): void => {
    const batch = waiting;
    waiting = [];
    if (batch.length === 1 || !mayBatch) batch.forEach(readAlone);
    else void readTogether(batch);
  };
  const sendLater = async (): Promise<void> => {
    const batch = waiting;
    await pause();
    if (waiting === batch) send();
  };

  return (key) =>
    new Promise((resolve, reject) => {
      waiting.push({ key, resolve, reject });
      // A full batch is sent before what is requested next, which would take its connection.
      if (waiting.length === maxBatch) send();
      else if (waiting.length === 1) void sendLater();
    });
}
