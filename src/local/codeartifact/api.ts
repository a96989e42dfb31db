import type { Authority } from '../authority.ts';
import { AwsFault, type HttpRequest, type HttpResponse, jsonResponse } from '../http.ts';
import type { PackageStore } from '../packages/package-store.ts';
import type { PublicPackages } from '../packages/public-packages.ts';
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
import { type Parameters, parametersOf } from './parameters.ts';

/** What the CodeArtifact API needs. */
export type CodeArtifactParts = {
  readonly endpoint: string;
  readonly authority: Authority;
  readonly packages: PackageStore;
  readonly publicPackages: PublicPackages;
  /** Epoch milliseconds at which the stack's state was created. */
  readonly createdTime: number;
  readonly now: () => number;
};

type Operation = (parameters: Parameters, parts: CodeArtifactParts) => unknown;

/** CodeArtifact's REST operations by the method and path in its service model. */
const operations: Readonly<Record<string, Operation>> = {
  'POST /v1/authorization-token': (p, { authority, now }) => authorizationToken(p, authority, now()),
  'GET /v1/repository/endpoint': (p, { endpoint }) => repositoryEndpoint(p, endpoint),
  'GET /v1/domain': (p, { createdTime }) => describeDomain(p, createdTime),
  'GET /v1/repository': (p, { createdTime }) => describeRepository(p, createdTime),
  'POST /v1/repositories': (p, { createdTime }) => listRepositories(p, createdTime),
  'POST /v1/domain/repositories': (p, { createdTime }) => listRepositories(p, createdTime),
  'POST /v1/packages': (p, { packages }) => listPackages(p, packages),
  'GET /v1/package': (p, { packages }) => describePackage(p, packages),
  'POST /v1/package/versions': (p, { packages }) => listPackageVersions(p, packages),
  'GET /v1/package/version': (p, { packages }) => describePackageVersion(p, packages),
  'POST /v1/package/version/assets': (p, { packages }) => listPackageVersionAssets(p, packages),
  'POST /v1/package/versions/copy': (p, { packages, now }) => copyPackageVersions(p, packages, now()),
  'POST /v1/package/versions/update_status': (p, { packages }) => updatePackageVersionsStatus(p, packages),
  'POST /v1/package/versions/delete': (p, { packages }) => deletePackageVersions(p, packages),
};

/** Answers one call of CodeArtifact's control plane from an authorized caller. */
export async function codeArtifactApi(request: HttpRequest, parts: CodeArtifactParts): Promise<HttpResponse> {
  const key = `${request.method} ${request.path}`;
  const parameters = await parametersOf(request);
  if (key === 'GET /v1/package/version/asset') {
    return getPackageVersionAsset(parameters, parts.packages, parts.publicPackages.openAsset);
  }
  const operation = operations[key];
  if (!operation) throw new AwsFault('UnknownOperationException', 404, `the local stack does not support \`${key}\``);
  return jsonResponse(await operation(parameters, parts));
}

/** Returns the response for a fault in CodeArtifact's protocol (restJson1). */
export function restFault({ type, status, message, members }: AwsFault): HttpResponse {
  return jsonResponse({ message, ...members }, status, { 'x-amzn-errortype': type });
}
