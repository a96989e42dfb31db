import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Distribution } from './distributions.ts';

/** How the double misbehaves now; tests change it between runs. */
export type Mood = {
  /** Tokens that are over: CodeArtifact answers them with this. */
  staleTokens: Set<string>;
  staleStatus: 401 | 404;
  /** What every page answers instead. */
  pageStatus?: number | undefined;
  /** Error of the API, by action. */
  refuses: Partial<Record<'GetAuthorizationToken' | 'GetRepositoryEndpoint' | 'other', string>>;
};

/** CodeArtifact as far as an install needs it, for `AWS_ENDPOINT_URL`; all other services deny. */
export async function startCodeArtifact(projects: Readonly<Record<string, readonly Distribution[]>>) {
  const mood: Mood = { staleTokens: new Set(), staleStatus: 404, refuses: {} };
  const asked: string[] = [];
  let tokens = 0;
  const server = createServer((request, response) => {
    request.resume();
    const path = decodeURIComponent((request.url ?? '').split('?')[0] ?? '');
    const target = request.headers['x-amz-target'];
    asked.push(target === undefined ? `${request.method} ${path}` : String(target));
    if (path.startsWith('/pypi/')) return data(request, response, path);
    if (path === '/v1/authorization-token') {
      tokens += 1;
      const expiration = Math.floor(Date.now() / 1000) + 43_200;
      return api(response, mood.refuses.GetAuthorizationToken, { authorizationToken: `token-${tokens}`, expiration });
    }
    if (path === '/v1/repository/endpoint') {
      return api(response, mood.refuses.GetRepositoryEndpoint, { repositoryEndpoint: `${origin()}/pypi/secure-pypi/` });
    }
    return api(response, mood.refuses.other ?? 'AccessDeniedException', {});
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  function data(request: IncomingMessage, response: ServerResponse, path: string): void {
    const [, token = ''] = /^aws:(.*)$/.exec(basic(request)) ?? [];
    const status = mood.staleTokens.has(token) ? mood.staleStatus : mood.pageStatus;
    const [, name = '', file] = /^\/pypi\/secure-pypi\/simple\/([^/]+)\/(?:[^/]+\/(.+))?$/.exec(path) ?? [];
    const files = projects[name];
    if (status !== undefined || files === undefined) return void response.writeHead(status ?? 404).end();
    const sent = files.find(({ filename }) => filename === file);
    if (sent !== undefined) return void response.end(sent.bytes);
    const links = files.map(({ filename, sha256 }) => `<a href="1.0/${filename}#sha256=${sha256}">${filename}</a>`);
    response.writeHead(200, { 'content-type': 'text/html' }).end(`<html><body>${links.join('')}</body></html>`);
  }

  return {
    mood,
    asked,
    environment: {
      AWSPIP_STACK: 'aws',
      AWSPIP_DOMAIN: 'company',
      AWSPIP_REGION: 'eu-west-1',
      AWSPIP_STATE_MACHINE: 'arn:aws:states:eu-west-1:123456789012:stateMachine:vetting',
      AWS_ENDPOINT_URL: origin(),
      AWS_ACCESS_KEY_ID: 'AKIATEST',
      AWS_SECRET_ACCESS_KEY: 'secret',
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_MAX_ATTEMPTS: '1',
    },
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** As the API reports errors: REST with `x-amzn-errortype`, JSON with `__type`. */
function api(response: ServerResponse, error: string | undefined, body: object): void {
  if (error === undefined)
    return void response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  const status = { ResourceNotFoundException: 404, ThrottlingException: 429, AccessDeniedException: 403 }[error] ?? 400;
  const message = `${error} of the double`;
  response
    .writeHead(status, { 'content-type': 'application/json', 'x-amzn-errortype': error })
    .end(JSON.stringify({ __type: error, message }));
}

function basic(request: IncomingMessage): string {
  const [, encoded = ''] = /^Basic (\S+)$/.exec(request.headers.authorization ?? '') ?? [];
  return Buffer.from(encoded, 'base64').toString();
}
