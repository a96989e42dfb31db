import type { Server, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { AwsFault, type Call } from './http.ts';
import { atMost } from './pause.ts';

/** DynamoDB as an existing library imitates it, without a port of its own. */
export type DynamoDb = {
  /** Answers one call. The caller is authorised already. */
  answer(call: Call, response: ServerResponse): Promise<void>;
  /** Answers nothing more, and lets what it has begun come to its end. */
  quiet(): Promise<void>;
  /** Closes the database; `quiet` comes first, while connections are still open. */
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
  const busy = new Set<Promise<void>>();
  let closing = false;
  return {
    answer: async (call, response) => {
      if (closing) throw new AwsFault('ServiceUnavailableException', 503, 'the stack is about to stop');
      const body = await call.body();
      const request = Object.assign(Readable.from(body.length > 0 ? [body] : []), {
        method: call.method,
        url: '/',
        headers: call.headers,
      });
      const answered = new Promise<void>((resolve) => {
        response.once('close', resolve);
        server.emit('request', request, response);
      });
      busy.add(answered);
      await answered;
      busy.delete(answered);
    },
    quiet: async () => {
      closing = true;
      // Closed under a call that it works on, the library would throw where nobody can catch it.
      await atMost(2, Promise.all(busy));
    },
    close: () => closeDatabase(server),
  };
}

/**
 * Closes the library's database, which it does only after a server that listened has stopped listening: it listens for
 * a moment, and drops whoever comes.
 */
function closeDatabase(server: Server): Promise<void> {
  server.removeAllListeners('connection').on('connection', (socket) => socket.destroy());
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => server.close(() => resolve()));
  });
}
