import type { EventEmitter } from 'node:events';
import {
  type ClientRequest,
  request as httpRequest,
  type IncomingMessage,
  type RequestOptions,
  type ServerResponse,
} from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { splitAuthority } from './package-hosts.ts';
import { rejectRequest } from './serve-file.ts';
import type { ProxyFor } from './types.ts';

export type TunnelOptions = {
  readonly proxyFor: ProxyFor;
  /** Milliseconds until a connection must be established. */
  readonly connectMilliseconds?: number;
  /** Maximum number of connections at the same time. */
  readonly maxConnections?: number;
};

/** Connections of programs to hosts other than the repository. Nothing is read or changed. */
export type Tunnels = {
  /** Answers a CONNECT request (RFC 9110, 9.3.6). */
  connect(authority: string, client: Duplex, head: Buffer): Promise<void>;
  /** Sends a plain http request on. */
  forward(url: URL, request: IncomingMessage, response: ServerResponse): Promise<void>;
  /** Closes every connection. */
  close(): void;
};

type OpenedTunnel = { readonly socket: Socket; readonly head: Buffer };

const defaults = { connectMilliseconds: 30_000, maxConnections: 1_000 };

/** Opens no connection yet. */
export function openTunnels(options: TunnelOptions): Tunnels {
  const { proxyFor, connectMilliseconds, maxConnections } = { ...defaults, ...options };
  const connections = new Set<{ destroy(): unknown }>();
  const track = <T extends Duplex | ClientRequest>(connection: T): T => {
    connections.add(connection);
    connection.once('close', () => connections.delete(connection));
    return connection;
  };

  return {
    async connect(authority, client, head) {
      track(client);
      const { host, port } = splitAuthority(authority);
      if (host === '' || port < 1 || port > 65_535) return endTunnel(client, '400 Bad Request');
      if (connections.size > maxConnections) return endTunnel(client, '503 Service Unavailable');
      const proxy = proxyFor(new URL(`https://${urlHost(host)}:${port}`));
      const signal = AbortSignal.timeout(connectMilliseconds);
      try {
        const opened =
          proxy === undefined
            ? await openDirectly(host, port, signal, track)
            : await openThroughProxy(proxy, `${urlHost(host)}:${port}`, signal, track);
        if (client.destroyed) return void opened.socket.destroy();
        joinSockets(client, opened, head);
      } catch {
        endTunnel(client, signal.aborted ? '504 Gateway Timeout' : '502 Bad Gateway');
      }
    },
    async forward(url, request, response) {
      request.socket.setNoDelay();
      if (connections.size > maxConnections) return rejectRequest(response, 503, 'too many connections');
      const upstream = track(openRequest(url, request, proxyFor(url)));
      response.once('close', () => upstream.destroy());
      const timer = setTimeout(() => upstream.destroy(new Error('timeout')), connectMilliseconds);
      upstream.once('socket', (socket) => {
        if (socket.connecting) socket.once('connect', () => clearTimeout(timer));
        else clearTimeout(timer);
      });
      const answered = new Promise<IncomingMessage>((resolve, reject) => {
        upstream.once('response', resolve);
        upstream.once('error', reject);
      });
      try {
        // The body of a request may be longer than the answer waits for.
        pipeline(request, upstream).catch(() => {});
        const answer = await answered;
        response.writeHead(answer.statusCode ?? 502, answer.statusMessage, endToEndHeaders(answer.rawHeaders).flat());
        await pipeline(answer, response);
      } catch {
        if (response.headersSent) response.destroy();
        else rejectRequest(response, 502, `cannot connect to ${url.host}`);
      } finally {
        clearTimeout(timer);
      }
    },
    close() {
      for (const connection of connections) connection.destroy();
    },
  };
}

type Track = <T extends Duplex | ClientRequest>(connection: T) => T;

function openDirectly(host: string, port: number, signal: AbortSignal, track: Track): Promise<OpenedTunnel> {
  const socket = track(connect({ host, port, allowHalfOpen: true }));
  return untilOpen(socket, signal, (resolve) =>
    socket.once('connect', () => resolve({ socket, head: Buffer.alloc(0) })),
  );
}

function openThroughProxy(proxy: URL, authority: string, signal: AbortSignal, track: Track): Promise<OpenedTunnel> {
  const connecting = track(
    requestOf(proxy)({
      ...addressOf(proxy),
      method: 'CONNECT',
      path: authority,
      headers: { host: authority, ...proxyAuthorization(proxy) },
      agent: false,
      allowHalfOpen: true,
    } as RequestOptions),
  );
  const opened = untilOpen<OpenedTunnel>(connecting, signal, (resolve, reject) => {
    connecting.once('connect', (answer: IncomingMessage, socket: Socket, head: Buffer) => {
      track(socket);
      if (answer.statusCode === 200) return resolve({ socket, head });
      socket.destroy();
      reject(new Error(`the proxy answered ${answer.statusCode}`));
    });
  });
  connecting.end();
  return opened;
}

type Opening = EventEmitter & { destroy(): unknown };

/** Waits for a connection, and destroys it when the signal aborts first. */
function untilOpen<T>(
  opening: Opening,
  signal: AbortSignal,
  start: (resolve: (value: T) => void, reject: (cause: Error) => void) => unknown,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const abort = () => {
      opening.destroy();
      reject(new Error('timeout'));
    };
    signal.addEventListener('abort', abort, { once: true });
    const settle =
      <V>(end: (value: V) => void) =>
      (value: V) => {
        signal.removeEventListener('abort', abort);
        end(value);
      };
    opening.on('error', settle(reject));
    opening.once('close', () => settle(reject)(new Error('closed')));
    start(settle(resolve), settle(reject));
  });
}

/** Joins two sockets. The end of one direction leaves the other open. */
function joinSockets(client: Duplex, { socket, head: received }: OpenedTunnel, sent: Buffer): void {
  const destroyBoth = () => {
    client.destroy();
    socket.destroy();
  };
  for (const end of [client, socket]) {
    end.on('error', destroyBoth);
    end.on('close', destroyBoth);
  }
  client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
  if (received.length > 0) client.write(received);
  if (sent.length > 0) socket.write(sent);
  client.pipe(socket);
  socket.pipe(client);
}

/** Answers a CONNECT request with a failure. */
export function endTunnel(client: Duplex, status: string, ...headers: readonly string[]): void {
  client.on('error', () => client.destroy());
  const lines = [`HTTP/1.1 ${status}`, ...headers, 'Content-Length: 0', 'Connection: close', '', ''];
  client.end(lines.join('\r\n'), () => client.destroy());
}

function openRequest(url: URL, request: IncomingMessage, proxy: URL | undefined): ClientRequest {
  const headers = [...endToEndHeaders(request.rawHeaders), ...Object.entries(proxy ? proxyAuthorization(proxy) : {})];
  const upstream = requestOf(proxy ?? url)({
    ...addressOf(proxy ?? url),
    method: request.method,
    path: proxy === undefined ? `${url.pathname}${url.search}` : url.href,
    agent: false,
    setHost: false,
  });
  for (const [name, value] of joined(headers)) upstream.setHeader(name, value);
  if (!upstream.hasHeader('host')) upstream.setHeader('host', url.host);
  // Without one of these fields a request has no body (RFC 9112, 6.3). Node would choose one by the method.
  if (request.headers['transfer-encoding'] !== undefined) upstream.setHeader('transfer-encoding', 'chunked');
  else if (!upstream.hasHeader('content-length') && !/^(?:GET|HEAD)$/.test(request.method ?? ''))
    upstream.setHeader('content-length', '0');
  return upstream;
}

const requestOf = ({ protocol }: URL) => (protocol === 'https:' ? httpsRequest : httpRequest);

function addressOf({ hostname, port, protocol }: URL) {
  return { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) || (protocol === 'https:' ? 443 : 80) };
}

function proxyAuthorization({ username, password }: URL): Record<string, string> {
  if (username === '' && password === '') return {};
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { 'proxy-authorization': `Basic ${Buffer.from(credentials).toString('base64')}` };
}

/** Fields of one connection (RFC 9110, 7.6.1), and those that Node sets. */
const connectionFields = new Set(
  `connection keep-alive proxy-authenticate proxy-authorization proxy-connection te trailer transfer-encoding upgrade
  expect`.split(/\s+/),
);

/** Returns the header fields, as pairs, that a proxy passes on. */
export function endToEndHeaders(rawHeaders: readonly string[]): [string, string][] {
  const pairs = rawHeaders.flatMap((name, at): [string, string][] =>
    at % 2 === 0 ? [[name, rawHeaders[at + 1] ?? '']] : [],
  );
  const named = pairs
    .filter(([name]) => name.toLowerCase() === 'connection')
    .flatMap(([, value]) => value.split(',').map((field) => field.trim().toLowerCase()));
  return pairs.filter(([name]) => {
    const lower = name.toLowerCase();
    return !connectionFields.has(lower) && !named.includes(lower);
  });
}

function joined(headers: readonly (readonly [string, string])[]): [string, string[]][] {
  const values = new Map<string, string[]>();
  for (const [name, value] of headers)
    values.set(name.toLowerCase(), [...(values.get(name.toLowerCase()) ?? []), value]);
  return [...values];
}

/** Returns a host as it stands in a URL. */
function urlHost(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
