import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Fault } from './faulty-index.ts';

/** A proxy in front of the AWS services of a local stack, which answers some calls with faults. */
export type FaultyEndpoint = {
  readonly origin: string;
  /** Applies a fault to the calls that `isHit` selects, until the returned function is called. */
  inject(isHit: (call: Call) => boolean, fault: Fault): () => void;
  close(): void;
};

/** One call: its `x-amz-target` without the service's prefix, or method and path. */
export type Call = { readonly operation: string; readonly body: string };

function operationOf({ headers, method, url }: IncomingMessage): string {
  const target = String(headers['x-amz-target'] ?? '');
  return target === '' ? `${method} ${url?.split('?')[0]}` : target.replace(/^\w+\./, '');
}

function forwardTo(
  endpoint: string,
  origin: string,
  incoming: IncomingMessage,
  body: Buffer,
  response: ServerResponse,
) {
  const { 'accept-encoding': _, ...headers } = incoming.headers;
  const outgoing = request(`${endpoint}${incoming.url}`, { method: incoming.method, headers }, async (answer) => {
    const chunks: Buffer[] = [];
    for await (const chunk of answer) chunks.push(chunk as Buffer);
    const sent = Buffer.concat(chunks);
    // The repository's endpoint is a URL of the stack.
    const isEndpoint = incoming.url?.startsWith('/v1/repository/endpoint') === true;
    const rewritten = isEndpoint ? Buffer.from(sent.toString().replaceAll(endpoint, origin)) : sent;
    const { 'transfer-encoding': __, 'x-amz-crc32': ___, ...answered } = answer.headers;
    response.writeHead(answer.statusCode ?? 500, { ...answered, 'content-length': rewritten.length }).end(rewritten);
  });
  outgoing.on('error', () => response.destroy());
  outgoing.end(body);
}

/** Starts the proxy for the stack at `endpoint`. */
export async function startFaultyEndpoint(endpoint: string): Promise<FaultyEndpoint> {
  const faults = new Set<{ readonly isHit: (call: Call) => boolean; readonly fault: Fault; attempts: number }>();
  let origin = '';
  const server = createServer(async (incoming, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const forward = (): void => forwardTo(endpoint, origin, incoming, body, response);
    const call = { operation: operationOf(incoming), body: body.toString() };
    const found = [...faults].find(({ isHit }) => isHit(call));
    if (found === undefined) return forward();
    found.attempts += 1;
    return found.fault({ incoming, response, forward, attempt: found.attempts });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    origin,
    inject: (isHit, fault) => {
      const entry = { isHit, fault, attempts: 0 };
      faults.add(entry);
      return () => void faults.delete(entry);
    },
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
