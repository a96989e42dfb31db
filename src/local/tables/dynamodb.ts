import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import type { Decisions } from '../decisions.ts';
import { AwsFault, type HttpRequest } from '../http.ts';
import { waitAtMost } from '../pause.ts';
import { dynaliteOn } from './dynalite-on.ts';
import { openJournaledLevel } from './journaled-level.ts';

/** DynamoDB, served by a library that shares the stack's port. */
export type DynamoDb = {
  /** Answers one call of an authorized caller. */
  answer(request: HttpRequest, response: ServerResponse): Promise<void>;
  /** Rejects new calls, and waits at most two seconds for those in progress. */
  drain(): Promise<void>;
  /** Closes the database. Call `drain` first, while connections are open. */
  close(): Promise<void>;
};

export const dynamoTarget = 'DynamoDB_';
const putTarget = /^DynamoDB_\d+\.PutItem$/;

/**
 * Opens the database. The caller holds the folder's lock. People's decisions are also written to their file.
 *
 * The library throws in the `error` event of a request. A client that disconnects during a request would end the
 * process, so the library gets only requests that were read completely.
 *
 * @throws {AwspipError} `state-damaged` (69).
 */
export async function openDynamoDb(path: string, decisions: Decisions): Promise<DynamoDb> {
  const database = await openJournaledLevel(path);
  const server = await dynaliteOn(database);
  const inProgress = new Set<Promise<void>>();
  let closing = false;
  return {
    answer: async (request, response) => {
      if (closing) throw new AwsFault('ServiceUnavailableException', 503, 'the local stack is stopping');
      const body = await request.body();
      // Before the table has it, so that a decision that was acknowledged is in the file.
      if (putTarget.test(String(request.headers['x-amz-target']))) await decisions.record(body);
      const libraryRequest = Object.assign(Readable.from(body.length > 0 ? [body] : []), {
        method: request.method,
        url: '/',
        headers: request.headers,
      });
      const answered = new Promise<void>((resolve) => {
        response.once('close', resolve);
        server.emit('request', libraryRequest, response);
      });
      inProgress.add(answered);
      await answered;
      inProgress.delete(answered);
    },
    drain: async () => {
      closing = true;
      // If the database closes during a call, the library throws an error that cannot be caught.
      await waitAtMost(2, Promise.all(inProgress));
    },
    close: () => database.close(),
  };
}
