import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** One HTTP request to the stack. */
export type HttpRequest = {
  readonly method: string;
  /** The path as it was sent, still percent-encoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  /** Reads the body, at most 16 MiB, which is DynamoDB's limit. */
  body(): Promise<Buffer>;
  /** Returns the body as it arrives, for those that may be larger. */
  stream(): Readable;
};

/** One HTTP response of the stack. */
export type HttpResponse = {
  readonly status: number;
  /** The reason phrase, which twine prints. Visible ASCII characters and blanks only. */
  readonly reason?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer | AsyncIterable<Uint8Array>;
};

/** Answers a request of any service of the stack. */
export type Answer = (request: HttpRequest) => Promise<HttpResponse>;

/** An exception of an AWS service: its name, HTTP status, message and members. */
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

/**
 * Reads the body of a request.
 *
 * @throws {AwsFault} RequestEntityTooLargeException when it is larger than 16 MiB.
 */
async function readBody(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > maxBodyBytes) throw new AwsFault('RequestEntityTooLargeException', 413, 'the request is too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Returns the parts of an incoming request. The body is read when it is first needed. */
export function readRequest(incoming: IncomingMessage): HttpRequest {
  const url = new URL(incoming.url ?? '/', 'http://localhost');
  let body: Promise<Buffer> | undefined;
  return {
    method: incoming.method ?? 'GET',
    path: url.pathname,
    query: url.searchParams,
    headers: incoming.headers,
    body: () => {
      body ??= readBody(incoming);
      return body;
    },
    stream: () => incoming,
  };
}

/** Returns a response with a JSON body. */
export function jsonResponse(
  value: unknown,
  status = 200,
  headers: Readonly<Record<string, string>> = {},
): HttpResponse {
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(value) };
}

/** Sends a response. If its stream fails, the connection breaks, so that no client takes a partial file as complete. */
export async function sendResponse(target: ServerResponse, response: HttpResponse, withBody: boolean): Promise<void> {
  const { body, status, reason = STATUS_CODES[status] ?? '' } = response;
  const headers: Record<string, string> = { ...response.headers };
  if (body === undefined || typeof body === 'string' || Buffer.isBuffer(body)) {
    headers['content-length'] ??= String(Buffer.byteLength(body ?? ''));
    target.writeHead(status, reason, headers).end(withBody ? body : undefined);
    return;
  }
  target.writeHead(status, reason, headers);
  if (!withBody) {
    target.end();
    return;
  }
  await pipeline(Readable.from(body, { objectMode: false }), target).catch(() => target.destroy());
}
