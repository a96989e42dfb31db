import { createHash, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import { chooseSimpleFormat, renderSimplePage } from '../index/simple-page.ts';
import type { ProjectName } from '../index/types.ts';
import { type Catalogue, openCatalogue } from './catalogue.ts';
import { refuse, serveFile } from './files.ts';
import { sha256Of } from './pages.ts';
import { peerUser } from './peer-user.ts';
import {
  type ProxyAuthentication,
  proxyAuthentication,
  unauthorizedHeaders,
  unauthorizedStatus,
} from './proxy-authentication.ts';
import { openRequestLog } from './request-log.ts';
import { connectHost, fileLink, route } from './route.ts';
import { describeError, trouble } from './trouble.ts';
import type { Relay, RelayOptions } from './types.ts';
import { openRelayUpstream } from './upstream.ts';

export type { Relay, RelayOptions } from './types.ts';

const defaults = {
  patience: 20_000,
  heartbeat: 5_000,
  now: () => performance.now(),
  missingFileDelays: [250, 500, 1_000, 1_500, 1_750],
  retryDelays: [300, 1_200],
  password: () => randomBytes(18).toString('base64url'),
  peerUser,
  sleep: async (milliseconds: number, signal: AbortSignal): Promise<void> => wait(milliseconds, undefined, { signal }),
};

/** Pages asked for at a time, when it is we who ask. */
const consulted = 10;

/** The fake host for an endpoint: the same in every run, because pip's caches are keyed by URL. */
export function relayHost(endpoint: string): string {
  return `${createHash('sha256').update(endpoint).digest('hex').slice(0, 8)}.secure-pypi.invalid`;
}

/**
 * Starts the forward proxy that stands between pip and the repository. It answers for one host that does not exist,
 * with the repository's pages and files; every other host is denied. pip never sees the token, nor an upstream status
 * that would make it prompt (401) or wait (5xx): those become 403, and `observed()` has the true cause.
 */
export async function startRelay(options: RelayOptions): Promise<Relay> {
  const host = relayHost(options.endpoint);
  const settled = { ...defaults, ...options };
  const gate = proxyAuthentication(settled.password(), settled.peerUser);
  const relay = openRelay(settled, host, gate);
  const server = createServer({ keepAliveTimeout: 60_000 }, relay.answer);
  server.on('connect', relay.denyTunnel);
  server.on('clientError', (_error, socket) => socket.destroy());
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    host,
    indexUrl: `http://${host}/simple/`,
    proxyUrl: gate.proxyUrl((server.address() as AddressInfo).port),
    observed: relay.observed,
    consult: relay.consult,
    forget: relay.forget,
    close: async () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function openRelay(options: Required<RelayOptions>, host: string, { admits }: ProxyAuthentication) {
  const requestLog = openRequestLog();
  const upstream = openRelayUpstream(options);
  const catalogue = openCatalogue({ ...options, upstream, requestLog });
  const mismatched = new Set<string>();
  const tools = { ...options, upstream, requestLog, mismatched };

  const respond = async (request: IncomingMessage, response: ServerResponse, signal: AbortSignal): Promise<void> => {
    const asked = route(request.url ?? '', host);
    if (asked.kind === 'not-proxied') return refuse(response, 403, 'a proxy for pip, nothing else');
    // Nothing of a stranger's request is written down: it would be taken for pip's.
    if (!(await admits(request))) return refuse(response, unauthorizedStatus, 'not your relay', unauthorizedHeaders);
    requestLog.userAgent(request.headers['user-agent']);
    if (asked.kind === 'other-host') {
      requestLog.deny(asked.host);
      return refuse(response, 403, `${asked.host} is not the vetted index`);
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') return refuse(response, 405, 'GET and HEAD only');
    if (asked.kind === 'page') return servePage(catalogue, asked.name, response, signal);
    if (asked.kind === 'unknown') return refuse(response, 404, 'no such page or file');
    const file = await catalogue.file(asked, signal);
    if (file !== undefined) return serveFile(tools, file, response, signal);
    requestLog.absent(asked.filename);
    refuse(response, 404, 'no such file in the repository');
  };

  return {
    answer: (request: IncomingMessage, response: ServerResponse): void => {
      const signal = keepWaiting(response, options.heartbeat);
      // A body is never wanted; an unread one would block the connection.
      request.resume();
      respond(request, response, signal).catch((error: unknown) => {
        if (signal.aborted) return;
        requestLog.trouble(trouble('unavailable', options.endpoint, `the relay failed: ${describeError(error)}`));
        if (response.headersSent) response.destroy();
        else refuse(response, 403, 'see awspip');
      });
    },
    denyTunnel: async (request: IncomingMessage, socket: Duplex): Promise<void> => {
      socket.on('error', () => socket.destroy());
      const known = await admits(request).catch(() => false);
      if (known) requestLog.deny(connectHost(request.url ?? ''));
      socket.end(known ? tunnelRefused : tunnelUnknown, () => socket.destroy());
    },
    observed: requestLog.observed,
    consult: async (names: readonly ProjectName[]): Promise<void> => {
      const queue = names.values();
      const ask = async () => {
        for (const name of queue) await catalogue.page(name, new AbortController().signal);
      };
      await Promise.all(Array.from({ length: consulted }, ask));
    },
    forget: () => {
      for (const part of [requestLog, catalogue, upstream]) part.forget();
      mismatched.clear();
    },
  };
}

const ending = 'Content-Length: 0\r\nConnection: close\r\n\r\n';
const tunnelRefused = `HTTP/1.1 403 Forbidden\r\n${ending}`;
const tunnelUnknown = `HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="awspip"\r\n${ending}`;

/**
 * Keeps pip waiting until there is an answer; the signal says that it hung up.
 *
 * pip gives up after 15 seconds without a byte. Python's http.client reads over any number of 100 Continue (RFC 9110,
 * 15.2.1), so that says: still here. How long to wait for the repository is for our own requests to decide.
 */
function keepWaiting(response: ServerResponse, heartbeat: number): AbortSignal {
  const hungUp = new AbortController();
  const timer = setInterval(() => !response.headersSent && response.writeContinue(), heartbeat);
  response.on('close', () => {
    clearInterval(timer);
    hungUp.abort();
  });
  return hungUp.signal;
}

async function servePage(
  catalogue: Catalogue,
  name: ProjectName,
  response: ServerResponse,
  signal: AbortSignal,
): Promise<void> {
  const format = chooseSimpleFormat(response.req.headers.accept);
  if (format === undefined) return refuse(response, 406, 'no such form of page');
  const result = await catalogue.page(name, signal);
  if (result.kind === 'status') {
    return refuse(response, result.status, result.status === 404 ? 'not in the repository' : 'see awspip');
  }
  const page = renderSimplePage(result.page, format, (file) => fileLink(sha256Of(file) ?? '', file.filename));
  const body = Buffer.from(page.body);
  const headers = { 'content-type': page.contentType, 'content-length': body.length, 'cache-control': 'no-store' };
  response.writeHead(200, headers).end(response.req.method === 'HEAD' ? undefined : body);
}
