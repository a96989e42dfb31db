import { readFileSync } from 'node:fs';
import { createServer as createHttp, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createHttps } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import path from 'node:path';

const fixtures = path.resolve(import.meta.dirname, '../../fixtures/index');
export const caFile = path.join(fixtures, 'loopback.pem');

/** A request that the fake AWS received. */
export type ReceivedRequest = {
  /** The `Action` of a query request, else method and path. */
  readonly operation: string;
  /** From the signature. */
  readonly accessKeyId: string | undefined;
  readonly region: string | undefined;
  readonly host: string | undefined;
  readonly query: URLSearchParams;
  readonly body: string;
};

/** Starts a server for the CodeArtifact, STS and SSO operations that credentials need. It doesn't check signatures. */
export async function startFakeAws({ secure = false } = {}) {
  const requests: ReceivedRequest[] = [];
  const listener: RequestListener = async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const call = callOf(request, Buffer.concat(chunks).toString());
    requests.push(call);
    answer(call, response);
  };
  const key = readFileSync(path.join(fixtures, 'loopback.key.pem'));
  const server = secure ? createHttps({ key, cert: readFileSync(caFile) }, listener) : createHttp(listener);
  const port = await listenOn(server);
  return {
    url: `${secure ? 'https' : 'http'}://127.0.0.1:${port}`,
    host: `127.0.0.1:${port}`,
    requests,
    operations: () => requests.map(({ operation }) => operation),
    close: () => closeServer(server),
  };
}

/** Starts a forward proxy that logs its requests. With `leads: false` it answers 502 to every CONNECT. */
export async function startForwardProxy({ leads = true } = {}) {
  const requests: string[] = [];
  const server = createHttp((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    const target = new URL(request.url ?? '');
    const upstream = connect(Number(target.port), target.hostname, () => {
      const lines = Object.entries(request.headers).map(([name, value]) => `${name}: ${value}`);
      upstream.write(`${request.method} ${target.pathname}${target.search} HTTP/1.1\r\n${lines.join('\r\n')}\r\n`);
      upstream.write('connection: close\r\n\r\n');
      request.pipe(upstream, { end: false });
    });
    response.detachSocket(request.socket as never);
    upstream.pipe(request.socket);
  });
  server.on('connect', (request, socket, head) => {
    requests.push(`CONNECT ${request.url}`);
    if (!leads) return void socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
    const [host, port] = (request.url ?? '').split(':');
    const upstream = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      upstream.write(head);
      upstream.pipe(socket).pipe(upstream);
    });
    upstream.on('error', () => socket.destroy());
    socket.on('error', () => upstream.destroy());
  });
  return { url: `http://127.0.0.1:${await listenOn(server)}`, requests, close: () => closeServer(server) };
}

function callOf(request: IncomingMessage, body: string): ReceivedRequest {
  const url = new URL(request.url ?? '', 'http://cloud');
  const [, accessKeyId, region] = /Credential=([^/]+)\/\d+\/([^/]+)\//.exec(request.headers.authorization ?? '') ?? [];
  const action = /(?:^|&)Action=(\w+)/.exec(body)?.[1];
  const operation = action ?? `${request.method} ${url.pathname}`;
  return { operation, accessKeyId, region, host: request.headers.host, query: url.searchParams, body };
}

function answer({ operation, accessKeyId, body }: ReceivedRequest, response: ServerResponse): void {
  const inAnHour = Date.now() + 3_600_000;
  const documents: Readonly<Record<string, unknown>> = {
    'POST /v1/authorization-token': { authorizationToken: `token of ${accessKeyId}`, expiration: inAnHour / 1000 },
    'GET /federation/credentials': { roleCredentials: keys('ASIASSO', inAnHour) },
  };
  const document = documents[operation];
  if (document !== undefined) {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(document));
  } else if (operation === 'AssumeRole') {
    const role = decodeURIComponent(/RoleArn=([^&]+)/.exec(body)?.[1] ?? '');
    response.writeHead(200, { 'content-type': 'text/xml' }).end(assumed(role.split('/').at(-1) ?? '', inAnHour));
  } else if (operation === 'GetCallerIdentity') {
    const identity = `<Arn>arn:aws:sts::111122223333:assumed-role/r/${accessKeyId}</Arn><UserId>x</UserId><Account>111122223333</Account>`;
    response.writeHead(200, { 'content-type': 'text/xml' }).end(stsAnswer('GetCallerIdentity', identity));
  } else {
    response.writeHead(501, { 'content-type': 'application/json', 'x-amzn-errortype': 'NoSuchAnswer' }).end('{}');
  }
}

function assumed(role: string, expiration: number): string {
  const { accessKeyId, secretAccessKey, sessionToken } = keys(`ASIA${role}`, expiration);
  const ends = new Date(expiration).toISOString();
  const secret = `<SecretAccessKey>${secretAccessKey}</SecretAccessKey><SessionToken>${sessionToken}</SessionToken>`;
  const credentials = `<Credentials><AccessKeyId>${accessKeyId}</AccessKeyId>${secret}<Expiration>${ends}</Expiration></Credentials>`;
  const user = `<AssumedRoleUser><AssumedRoleId>A:x</AssumedRoleId><Arn>arn:aws:sts::111122223333:assumed-role/${role}/x</Arn></AssumedRoleUser>`;
  return stsAnswer('AssumeRole', credentials + user);
}

function stsAnswer(action: string, result: string): string {
  const metadata = '<ResponseMetadata><RequestId>1</RequestId></ResponseMetadata>';
  return `<${action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><${action}Result>${result}</${action}Result>${metadata}</${action}Response>`;
}

const keys = (accessKeyId: string, expiration: number) => ({
  accessKeyId,
  secretAccessKey: 'secret',
  sessionToken: 'session',
  expiration,
});

async function listenOn(server: ReturnType<typeof createHttp>): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

function closeServer(server: ReturnType<typeof createHttp>): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
