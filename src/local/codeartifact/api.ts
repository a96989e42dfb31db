import type { Authority } from '../authority.ts';
import type { Domain, Domains } from '../domains/domain.ts';
import { AwsFault, type HttpRequest, type HttpResponse, jsonResponse } from '../http.ts';
import { stackNames } from '../names.ts';
import {
  copyPackageVersions,
  deletePackageVersions,
  disposePackageVersions,
  updatePackageVersionsStatus,
} from './changes.ts';
import {
  authorizationToken,
  describeDomain,
  describeRepository,
  listDomains,
  listRepositories,
  repositoryEndpoint,
} from './domain.ts';
import { fixedDomain, fixedRepository, permissionsPolicy, publishPackageVersion } from './fixed-resources.ts';
import { getReadme, listDependencies } from './metadata.ts';
import {
  createPackageGroup,
  deletePackageGroup,
  describePackageGroup,
  getAssociatedPackageGroup,
  listAllowedRepositories,
  listAssociatedPackages,
  listPackageGroups,
  updateOriginConfiguration,
  updatePackageGroup,
} from './package-groups.ts';
import {
  deletePackage,
  describePackage,
  describePackageVersion,
  getPackageVersionAsset,
  listPackages,
  listPackageVersionAssets,
  listPackageVersions,
  putOriginConfiguration,
} from './packages.ts';
import { domainOf, missing, type Parameters, parametersOf, required } from './parameters.ts';
import { listTags, tagResource, untagResource } from './tags.ts';

/** What the CodeArtifact API needs. */
export type CodeArtifactParts = {
  readonly endpoint: string;
  readonly authority: Authority;
  readonly domains: Pick<Domains, 'find' | 'names'>;
  readonly now: () => number;
};

type Operation = (parameters: Parameters, domain: Domain, parts: CodeArtifactParts) => unknown;

const domainOperations: Readonly<Record<string, Operation>> = {
  'POST /v1/authorization-token': (p, { name }, { authority, now }) => authorizationToken(p, name, authority, now()),
  'GET /v1/repository/endpoint': (p, { name }, { endpoint }) => repositoryEndpoint(p, name, endpoint),
  'GET /v1/domain': (_, { name, createdTime }) => describeDomain(name, createdTime),
  'DELETE /v1/domain': () => fixedDomain.delete(),
  'GET /v1/repository': (p, { name, createdTime }) => describeRepository(p, name, createdTime),
  'POST /v1/repository': (p) => fixedRepository.create(p),
  'PUT /v1/repository': (p) => fixedRepository.change(p),
  'DELETE /v1/repository': (p) => fixedRepository.change(p),
  'POST /v1/repository/external-connection': (p) => fixedRepository.change(p),
  'DELETE /v1/repository/external-connection': (p) => fixedRepository.change(p),
  'POST /v1/domain/repositories': (p, domain) => listRepositories(p, [domain]),
  'GET /v1/domain/permissions/policy': (p) => permissionsPolicy.ofDomain(p),
  'PUT /v1/domain/permissions/policy': (p) => permissionsPolicy.put(p),
  'DELETE /v1/domain/permissions/policy': (p) => permissionsPolicy.ofDomain(p),
  'GET /v1/repository/permissions/policy': (p) => permissionsPolicy.ofRepository(p),
  'PUT /v1/repository/permissions/policy': (p) => permissionsPolicy.put(p),
  'DELETE /v1/repository/permissions/policies': (p) => permissionsPolicy.ofRepository(p),
};

const packageOperations: Readonly<Record<string, Operation>> = {
  'POST /v1/packages': (p, { packages }) => listPackages(p, packages),
  'GET /v1/package': (p, { packages }) => describePackage(p, packages),
  'POST /v1/package': (p, { packages }) => putOriginConfiguration(p, packages),
  'DELETE /v1/package': (p, { packages }) => deletePackage(p, packages),
  'POST /v1/package/versions': (p, { packages }) => listPackageVersions(p, packages),
  'GET /v1/package/version': (p, { packages }) => describePackageVersion(p, packages),
  'POST /v1/package/version/publish': (p) => publishPackageVersion(p),
  'POST /v1/package/version/assets': (p, { packages }) => listPackageVersionAssets(p, packages),
  'GET /v1/package/version/readme': (p, domain) => getReadme(p, domain),
  'POST /v1/package/version/dependencies': (p, domain) => listDependencies(p, domain),
  'POST /v1/package/versions/copy': (p, { packages }, { now }) => copyPackageVersions(p, packages, now()),
  'POST /v1/package/versions/update_status': (p, { packages }) => updatePackageVersionsStatus(p, packages),
  'POST /v1/package/versions/dispose': (p, { packages }) => disposePackageVersions(p, packages),
  'POST /v1/package/versions/delete': (p, { packages }) => deletePackageVersions(p, packages),
};

const groupOperations: Readonly<Record<string, Operation>> = {
  'POST /v1/package-group': (p, domain, { now }) => createPackageGroup(p, domain, now()),
  'GET /v1/package-group': (p, domain) => describePackageGroup(p, domain),
  'PUT /v1/package-group': (p, domain) => updatePackageGroup(p, domain),
  'DELETE /v1/package-group': (p, domain) => deletePackageGroup(p, domain),
  'PUT /v1/package-group-origin-configuration': (p, domain) => updateOriginConfiguration(p, domain),
  'GET /v1/package-group-allowed-repositories': (p, domain) => listAllowedRepositories(p, domain),
  'POST /v1/package-groups': (p, domain) => listPackageGroups(p, domain),
  'POST /v1/package-groups/sub-groups': (p, domain) => listPackageGroups(p, domain, required(p, 'package-group')),
  'GET /v1/get-associated-package-group': (p, domain) => getAssociatedPackageGroup(p, domain),
  'GET /v1/list-associated-packages': (p, domain) => listAssociatedPackages(p, domain),
};

/** CodeArtifact's REST operations on one domain, by the method and path in its service model. */
const operations: Readonly<Record<string, Operation>> = {
  ...domainOperations,
  ...packageOperations,
  ...groupOperations,
};

/** The operations that name no domain, or one that may not exist. */
const accountOperations: Readonly<Record<string, (p: Parameters, parts: CodeArtifactParts) => unknown>> = {
  'POST /v1/domains': async (p, parts) => listDomains(p, await allDomains(parts)),
  'POST /v1/domain': async (p, { domains }) => fixedDomain.create(p, (await domains.find(domainOf(p))) !== undefined),
  'POST /v1/repositories': async (p, parts) => listRepositories(p, await allDomains(parts)),
  'POST /v1/tags': (p, { domains }) => listTags(p, domains),
  'POST /v1/tag': (p, { domains }) => tagResource(p, domains),
  'POST /v1/untag': (p, { domains }) => untagResource(p, domains),
};

async function allDomains({ domains }: CodeArtifactParts): Promise<readonly Domain[]> {
  const found = await Promise.all((await domains.names()).map((name) => domains.find(name)));
  return found.filter((domain) => domain !== undefined);
}

/** Answers one call of CodeArtifact's control plane from an authorized caller. */
export async function codeArtifactApi(request: HttpRequest, parts: CodeArtifactParts): Promise<HttpResponse> {
  const key = `${request.method} ${request.path}`;
  // The body of this call is a file.
  const isFile = key === 'POST /v1/package/version/publish';
  const parameters = isFile ? { query: request.query, body: {} } : await parametersOf(request);
  const ofAccount = accountOperations[key];
  if (ofAccount) return jsonResponse(await ofAccount(parameters, parts));
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
