import type { IncomingHttpHeaders } from 'node:http';

/** One request of a function or a client to AWS. */
export type FrontCall = {
  /** The function's name in the account, or `client`. */
  readonly caller: string;
  /** `DynamoDB`, `CodeArtifact`, `CodeArtifact files` and so on. */
  readonly service: string;
  /** `Query`, `DescribePackageVersion`, `page`, `file` and so on. */
  readonly operation: string;
  readonly repository?: string | undefined;
  readonly package?: string | undefined;
  readonly version?: string | undefined;
};

const codeArtifactOperations: Readonly<Record<string, string>> = {
  'POST /v1/authorization-token': 'GetAuthorizationToken',
  'GET /v1/repository/endpoint': 'GetRepositoryEndpoint',
  'GET /v1/domain/permissions/policy': 'GetDomainPermissionsPolicy',
  'PUT /v1/domain/permissions/policy': 'PutDomainPermissionsPolicy',
  'GET /v1/repository/permissions/policy': 'GetRepositoryPermissionsPolicy',
  'PUT /v1/repository/permissions/policy': 'PutRepositoryPermissionsPolicy',
  'GET /v1/package': 'DescribePackage',
  'GET /v1/package/version': 'DescribePackageVersion',
  'GET /v1/package/version/asset': 'GetPackageVersionAsset',
  'POST /v1/package/version/assets': 'ListPackageVersionAssets',
  'POST /v1/package/versions': 'ListPackageVersions',
  'POST /v1/package/versions/copy': 'CopyPackageVersions',
  'POST /v1/package/versions/delete': 'DeletePackageVersions',
  'POST /v1/package/versions/update_status': 'UpdatePackageVersionsStatus',
};

const services: Readonly<Record<string, string>> = {
  dynamodb: 'DynamoDB',
  s3: 'S3',
  ssm: 'SSM',
  states: 'Step Functions',
  sts: 'STS',
  codeartifact: 'CodeArtifact',
};

/** Returns what a request calls, by the credential scope of its signature (SigV4) and by its path. */
export function readCall(
  caller: string,
  {
    method = 'GET',
    url,
    headers,
  }: { readonly method?: string; readonly url: URL; readonly headers: IncomingHttpHeaders },
  body: string,
): FrontCall {
  const { pathname, searchParams: query } = url;
  const file = /^\/pypi\/d\/[^/]+\/([^/]+)\/simple\/([^/]+)\/(?:([^/]+)\/[^/]+)?$/.exec(pathname);
  if (file !== null || pathname.startsWith('/pypi/')) {
    const [, repository, name, version] = (file ?? []).map((part) => part && decodeURIComponent(part));
    const operation = method === 'POST' ? 'upload' : version === undefined ? 'page' : 'file';
    return { caller, service: 'CodeArtifact files', operation, repository, package: name, version };
  }
  const scope = /Credential=[^/]+\/\d+\/[^/]+\/([^/]+)\//.exec(headers.authorization ?? '')?.[1] ?? '';
  const service = services[scope] ?? scope;
  if (service !== 'CodeArtifact') return { caller, service, operation: operationOf(method, headers, body) };
  return {
    caller,
    service,
    operation: codeArtifactOperations[`${method} ${pathname}`] ?? `${method} ${pathname}`,
    repository: query.get('repository') ?? query.get('source-repository') ?? undefined,
    package: query.get('package') ?? undefined,
    version: query.get('version') ?? undefined,
  };
}

function operationOf(method: string, headers: IncomingHttpHeaders, body: string): string {
  const target = headers['x-amz-target'];
  if (target !== undefined) return String(target).split('.').at(-1) ?? '';
  return /(?:^|&)Action=(\w+)/.exec(body)?.[1] ?? method;
}
