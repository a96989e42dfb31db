import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Distribution } from './distributions.ts';

/** A file as the double lists and sends it. `sha256`: what is listed instead of the true one; null: nothing. */
export type Listed = Distribution & { readonly sha256?: string | null; readonly yanked?: boolean };

type Asked = { readonly path: string; readonly headers: IncomingMessage['headers'] };

/**
 * CodeArtifact's PyPI endpoint as far as it is known: `/pypi/<repository>/simple/<name>/`, Basic and Bearer, 401 with
 * `WWW-Authenticate: Bearer`, 404 and 406, HTML and JSON with relative links, files by redirect to another origin,
 * which fails when it gets an Authorization.
 */
export async function startRepository({ tokens = ['token-1'] }: { tokens?: readonly string[] } = {}) {
  const projects = new Map<string, readonly Listed[]>();
  const asked: Asked[] = [];
  const fetched: Asked[] = [];
  const double = {
    projects,
    /** Requests of the endpoint and of the store of files behind it. */
    asked,
    fetched,
    tokens: new Set(tokens),
    /** A status to answer with before anything else is looked at; undefined for none. */
    status: (_path: string): number | undefined => undefined,
    /** What the store sends for a file. */
    send: (file: Listed, response: ServerResponse): void => void response.end(file.bytes),
    speaks: 'json' as 'json' | 'html',
  };

  const store = await listen((request, response) => {
    fetched.push({ path: request.url ?? '', headers: request.headers });
    const filename = decodeURIComponent(new URL(request.url ?? '', 'http://store').pathname.slice(1));
    const file = [...projects.values()].flat().find((each) => each.filename === filename);
    if (request.headers.authorization !== undefined) return end(response, 400);
    if (file === undefined) return end(response, 403);
    response.setHeader('content-length', file.bytes.length);
    double.send(file, response);
  });

  const endpoint = await listen((request, response) => {
    const path = request.url ?? '';
    asked.push({ path, headers: request.headers });
    const status = double.status(path);
    if (status !== undefined) return end(response, status);
    if (!isAuthorized(request.headers.authorization, double.tokens)) {
      response.setHeader('www-authenticate', 'Bearer');
      return end(response, 401);
    }
    const [, name = '', , filename] = /^\/pypi\/secure-pypi\/simple\/([^/]+)\/(?:([^/]+)\/([^/]+))?$/.exec(path) ?? [];
    const files = projects.get(name);
    if (files === undefined) return end(response, 404);
    if (filename === undefined) return sendPage(name, files, request.headers.accept ?? '*/*', double.speaks, response);
    response.setHeader('location', `${store.origin}/${filename}?X-Amz-Signature=signed`);
    end(response, 302);
  });

  return Object.assign(double, {
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
  files: readonly Listed[],
  accept: string,
  speaks: 'json' | 'html',
  response: ServerResponse,
): void {
  const json = 'application/vnd.pypi.simple.v1+json';
  if (!/simple\.(v1|latest)\+(json|html)|text\/html|\*\/\*/.test(accept)) {
    end(response, 406);
    return;
  }
  const digestOf = (file: Listed) => (file.sha256 === undefined ? sha256(file.bytes) : file.sha256);
  if (speaks === 'html' || !accept.includes(json)) {
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
  const listed = files.map((file) => {
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
  response.end(JSON.stringify({ meta: { 'api-version': '1.1' }, name, versions, files: listed }));
}

function end(response: ServerResponse, status: number): void {
  response.statusCode = status;
  response.end();
}
