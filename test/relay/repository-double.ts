import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Distribution } from './distributions.ts';

/** A file as the double lists and sends it. `sha256` replaces the listed digest; null lists none. */
export type ListedFile = Distribution & { readonly sha256?: string | null; readonly yanked?: boolean };

type ReceivedRequest = { readonly path: string; readonly headers: IncomingMessage['headers'] };

/**
 * Starts a double of CodeArtifact's PyPI endpoint: `/pypi/<repository>/simple/<name>/`, Basic and Bearer, 401 with
 * `WWW-Authenticate: Bearer`, 404 and 406, HTML and JSON with relative links. Files are redirected to another origin,
 * which rejects requests with Authorization.
 */
export async function startRepository({ tokens = ['token-1'] }: { tokens?: readonly string[] } = {}) {
  const projects = new Map<string, readonly ListedFile[]>();
  const endpointRequests: ReceivedRequest[] = [];
  const storeRequests: ReceivedRequest[] = [];
  const state = {
    projects,
    /** Requests to the endpoint and to the file store behind it. */
    endpointRequests,
    storeRequests,
    tokens: new Set(tokens),
    /** Returns a status that takes precedence over everything else, or undefined. */
    status: (_path: string): number | undefined => undefined,
    /** Sends a file from the store. */
    send: (file: ListedFile, response: ServerResponse): void => void response.end(file.bytes),
    format: 'json' as 'json' | 'html',
  };

  const store = await listen((request, response) => {
    storeRequests.push({ path: request.url ?? '', headers: request.headers });
    const filename = decodeURIComponent(new URL(request.url ?? '', 'http://store').pathname.slice(1));
    const file = [...projects.values()].flat().find((each) => each.filename === filename);
    if (request.headers.authorization !== undefined) return endResponse(response, 400);
    if (file === undefined) return endResponse(response, 403);
    response.setHeader('content-length', file.bytes.length);
    state.send(file, response);
  });

  const endpoint = await listen((request, response) => {
    const path = request.url ?? '';
    endpointRequests.push({ path, headers: request.headers });
    const status = state.status(path);
    if (status !== undefined) return endResponse(response, status);
    if (!isAuthorized(request.headers.authorization, state.tokens)) {
      response.setHeader('www-authenticate', 'Bearer');
      return endResponse(response, 401);
    }
    const [, name = '', , filename] = /^\/pypi\/secure-pypi\/simple\/([^/]+)\/(?:([^/]+)\/([^/]+))?$/.exec(path) ?? [];
    const files = projects.get(name);
    if (files === undefined) return endResponse(response, 404);
    if (filename === undefined) return sendPage(name, files, request.headers.accept ?? '*/*', state.format, response);
    response.setHeader('location', `${store.origin}/${filename}?X-Amz-Signature=signed`);
    endResponse(response, 302);
  });

  return Object.assign(state, {
    endpoint: `${endpoint.origin}/pypi/secure-pypi/`,
    origin: endpoint.origin,
    storeOrigin: store.origin,
    close: async () => void (await Promise.all([endpoint.close(), store.close()])),
  });
}

export type RepositoryDouble = Awaited<ReturnType<typeof startRepository>>;

export async function listen(handler: (request: IncomingMessage, response: ServerResponse) => void) {
  const server = createServer(handler);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function isAuthorized(header: string | undefined, tokens: ReadonlySet<string>): boolean {
  const [scheme, value = ''] = header?.split(' ') ?? [];
  if (scheme === 'Bearer') return tokens.has(value);
  const [user, password = ''] = Buffer.from(value, 'base64').toString().split(':');
  return scheme === 'Basic' && user === 'aws' && tokens.has(password);
}

function sendPage(
  name: string,
  files: readonly ListedFile[],
  accept: string,
  format: 'json' | 'html',
  response: ServerResponse,
): void {
  const json = 'application/vnd.pypi.simple.v1+json';
  if (!/simple\.(v1|latest)\+(json|html)|text\/html|\*\/\*/.test(accept)) {
    endResponse(response, 406);
    return;
  }
  const digestOf = (file: ListedFile) => (file.sha256 === undefined ? sha256(file.bytes) : file.sha256);
  if (format === 'html' || !accept.includes(json)) {
    const links = files.map((file) => {
      const digest = digestOf(file);
      const fragment = digest === null ? '' : `#sha256=${digest}`;
      return `<a href="${file.version}/${encodeURIComponent(file.filename)}${fragment}">${file.filename}</a><br/>`;
    });
    response.setHeader('content-type', 'text/html');
    response.end(`<!DOCTYPE html><html><body>${links.join('\n')}</body></html>`);
    return;
  }
  response.setHeader('content-type', json);
  const entries = files.map((file) => {
    const digest = digestOf(file);
    return {
      filename: file.filename,
      url: `${file.version}/${encodeURIComponent(file.filename)}`,
      hashes: digest === null ? {} : { sha256: digest },
      size: file.bytes.length,
      yanked: file.yanked ?? false,
    };
  });
  const versions = [...new Set(files.map((file) => file.version))];
  response.end(JSON.stringify({ meta: { 'api-version': '1.1' }, name, versions, files: entries }));
}

function endResponse(response: ServerResponse, status: number): void {
  response.statusCode = status;
  response.end();
}
