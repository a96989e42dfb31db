import type { Authority } from '../authority.ts';
import { type Answer, AwsFault, type Call, jsonAnswer } from '../http.ts';
import type { PublicPackages } from '../packages/public.ts';
import type { PackageStore } from '../packages/store.ts';
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

export type CodeArtifactParts = {
  readonly endpoint: string;
  readonly authority: Authority;
  readonly packages: PackageStore;
  readonly publicPackages: PublicPackages;
  /** Epoch milliseconds at which the stack's state began. */
  readonly createdTime: number;
  readonly now: () => number;
};

type Operation = (parameters: Parameters, parts: CodeArtifactParts) => unknown;

/** CodeArtifact's REST operations by method and path, as its service model has them. */
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

/** Answers one call of CodeArtifact's control plane. The caller is authorised already. */
export async function codeArtifactApi(call: Call, parts: CodeArtifactParts): Promise<Answer> {
  const key = `${call.method} ${call.path}`;
  const parameters = await parametersOf(call);
  if (key === 'GET /v1/package/version/asset') {
    return getPackageVersionAsset(parameters, parts.packages, parts.publicPackages.openAsset);
  }
  const operation = operations[key];
  if (!operation) throw new AwsFault('UnknownOperationException', 404, `\`${key}\` is not imitated by the local stack`);
  return jsonAnswer(await operation(parameters, parts));
}

/** An error as CodeArtifact's protocol (restJson1) carries it. */
export function restFault({ type, status, message, members }: AwsFault): Answer {
  return jsonAnswer({ message, ...members }, status, { 'x-amzn-errortype': type });
}
