import { EventEmitter } from 'node:events';
import type { Decisions } from '../decisions.ts';
import { AwsFault, type HttpRequest, type HttpResponse } from '../http.ts';
import { waitAtMost } from '../pause.ts';
import { dynaliteOn } from './dynalite-on.ts';
import { openJournaledLevel } from './journaled-level.ts';

/** DynamoDB, served by a library that shares the stack's port. */
export type DynamoDb = {
  /** Answers one call of an authorized caller. */
  answer(request: HttpRequest): Promise<HttpResponse>;
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
  const inProgress = new Set<Promise<HttpResponse>>();
  let closing = false;
  return {
    answer: async (request) => {
      if (closing) throw new AwsFault('ServiceUnavailableException', 503, 'the local stack is stopping');
      const body = await request.body();
      // Before the table has it, so that a decision that was acknowledged is in the file.
      if (putTarget.test(String(request.headers['x-amz-target']))) await decisions.record(body);
      const { method, headers } = request;
      const libraryRequest = Object.assign(new EventEmitter(), { method, url: '/', headers });
      const answered = new Promise<HttpResponse>((resolve) => {
        server.emit('request', libraryRequest, responseOf(resolve));
        libraryRequest.emit('data', body);
        libraryRequest.emit('end');
      });
      inProgress.add(answered);
      return answered.finally(() => inProgress.delete(answered));
    },
    drain: async () => {
      closing = true;
      // If the database closes during a call, the library throws an error that cannot be caught.
      await waitAtMost(2, Promise.all(inProgress));
    },
    close: () => database.close(),
  };
}

/** Returns the part of a `ServerResponse` that the library uses. `send` receives what it answers. */
function responseOf(send: (response: HttpResponse) => void) {
  const headers: Record<string, string> = {};
  return {
    statusCode: 200,
    setHeader(name: string, value: string | number) {
      headers[name.toLowerCase()] = String(value);
    },
    end(body: string) {
      send({ status: this.statusCode, headers, body });
    },
  };
}
