import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { stackNames } from '../stack-names.ts';

/** One call of an AWS API: the caller, the action and the resource. */
export type AwsCall = {
  readonly caller: string;
  /** The action's IAM name: `codeartifact:CopyPackageVersions`. */
  readonly action: string;
  /** The part of the ARN after the account: `repository/awspip/secure-pypi`. */
  readonly resource: string;
  /** The service of the ARN, if it is not the action's. */
  readonly service?: string;
};

/** A request to the local stack, which a fault can answer instead. */
export type InterceptedCall = AwsCall & {
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: Record<string, unknown>;
};
export type Reply = { readonly status: number; readonly error?: string; readonly body: object };
/** Returns a reply in place of AWS, or undefined to forward the request. */
export type Fault = (call: InterceptedCall) => Reply | undefined;

export type AwsGateway = {
  /** The endpoint for callers. */
  readonly origin: string;
  readonly calls: AwsCall[];
  readonly faults: Fault[];
  /** Returns the access key id that identifies a caller. */
  keyOf(caller: string): string;
  close(): Promise<void>;
};

/** The content of services that the local stack doesn't have. */
export type ExtraServices = {
  /** Parameters by name. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** Objects by `/bucket/key`. */
  readonly objects?: Readonly<Record<string, string>>;
  /** Trails by name: what each one logs. */
  readonly trails?: Readonly<Record<string, object>>;
};

/**
 * Starts a server between callers and a local stack. It identifies every caller by the access key, logs the calls, and
 * lets faults answer instead of the stack.
 */
export async function startAwsGateway(
  stack: { readonly endpoint: string; readonly secret: { reveal(): string } },
  extraServices: ExtraServices = {},
): Promise<AwsGateway> {
  const calls: AwsCall[] = [];
  const faults: Fault[] = [];
  const tokens = new Map<string, { readonly caller: string; readonly real: string }>();
  const server = createServer((request, response) => {
    void pass(request, response).catch((error: unknown) => {
      if (response.headersSent) return response.destroy();
      return response.writeHead(500).end(String(error));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  async function pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const raw = Buffer.concat(chunks);
    const url = new URL(request.url ?? '/', origin);
    const caller = callerOf(request.headers, tokens);
    const operations = operationsOf(request, url, raw.toString());
    calls.push(...operations.map((operation) => ({ caller, ...operation })));
    const { action = '', resource = '' } = operations[0] ?? {};
    const call = { caller, action, resource, path: url.pathname, query: url.searchParams, body: objectOf(raw) };
    const reply = faults.map((fault) => fault(call)).find(Boolean) ?? answerExtraServices(call, extraServices, caller);
    if (reply?.error === undefined && reply?.status === 404) {
      // S3 answers 404 only with the permission to list the bucket, else 403.
      calls.push({ caller, action: 's3:ListBucket', resource: resource.split('/')[0] ?? '' });
    }
    if (reply !== undefined) return send(response, reply);
    const answer = await forward(request, url, raw, stack, tokens);
    const body = Buffer.from(await answer.arrayBuffer());
    const headers = Object.fromEntries(
      [...answer.headers].filter(([name]) => !/^(content-length|connection|transfer-)/.test(name)),
    );
    response.writeHead(answer.status, headers);
    response.end(request.method === 'HEAD' ? undefined : rewritten(body, action, caller));
  }

  /** Replaces tokens, so that they identify their caller, and the stack's endpoint with the gateway's. */
  function rewritten(body: Buffer, action: string, caller: string): Buffer | string {
    if (action === 'codeartifact:GetRepositoryEndpoint') return body.toString().replace(stack.endpoint, origin);
    if (action !== 'codeartifact:GetAuthorizationToken') return body;
    const answer = JSON.parse(body.toString()) as { authorizationToken?: string };
    if (answer.authorizationToken === undefined) return body;
    const token = `token-${tokens.size}-${caller}`;
    tokens.set(token, { caller, real: answer.authorizationToken });
    return JSON.stringify({ ...answer, authorizationToken: token });
  }

  return {
    origin,
    calls,
    faults,
    keyOf: (caller) => `KEY_${caller}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

type Tokens = ReadonlyMap<string, { readonly caller: string; readonly real: string }>;

function tokenOf(headers: IncomingHttpHeaders): string {
  const [scheme = '', value = ''] = (headers.authorization ?? '').split(' ', 2);
  if (scheme === 'Bearer') return value;
  return scheme === 'Basic' ? (Buffer.from(value, 'base64').toString().split(':')[1] ?? '') : '';
}

function callerOf(headers: IncomingHttpHeaders, tokens: Tokens): string {
  const signed = /Credential=KEY_([A-Za-z0-9_]+)\//.exec(headers.authorization ?? '')?.[1];
  return signed ?? tokens.get(tokenOf(headers))?.caller ?? 'unknown';
}

function forward(
  request: IncomingMessage,
  url: URL,
  raw: Buffer,
  stack: Parameters<typeof startAwsGateway>[0],
  tokens: Tokens,
): Promise<Response> {
  const { host: _, connection: __, 'content-length': ___, authorization = '', ...headers } = request.headers;
  const token = tokens.get(tokenOf(request.headers))?.real;
  const signed = authorization.replace(/Credential=[^/]+\//, `Credential=${stack.secret.reveal()}/`);
  return fetch(`${stack.endpoint}${url.pathname}${url.search}`, {
    method: request.method ?? 'GET',
    headers: {
      ...(headers as Record<string, string>),
      authorization: token === undefined ? signed : `Bearer ${token}`,
    },
    ...(raw.length > 0 && { body: new Uint8Array(raw) }),
  });
}

function objectOf(raw: Buffer): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(raw.toString());
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function send(response: ServerResponse, { status, error, body }: Reply): void {
  const type = error === undefined ? {} : { 'x-amzn-errortype': error, 'content-type': 'application/json' };
  const text = body instanceof Uint8Array ? body : JSON.stringify(error ? { __type: error, ...body } : body);
  response.writeHead(status, type).end(text);
}

const owner = stackNames.owner;
const restOperations: Readonly<Record<string, string>> = {
  'POST /v1/authorization-token': 'GetAuthorizationToken',
  'GET /v1/repository/endpoint': 'GetRepositoryEndpoint',
  'GET /v1/package/version': 'DescribePackageVersion',
  'POST /v1/package/version/assets': 'ListPackageVersionAssets',
  'POST /v1/package/versions': 'ListPackageVersions',
  'POST /v1/package/versions/copy': 'CopyPackageVersions',
  'POST /v1/package/versions/delete': 'DeletePackageVersions',
  'POST /v1/package/versions/update_status': 'UpdatePackageVersionsStatus',
  'POST /v1/package-group': 'CreatePackageGroup',
  'PUT /v1/package-group-origin-configuration': 'UpdatePackageGroupOriginConfiguration',
};

type Operation = Omit<AwsCall, 'caller'>;

/**
 * Returns the IAM actions and resources of a request.
 *
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscodeartifact.html
 */
function operationsOf(request: IncomingMessage, url: URL, body: string): readonly Operation[] {
  const [, root, , , repository] = url.pathname.split('/');
  const domain = url.searchParams.get('domain') ?? stackNames.domain;
  if (root === 'pypi' && request.method === 'POST') {
    const name = /name="name"\r\n\r\n([^\r]*)/.exec(body)?.[1];
    const resource = `package/${domain}/${repository}/pypi//${name}`;
    return [{ action: 'codeartifact:PublishPackageVersion', resource }];
  }
  if (root === 'pypi') {
    return [{ action: 'codeartifact:ReadFromRepository', resource: `repository/${domain}/${repository}` }];
  }
  const target = String(request.headers['x-amz-target'] ?? '');
  if (target !== '') return targetedOperations(target, objectOf(Buffer.from(body)));
  const form = /(?:^|&)Action=(\w+)/.exec(body)?.[1];
  if (form !== undefined) return [{ action: `sts:${form}`, resource: '' }];
  const operation = restOperations[`${request.method} ${url.pathname}`];
  if (operation === undefined) return [objectOperation(request.method, url)];
  return codeArtifact(operation, domain, url.searchParams);
}

function codeArtifact(operation: string, domain: string, query: URLSearchParams): readonly Operation[] {
  const action = `codeartifact:${operation}`;
  const repositoryOf = (name: string | null) => `repository/${domain}/${name}`;
  const packageOf = (name: string | null) => `package/${domain}/${name}/pypi/${query.get('package')}`;
  switch (operation) {
    case 'GetAuthorizationToken':
      return [
        { action, resource: `domain/${domain}` },
        { action: 'sts:GetServiceBearerToken', resource: '*' },
      ];
    case 'GetRepositoryEndpoint':
      return [{ action, resource: repositoryOf(query.get('repository')) }];
    case 'CopyPackageVersions':
      return [
        { action, resource: packageOf(query.get('destination-repository')) },
        { action, resource: repositoryOf(query.get('destination-repository')) },
        { action: 'codeartifact:ReadFromRepository', resource: repositoryOf(query.get('source-repository')) },
      ];
    default:
      return [{ action, resource: packageOf(query.get('repository')) }];
  }
}

/** Returns the operation of a request to S3. */
function objectOperation(method: string | undefined, { pathname, searchParams }: URL): Operation {
  const [bucket = ''] = pathname.slice(1).split('/');
  if (searchParams.has('versions')) return { action: 's3:ListBucketVersions', resource: bucket };
  if (searchParams.has('list-type')) return { action: 's3:ListBucket', resource: bucket };
  const action = method === 'PUT' ? 'PutObject' : searchParams.has('versionId') ? 'GetObjectVersion' : 'GetObject';
  return { action: `s3:${action}`, resource: pathname.slice(1) };
}

function targetedOperations(target: string, body: Record<string, unknown>): readonly Operation[] {
  const [service = '', operation = ''] = target.split('.');
  if (service.startsWith('DynamoDB')) {
    const [batchTable] = Object.keys((body.RequestItems ?? {}) as object);
    const index = body.IndexName === undefined ? '' : `/index/${body.IndexName}`;
    return [{ action: `dynamodb:${operation}`, resource: `table/${body.TableName ?? batchTable}${index}` }];
  }
  if (target.includes('CloudTrail')) return [{ action: `cloudtrail:${target.split('.').at(-1)}`, resource: '*' }];
  if (service === 'AWSStepFunctions') {
    const arn = String(body.stateMachineArn ?? body.executionArn ?? '');
    return [{ action: `states:${operation}`, resource: arn.split(':').slice(5).join(':') }];
  }
  const action = `ssm:${operation}`;
  if (operation === 'GetCommandInvocation') return [{ action, resource: '*' }];
  if (operation !== 'SendCommand') return [{ action, resource: `parameter${body.Name}` }];
  return [
    { action, resource: `document/${body.DocumentName}` },
    { action, resource: `instance/${(body.InstanceIds as string[])[0]}`, service: 'ec2' },
  ];
}

function answerExtraServices(
  { action, body, resource }: InterceptedCall,
  extraServices: ExtraServices,
  caller: string,
): Reply | undefined {
  if (action === 'ssm:GetParameter') {
    const value = extraServices.parameters?.[String(body.Name)];
    if (value === undefined) return { status: 400, error: 'ParameterNotFound', body: { message: 'no such parameter' } };
    return { status: 200, body: { Parameter: { Name: body.Name, Value: value, Type: 'String' } } };
  }
  const { trails = {} } = extraServices;
  if (action === 'cloudtrail:DescribeTrails') {
    return { status: 200, body: { trailList: Object.keys(trails).map((Name) => ({ Name, TrailARN: Name })) } };
  }
  if (action === 'cloudtrail:GetTrailStatus') return { status: 200, body: { IsLogging: true } };
  if (action === 'cloudtrail:GetEventSelectors') return { status: 200, body: trails[String(body.TrailName)] ?? {} };
  if (action === 'sts:GetCallerIdentity') {
    const identity = `<Arn>arn:aws:sts::${owner}:assumed-role/${caller}/x</Arn><UserId>x</UserId><Account>${owner}</Account>`;
    const answer = `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>${identity}</GetCallerIdentityResult></GetCallerIdentityResponse>`;
    return { status: 200, body: Buffer.from(answer) };
  }
  if (/^ssm:(Put|Delete)Parameter$/.test(action)) return { status: 200, body: {} };
  if (action === 's3:PutObject') return { status: 200, body: Buffer.from('') };
  if (/^s3:ListBucket/.test(action)) return { status: 200, body: Buffer.from('<ListResult></ListResult>') };
  if (!/^s3:GetObject/.test(action)) return undefined;
  const object = extraServices.objects?.[`/${resource}`];
  if (object !== undefined) return { status: 200, body: Buffer.from(object) };
  const missing = '<Error><Code>NoSuchKey</Code><Message>none</Message></Error>';
  return { status: 404, body: Buffer.from(missing) };
}
