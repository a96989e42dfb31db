import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { PackageIndex } from '../helpers/package-index.ts';

/** Answers a request in place of the index, or forwards it. `attempt` counts from 1. */
export type Fault = (call: {
  readonly incoming: IncomingMessage;
  readonly response: ServerResponse;
  readonly forward: () => void;
  readonly attempt: number;
}) => void;

/** A server in front of a package index, which answers some URLs with faults. */
export type FaultyIndex = {
  readonly origin: string;
  /** Applies a fault to the URLs that contain `part`, until the returned function is called. */
  inject(part: string, fault: Fault): () => void;
  close(): void;
};

/** Forwards a request to the index. Pages then name this server as the address of the files. */
function forwardTo(index: PackageIndex, origin: string, incoming: IncomingMessage, response: ServerResponse): void {
  const { 'accept-encoding': _, ...headers } = incoming.headers;
  const url = `${index.origin}${incoming.url}`;
  const outgoing = request(url, { method: incoming.method, headers }, async (answer) => {
    const chunks: Buffer[] = [];
    for await (const chunk of answer) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const isPage = incoming.url?.startsWith('/simple/') === true;
    const sent = isPage ? Buffer.from(body.toString().replaceAll(index.origin, origin)) : body;
    const { 'transfer-encoding': __, ...answered } = answer.headers;
    response.writeHead(answer.statusCode ?? 500, { ...answered, 'content-length': sent.length }).end(sent);
  });
  incoming.pipe(outgoing);
}

/** Starts the server. */
export async function startFaultyIndex(index: PackageIndex): Promise<FaultyIndex> {
  const faults = new Map<string, { readonly fault: Fault; attempts: number }>();
  let origin = '';
  const server = createServer((incoming, response) => {
    const forward = (): void => forwardTo(index, origin, incoming, response);
    const found = [...faults].find(([part]) => incoming.url?.includes(part))?.[1];
    if (found === undefined) return forward();
    found.attempts += 1;
    return found.fault({ incoming, response, forward, attempt: found.attempts });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    origin,
    inject: (part, fault) => {
      faults.set(part, { fault, attempts: 0 });
      return () => void faults.delete(part);
    },
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
