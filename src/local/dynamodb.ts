import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import type { Call } from './http.ts';

/** DynamoDB as an existing library imitates it, without a port of its own. */
export type DynamoDb = {
  /** Answers one call. The caller is authorised already. */
  answer(call: Call, response: ServerResponse): Promise<void>;
  close(): Promise<void>;
};

export const dynamoTarget = 'DynamoDB_';

/**
 * Opens the database; the caller holds the folder's lock.
 *
 * The library throws out of its request's `error` event, so that a client which goes away in mid-request would end the
 * process: it is handed requests that were read to their end.
 */
export async function openDynamoDb(path: string): Promise<DynamoDb> {
  const { default: dynalite } = await import('dynalite');
  const server = dynalite({ path, createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
  return {
    answer: async (call, response) => {
      const body = await call.body();
      const request = Object.assign(Readable.from(body.length > 0 ? [body] : []), {
        method: call.method,
        url: '/',
        headers: call.headers,
      });
      await new Promise<void>((resolve) => {
        response.once('close', resolve);
        server.emit('request', request, response);
      });
    },
    // It never listened: the library says so, and closes its database all the same.
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
