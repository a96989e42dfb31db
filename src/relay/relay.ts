import { createHash, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Server } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import { chooseSimpleFormat, renderSimplePage } from '../index/simple-page.ts';
import type { ProjectName } from '../index/types.ts';
import { type Catalogue, openCatalogue } from './catalogue.ts';
import { sha256Of } from './fetch-page.ts';
import { isInstallerAgent, isPackageHost, isPip } from './package-hosts.ts';
import { peerUser } from './peer-user.ts';
import {
  openProxyAuthentication,
  type ProxyAuthentication,
  type ProxyClient,
  unauthorizedHeaders,
  unauthorizedStatus,
} from './proxy-authentication.ts';
import { openRunAhead } from './read-ahead/run-ahead.ts';
import { describeError, relayFailure } from './relay-failure.ts';
import { openRelayUpstream } from './relay-upstream.ts';
import { openRequestLog } from './request-log.ts';
import { connectHost, fileLink, parseTarget } from './route.ts';
import { breakConnection, rejectRequest, serveFile } from './serve-file.ts';
import { serveLocalFile, serveLocalHead } from './serve-local.ts';
import { serveMetadata } from './serve-metadata.ts';
import { endTunnel, openTunnels } from './tunnel.ts';
import type { Relay, RelayOptions } from './types.ts';
import { leaveOutMetadata, withoutMetadata } from './wheel-metadata.ts';

export type { Relay, RelayOptions } from './types.ts';

const defaults = {
  maxRetryMilliseconds: 20_000,
  heartbeatMilliseconds: 5_000,
  now: () => performance.now(),
  missingFileDelays: [250, 500, 1_000, 1_500, 1_750],
  retryDelays: [300, 1_200],
  withheld: async (): Promise<ReadonlySet<string>> => new Set(),
  uploadedBefore: undefined,
  uploadTimes: async (): Promise<ReadonlyMap<string, string>> => new Map(),
  metadata: withoutMetadata,
  password: () => randomBytes(18).toString('base64url'),
  peerUser,
  sleep: async (milliseconds: number, signal: AbortSignal): Promise<void> => wait(milliseconds, undefined, { signal }),
};

/** Maximum number of concurrent page requests in `loadPages`. */
const maxConcurrentPages = 10;

/** Returns the fake host for an endpoint. It is stable between runs, because pip's caches are keyed by URL. */
export function relayHost(endpoint: string): string {
  return `${createHash('sha256').update(endpoint).digest('hex').slice(0, 8)}.secure-pypi.invalid`;
}

/**
 * Starts the forward proxy between pip and the repository. It serves the repository's pages and files under one fake
 * host. Every other host is blocked, except for programs that `otherHosts` allows. pip never sees the token. It also never sees an upstream 401, which would make it
 * prompt, or 5xx, which would make it retry. For a page those become 403. For a file the connection breaks, because some
 * installers take the body of any response for the file. `observed()` has the cause.
 */
export async function startRelay(options: RelayOptions): Promise<Relay> {
  const host = relayHost(options.endpoint);
  const resolvedOptions = { ...defaults, ...options };
  const { password } = resolvedOptions;
  const passwords = { installer: password(), program: password() };
  const authentication = openProxyAuthentication(passwords, resolvedOptions.peerUser);
  const relay = openRelay(resolvedOptions, host, authentication);
  const server = createServer({ keepAliveTimeout: 60_000 }, relay.handle);
  server.on('connect', relay.handleTunnel);
  server.on('clientError', (_error, socket) => socket.destroy());
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  const others = new Set<Server>();
  return {
    host,
    indexUrl: `http://${host}/simple/`,
    proxyUrl: authentication.proxyUrl(port, 'installer'),
    programProxyUrl: authentication.proxyUrl(port, 'program'),
    port,
    listenOn: (other) => {
      others.add(other);
      other.on('connection', (socket) => {
        authentication.acceptOwner(socket);
        server.emit('connection', socket);
      });
      other.once('close', () => others.delete(other));
    },
    noteInterpreter: relay.noteInterpreter,
    observed: relay.observed,
    loadPages: relay.loadPages,
    reset: relay.reset,
    close: async () => {
      const closed = new Promise<void>((resolve) => {
        for (const other of others) other.close();
        server.close(() => resolve());
        relay.closeTunnels();
        server.closeAllConnections();
      });
      await Promise.all([closed, relay.closeReadAhead()]);
    },
  };
}

type OptionalParts = 'otherHosts' | 'readAhead' | 'onMissingPage';
type ResolvedOptions = Required<Omit<RelayOptions, OptionalParts>> & Pick<RelayOptions, OptionalParts>;

function openRelay(options: ResolvedOptions, host: string, { clientOf }: ProxyAuthentication) {
  const requestLog = openRequestLog();
  const upstream = openRelayUpstream(options);
  const catalogue = openCatalogue({ ...options, upstream, requestLog });
  const failedFiles = new Set<string>();
  const metadata = { ...options.metadata, text: memoizedTexts(options.metadata.text) };
  const tools = { ...options, upstream, requestLog, failedFiles, metadata };
  const readAhead = options.readAhead && openRunAhead(options.readAhead, { ...options, catalogue, upstream, metadata });
  const { otherHosts } = options;
  const tunnels = otherHosts && openTunnels(otherHosts);
  const ownHosts = { indexes: otherHosts?.indexes ?? [], deployment: [new URL(options.endpoint).host] };

  /** Returns the connections to a host that the client may reach, or undefined and records that it is blocked. */
  const tunnelsTo = (target: string, client: ProxyClient, userAgent: string | undefined) => {
    const mayPass = client === 'program' && !isInstallerAgent(userAgent) && !isPackageHost(target, ownHosts);
    if (tunnels !== undefined && mayPass) return tunnels;
    requestLog.recordBlockedHost(target);
    return undefined;
  };

  const respond = async (request: IncomingMessage, response: ServerResponse, signal: AbortSignal): Promise<void> => {
    const target = parseTarget(request.url ?? '', host);
    if (target.kind === 'not-proxied') return rejectRequest(response, 403, 'this proxy serves pip only');
    // Requests of unauthorized clients are not logged, because the log counts as pip's.
    const client = await clientOf(request);
    if (client === undefined)
      return rejectRequest(response, unauthorizedStatus, 'proxy authentication required', unauthorizedHeaders);
    const userAgent = request.headers['user-agent'];
    requestLog.recordUserAgent(userAgent);
    if (target.kind === 'other-host') {
      const allowed = tunnelsTo(target.host, client, userAgent);
      if (allowed !== undefined) return allowed.forward(new URL(request.url ?? ''), request, response);
      return rejectRequest(response, 403, `blocked ${target.host}: only the vetted repository is reachable`);
    }
    // Request bodies are ignored, but an unread one would block the connection.
    request.resume();
    if (request.method !== 'GET' && request.method !== 'HEAD') return rejectRequest(response, 405, 'GET and HEAD only');
    readAhead?.noteRequest(userAgent, target.kind === 'page' ? target.name : undefined);
    if (target.kind === 'page') {
      const { name } = target;
      const onMissing = () => options.onMissingPage?.(name, userAgent);
      // pip gets the METADATA of a wheel that is here from the wheel, with one request less.
      const isHere = (sha256: string) => isPip(userAgent) && readAhead?.has(sha256) === true;
      return servePage(catalogue, name, response, signal, { onMissing, isHere });
    }
    if (target.kind === 'unknown') return rejectRequest(response, 404, 'no such page or file');
    const file = await catalogue.file(target, signal);
    // The file may exist, so the client must not take it for missing.
    if (file === 'unknown') return breakConnection(response);
    if (file !== 'unlisted' && target.kind === 'metadata') {
      readAhead?.noteMetadata(file.file);
      return serveMetadata(tools, file, response, signal);
    }
    if (file !== 'unlisted') {
      if (readAhead === undefined) return serveFile(tools, file, response, signal);
      if (request.method === 'HEAD') {
        const size = await readAhead.sizeOf(file.sha256);
        return size === undefined ? serveFile(tools, file, response, signal) : serveLocalHead(file, size, response);
      }
      const local = await readAhead.take(file.sha256);
      const keeping = { ...tools, receive: readAhead.receive, keeps: readAhead.keeps };
      if (local !== undefined) return serveLocalFile(keeping, file, local, response);
      return serveFile(keeping, file, response, signal);
    }
    requestLog.recordUnlistedFile(target.filename);
    rejectRequest(response, 404, 'no such file in the repository');
  };

  return {
    handle: (request: IncomingMessage, response: ServerResponse): void => {
      const isForwarded = parseTarget(request.url ?? '', host).kind === 'other-host';
      const signal = sendHeartbeats(response, isForwarded ? undefined : options.heartbeatMilliseconds);
      respond(request, response, signal).catch((error: unknown) => {
        if (signal.aborted) return;
        requestLog.recordFailure(
          relayFailure('unavailable', options.endpoint, `the relay failed: ${describeError(error)}`),
        );
        breakConnection(response);
      });
    },
    handleTunnel: async (request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> => {
      socket.on('error', () => socket.destroy());
      const client = await clientOf(request).catch(() => undefined);
      if (client === undefined) return endTunnel(socket, unauthorizedTunnel, proxyAuthenticate);
      const target = connectHost(request.url ?? '');
      const allowed = tunnelsTo(target, client, request.headers['user-agent']);
      if (allowed === undefined) return endTunnel(socket, '403 Forbidden');
      await allowed.connect(target, socket, head);
    },
    closeTunnels: () => tunnels?.close(),
    noteInterpreter: (userAgent: string) => readAhead?.noteInterpreter(userAgent),
    observed: requestLog.observed,
    loadPages: async (names: readonly ProjectName[]): Promise<void> => {
      const queue = names.values();
      const loadNext = async () => {
        for (const name of queue) await catalogue.page(name, new AbortController().signal);
      };
      await Promise.all(Array.from({ length: maxConcurrentPages }, loadNext));
    },
    reset: () => {
      for (const part of [requestLog, catalogue, upstream]) part.reset();
      failedFiles.clear();
      readAhead?.startRun();
    },
    closeReadAhead: async () => {
      catalogue.reset();
      await readAhead?.close();
    },
  };
}

const maxTexts = 2_000;

/** Returns METADATA from memory if it was read before: the read-ahead and the installer read the same. */
function memoizedTexts(read: ResolvedOptions['metadata']['text']): ResolvedOptions['metadata']['text'] {
  const texts = new Map<string, ReturnType<typeof read>>();
  return (name, sha256) => {
    const text = texts.get(sha256) ?? read(name, sha256);
    if (texts.size < maxTexts) texts.set(sha256, text);
    return text;
  };
}

const unauthorizedTunnel = '407 Proxy Authentication Required';
const proxyAuthenticate = 'Proxy-Authenticate: Basic realm="awspip"';

/**
 * Sends 100 Continue at an interval until the response starts; none without an interval, for requests that other hosts
 * answer. The returned signal aborts when pip disconnects.
 *
 * pip times out after 15 seconds without a byte. Python's http.client ignores any number of 100 Continue (RFC 9110,
 * 15.2.1). So the relay's own time limits apply, not pip's.
 */
function sendHeartbeats(response: ServerResponse, heartbeat: number | undefined): AbortSignal {
  const disconnection = new AbortController();
  const sendContinue = () => !response.headersSent && response.writeContinue();
  const timer = heartbeat === undefined ? undefined : setInterval(sendContinue, heartbeat);
  response.on('close', () => {
    clearInterval(timer);
    if (!response.writableFinished) disconnection.abort();
  });
  return disconnection.signal;
}

async function servePage(
  catalogue: Catalogue,
  name: ProjectName,
  response: ServerResponse,
  signal: AbortSignal,
  { onMissing, isHere }: { readonly onMissing: () => void; readonly isHere: (sha256: string) => boolean },
): Promise<void> {
  const format = chooseSimpleFormat(response.req.headers.accept);
  if (format === undefined) return rejectRequest(response, 406, 'no supported page format');
  const result = await catalogue.page(name, signal);
  if (result.kind === 'status') {
    if (result.status === 404) onMissing();
    return rejectRequest(
      response,
      result.status,
      result.status === 404 ? 'not in the repository' : 'the repository failed; see the awspip output',
    );
  }
  const offered = leaveOutMetadata(result.page, (file) => isHere(sha256Of(file) ?? ''));
  const page = renderSimplePage(offered, format, (file) => fileLink(sha256Of(file) ?? '', file.filename));
  const body = Buffer.from(page.body);
  const headers = { 'content-type': page.contentType, 'content-length': body.length, 'cache-control': 'no-store' };
  response.writeHead(200, headers).end(response.req.method === 'HEAD' ? undefined : body);
}
