import type { Authority } from '../authority.ts';
import type { Domain, Domains } from '../domains/domain.ts';
import { AwsFault, type HttpRequest, type HttpResponse, jsonResponse } from '../http.ts';
import { stackNames } from '../names.ts';
import { copyPackageVersions, deletePackageVersions, updatePackageVersionsStatus } from './changes.ts';
import {
  authorizationToken,
  describeDomain,
  describeRepository,
  listRepositories,
  repositoryEndpoint,
} from './domain.ts';
import {
  describePackage,
  describePackageVersion,
  getPackageVersionAsset,
  listPackages,
  listPackageVersionAssets,
  listPackageVersions,
} from './packages.ts';
import { domainOf, missing, type Parameters, parametersOf } from './parameters.ts';

/** What the CodeArtifact API needs. */
export type CodeArtifactParts = {
  readonly endpoint: string;
  readonly authority: Authority;
  readonly domains: Pick<Domains, 'find' | 'names'>;
  readonly now: () => number;
};

type Operation = (parameters: Parameters, domain: Domain, parts: CodeArtifactParts) => unknown;

/** CodeArtifact's REST operations on one domain, by the method and path in its service model. */
const operations: Readonly<Record<string, Operation>> = {
  'POST /v1/authorization-token': (p, { name }, { authority, now }) => authorizationToken(p, name, authority, now()),
  'GET /v1/repository/endpoint': (p, { name }, { endpoint }) => repositoryEndpoint(p, name, endpoint),
  'GET /v1/domain': (_, { name, createdTime }) => describeDomain(name, createdTime),
  'GET /v1/repository': (p, { name, createdTime }) => describeRepository(p, name, createdTime),
  'POST /v1/domain/repositories': (p, domain) => listRepositories(p, [domain]),
  'POST /v1/packages': (p, { packages }) => listPackages(p, packages),
  'GET /v1/package': (p, { packages }) => describePackage(p, packages),
  'POST /v1/package/versions': (p, { packages }) => listPackageVersions(p, packages),
  'GET /v1/package/version': (p, { packages }) => describePackageVersion(p, packages),
  'POST /v1/package/version/assets': (p, { packages }) => listPackageVersionAssets(p, packages),
  'POST /v1/package/versions/copy': (p, { packages }, { now }) => copyPackageVersions(p, packages, now()),
  'POST /v1/package/versions/update_status': (p, { packages }) => updatePackageVersionsStatus(p, packages),
  'POST /v1/package/versions/delete': (p, { packages }) => deletePackageVersions(p, packages),
};

async function listAllRepositories(parameters: Parameters, { domains }: CodeArtifactParts): Promise<unknown> {
  const found = await Promise.all((await domains.names()).map((name) => domains.find(name)));
  return listRepositories(
    parameters,
    found.filter((domain) => domain !== undefined),
  );
}

/** Answers one call of CodeArtifact's control plane from an authorized caller. */
export async function codeArtifactApi(request: HttpRequest, parts: CodeArtifactParts): Promise<HttpResponse> {
  const key = `${request.method} ${request.path}`;
  const parameters = await parametersOf(request);
  if (key === 'POST /v1/repositories') return jsonResponse(await listAllRepositories(parameters, parts));
  const operation = operations[key];
  const isAsset = key === 'GET /v1/package/version/asset';
  if (!operation && !isAsset) {
    throw new AwsFault('UnknownOperationException', 404, `the local stack does not support \`${key}\``);
  }
  const name = domainOf(parameters);
  const domain = await parts.domains.find(name);
  if (!domain) throw missing('domain', `${stackNames.owner}/${name}`);
  if (!operation) return getPackageVersionAsset(parameters, domain.packages, domain.publicPackages.openAsset);
  return jsonResponse(await operation(parameters, domain, parts));
}

/** Returns the response for a fault in CodeArtifact's protocol (restJson1). */
export function restFault({ type, status, message, members }: AwsFault): HttpResponse {
  return jsonResponse({ message, ...members }, status, { 'x-amzn-errortype': type });
}
