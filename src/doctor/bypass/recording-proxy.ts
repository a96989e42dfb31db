import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A proxy that records where a program looks for packages, and passes nothing on. */
export type RecordingProxy = {
  readonly url: string;
  /** Returns the origins that were asked for since the last call, such as `https://pypi.org`. */
  readonly takeOrigins: () => readonly string[];
  readonly close: () => Promise<void>;
};

const maxOrigins = 100;

/** Opens a proxy on loopback that rejects every request with 403. */
export async function openRecordingProxy(): Promise<RecordingProxy> {
  const origins = new Set<string>();
  const record = (url: string) => {
    if (origins.size < maxOrigins) origins.add(URL.canParse(url) ? new URL(url).origin : url.slice(0, 300));
  };
  const server = createServer((request, response) => {
    record(request.url ?? '');
    request.resume();
    response.writeHead(403, { 'content-length': 0, connection: 'close' }).end();
  });
  server.on('connect', (request, socket) => {
    record(`https://${request.url ?? ''}`);
    socket.on('error', () => {});
    socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
  });
  server.on('clientError', (_error, socket) => socket.destroy());
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    takeOrigins: () => {
      const taken = [...origins];
      origins.clear();
      return taken;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
