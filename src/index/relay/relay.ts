import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import { isProjectName, normaliseName } from '../names.ts';
import { chooseSimpleFormat, renderSimplePage } from '../simple-page.ts';
import type { ProjectName, ProjectPage } from '../types.ts';
import { refuse, serveFile } from './files.ts';
import { openLedger } from './ledger.ts';
import { fetchPage, type KnownFile, sha256Of } from './pages.ts';
import { connectHost, fileLink, type Route, route } from './route.ts';
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
  sleep: async (milliseconds: number, signal: AbortSignal): Promise<void> => wait(milliseconds, undefined, { signal }),
};

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
  const relay = openRelay({ ...defaults, ...options }, host);
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
    proxyUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    observed: relay.observed,
    forget: relay.forget,
    close: async () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function openRelay(options: Required<RelayOptions>, host: string) {
  const ledger = openLedger();
  const upstream = openRelayUpstream(options);
  const known = new Map<string, KnownFile>();
  const mismatched = new Set<string>();
  const tools = { ...options, upstream, ledger, mismatched };

  const getPage = async (name: ProjectName, signal: AbortSignal) => {
    const result = await fetchPage(tools, name, signal);
    if (result.kind === 'page') remember(known, result.page);
    return result;
  };

  const servePage = async (
    name: ProjectName,
    request: IncomingMessage,
    response: ServerResponse,
    signal: AbortSignal,
  ) => {
    const format = chooseSimpleFormat(request.headers.accept);
    if (format === undefined) return refuse(response, 406, 'no such form of page');
    const result = await getPage(name, signal);
    if (result.kind === 'status') {
      return refuse(response, result.status, result.status === 404 ? 'not in the repository' : 'see awspip');
    }
    const page = renderSimplePage(result.page, format, (file) => fileLink(sha256Of(file) ?? '', file.filename));
    const body = Buffer.from(page.body);
    const headers = { 'content-type': page.contentType, 'content-length': body.length, 'cache-control': 'no-store' };
    response.writeHead(200, headers).end(request.method === 'HEAD' ? undefined : body);
  };

  const findFile = async ({ digest, filename }: Extract<Route, { kind: 'file' }>, signal: AbortSignal) => {
    const key = `${digest}/${filename}`;
    // A lock file names files whose page was not asked for.
    if (!known.has(key)) {
      const name = projectOf(filename);
      if (name !== undefined) await getPage(name, signal);
    }
    return known.get(key);
  };

  const respond = async (request: IncomingMessage, response: ServerResponse, signal: AbortSignal) => {
    ledger.userAgent(request.headers['user-agent']);
    const asked = route(request.url ?? '', host);
    if (asked.kind === 'foreign') {
      ledger.deny(asked.host);
      return refuse(response, 403, `${asked.host} is not the vetted index`);
    }
    if (asked.kind === 'not-proxied') return refuse(response, 403, 'a proxy for pip, nothing else');
    if (request.method !== 'GET' && request.method !== 'HEAD') return refuse(response, 405, 'GET and HEAD only');
    if (asked.kind === 'page') return servePage(asked.name, request, response, signal);
    const file = asked.kind === 'file' ? await findFile(asked, signal) : undefined;
    if (file === undefined) return refuse(response, 404, 'no such page or file');
    return serveFile(tools, file, request, response, signal);
  };

  return {
    answer: (request: IncomingMessage, response: ServerResponse): void => {
      const hungUp = new AbortController();
      // pip gives up after 15 seconds without a byte. Every http.client reads over 100 Continue (RFC 9110, 15.2.1), so
      // that says: still here. How long to wait is for our own requests to decide.
      const heartbeat = setInterval(() => !response.headersSent && response.writeContinue(), options.heartbeat);
      response.on('close', () => {
        clearInterval(heartbeat);
        hungUp.abort();
      });
      // A body is never wanted; an unread one would block the connection.
      request.resume();
      respond(request, response, hungUp.signal).catch((error: unknown) => {
        if (hungUp.signal.aborted) return;
        ledger.trouble(trouble('unavailable', options.endpoint, `the relay failed: ${describeError(error)}`));
        if (response.headersSent) response.destroy();
        else refuse(response, 403, 'see awspip');
      });
    },
    denyTunnel: (request: IncomingMessage, socket: Duplex): void => {
      ledger.deny(connectHost(request.url ?? ''));
      socket.on('error', () => socket.destroy());
      const refusal = 'HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n';
      socket.end(refusal, () => socket.destroy());
    },
    observed: ledger.observed,
    forget: () => {
      ledger.forget();
      known.clear();
      mismatched.clear();
      upstream.forget();
    },
  };
}

function remember(known: Map<string, KnownFile>, page: ProjectPage): void {
  for (const file of page.files) {
    const sha256 = sha256Of(file);
    if (sha256 !== undefined) known.set(`${sha256.slice(0, 16)}/${file.filename}`, { file, sha256 });
  }
}

/** The project a file name belongs to; sdists by the last `-`, as PEP 625 has it. */
function projectOf(filename: string): ProjectName | undefined {
  const name = /\.whl$/i.test(filename) ? filename.split('-', 1)[0] : filename.slice(0, filename.lastIndexOf('-'));
  return name !== undefined && isProjectName(name) ? normaliseName(name) : undefined;
}
