import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** One request as the parts of the stack see it. */
export type Call = {
  readonly method: string;
  /** Decoded by whoever needs it. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  /** Reads the body, at most 16 MiB (DynamoDB's own bound). */
  body(): Promise<Buffer>;
};

export type Answer = {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer | AsyncIterable<Uint8Array>;
};

/** A failure as AWS's wire has it: an exception's name, its HTTP status, its words and members. */
export class AwsFault extends Error {
  override readonly name = 'AwsFault';
  readonly type: string;
  readonly status: number;
  readonly members: Readonly<Record<string, unknown>>;

  constructor(type: string, status: number, message: string, members: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.type = type;
    this.status = status;
    this.members = members;
  }
}

const maxBodyBytes = 16 * 1024 * 1024;

/** @throws {AwsFault} RequestEntityTooLargeException past 16 MiB. */
async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > maxBodyBytes) throw new AwsFault('RequestEntityTooLargeException', 413, 'the request is too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** A request with its body still to be read. */
export function callOf(request: IncomingMessage): Call {
  const url = new URL(request.url ?? '/', 'http://localhost');
  let body: Promise<Buffer> | undefined;
  return {
    method: request.method ?? 'GET',
    path: url.pathname,
    query: url.searchParams,
    headers: request.headers,
    body: () => {
      body ??= readBody(request);
      return body;
    },
  };
}

export function jsonAnswer(value: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(value) };
}

/** Sends an answer; a stream that fails breaks the connection, so that nobody takes half a file for a whole one. */
export async function sendAnswer(response: ServerResponse, answer: Answer, withBody: boolean): Promise<void> {
  const { body } = answer;
  const headers: Record<string, string> = { ...answer.headers };
  if (body === undefined || typeof body === 'string' || Buffer.isBuffer(body)) {
    headers['content-length'] ??= String(Buffer.byteLength(body ?? ''));
    response.writeHead(answer.status, headers).end(withBody ? body : undefined);
    return;
  }
  response.writeHead(answer.status, headers);
  if (!withBody) {
    response.end();
    return;
  }
  await pipeline(Readable.from(body, { objectMode: false }), response).catch(() => response.destroy());
}
