import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Distribution } from './distributions.ts';

/** The faults of the double, which tests change between runs. */
export type CodeArtifactFaults = {
  /** Expired tokens, which get `staleStatus`. */
  staleTokens: Set<string>;
  staleStatus: 401 | 404;
  /** The status of every page, if it is set. */
  pageStatus?: number | undefined;
  /** The name of the API error, by action. */
  apiErrors: Partial<Record<'GetAuthorizationToken' | 'GetRepositoryEndpoint' | 'other', string>>;
};

/**
 * Starts a double of CodeArtifact for `AWS_ENDPOINT_URL`. The records of projects in DynamoDB are empty, and all other
 * calls get AccessDeniedException. `requests` has the method and path of a request, or the operation and the partition.
 */
export async function startCodeArtifact(projects: Readonly<Record<string, readonly Distribution[]>>) {
  const faults: CodeArtifactFaults = { staleTokens: new Set(), staleStatus: 404, apiErrors: {} };
  const requests: string[] = [];
  let tokens = 0;
  const server = createServer(async (request, response) => {
    const partition = partitionOf(await text(request));
    const path = decodeURIComponent((request.url ?? '').split('?')[0] ?? '');
    const target = request.headers['x-amz-target'];
    requests.push(target === undefined ? `${request.method} ${path}` : `${target} ${partition}`);
    if (path.startsWith('/pypi/')) return pypiEndpoint(request, response, path);
    if (path === '/v1/authorization-token') {
      tokens += 1;
      const expiration = Math.floor(Date.now() / 1000) + 43_200;
      return api(response, faults.apiErrors.GetAuthorizationToken, {
        authorizationToken: `token-${tokens}`,
        expiration,
      });
    }
    if (path === '/v1/repository/endpoint') {
      const repositoryEndpoint = `${origin()}/pypi/secure-pypi/`;
      return api(response, faults.apiErrors.GetRepositoryEndpoint, { repositoryEndpoint });
    }
    if (faults.apiErrors.other === undefined && partition.startsWith('pypi#')) {
      return api(
        response,
        undefined,
        String(target).endsWith('.Query') ? { Items: [], Count: 0, ScannedCount: 0 } : {},
      );
    }
    return api(response, faults.apiErrors.other ?? 'AccessDeniedException', {});
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  function pypiEndpoint(request: IncomingMessage, response: ServerResponse, path: string): void {
    const [, token = ''] = /^aws:(.*)$/.exec(basicCredentials(request)) ?? [];
    const status = faults.staleTokens.has(token) ? faults.staleStatus : faults.pageStatus;
    const [, name = '', file] = /^\/pypi\/secure-pypi\/simple\/([^/]+)\/(?:[^/]+\/(.+))?$/.exec(path) ?? [];
    const files = projects[name];
    if (status !== undefined || files === undefined) return void response.writeHead(status ?? 404).end();
    const requested = files.find(({ filename }) => filename === file);
    if (requested !== undefined) return void response.end(requested.bytes);
    const links = files.map(({ filename, sha256 }) => `<a href="1.0/${filename}#sha256=${sha256}">${filename}</a>`);
    response.writeHead(200, { 'content-type': 'text/html' }).end(`<html><body>${links.join('')}</body></html>`);
  }

  return {
    faults,
    /** The method and path, or the target, of every request. */
    requests,
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

/** Answers an API call. An error has the `x-amzn-errortype` of the REST protocol and the `__type` of the JSON protocol. */
function api(response: ServerResponse, error: string | undefined, body: object): void {
  if (error === undefined)
    return void response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  const status = { ResourceNotFoundException: 404, ThrottlingException: 429, AccessDeniedException: 403 }[error] ?? 400;
  const message = `${error} of the double`;
  response
    .writeHead(status, { 'content-type': 'application/json', 'x-amzn-errortype': error })
    .end(JSON.stringify({ __type: error, message }));
}

function basicCredentials(request: IncomingMessage): string {
  const [, encoded = ''] = /^Basic (\S+)$/.exec(request.headers.authorization ?? '') ?? [];
  return Buffer.from(encoded, 'base64').toString();
}

/** Returns the partition key of a DynamoDB call; empty for other requests. */
function partitionOf(body: string): string {
  if (!body.startsWith('{')) return '';
  const { Key, ExpressionAttributeValues } = JSON.parse(body);
  return Key?.pk?.S ?? ExpressionAttributeValues?.[':pk']?.S ?? '';
}
