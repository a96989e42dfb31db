import type { ProjectName } from '../../index/types.ts';
import type { HttpResponse } from '../http.ts';
import { externalConnection, stackNames } from '../names.ts';
import { isUploaded } from '../packages/own-releases.ts';
import type { PackageStore } from '../packages/package-store.ts';
import type { PublicPackages } from '../packages/public-packages.ts';
import type { StoredPackage, StoredVersion } from '../packages/types.ts';
import { findVersion } from '../packages/versions.ts';
import {
  checkFormat,
  invalid,
  missing,
  type Parameters,
  packageOf,
  pageOf,
  repositoryOf,
  required,
} from './parameters.ts';

/** Returns the origin of a version. Copies keep it. */
const originOf = (version: StoredVersion) =>
  isUploaded(version)
    ? { domainEntryPoint: { repositoryName: stackNames.secure }, originType: 'INTERNAL' }
    : { domainEntryPoint: { externalConnectionName: externalConnection }, originType: 'EXTERNAL' };

/**
 * Returns the origin controls of a package, as CodeArtifact sets them: nothing comes from upstream under the name of a
 * package that was first published, and nothing can be published under the name of one that was ingested or copied.
 */
const restrictions = (repository: string, stored: StoredPackage | undefined) => ({
  restrictions:
    stored?.restrictions ??
    (stored?.versions.some(isUploaded)
      ? { publish: 'ALLOW', upstream: 'BLOCK' }
      : { publish: 'BLOCK', upstream: repository === stackNames.secure ? 'BLOCK' : 'ALLOW' }),
});

/** Answers ListPackages. */
export async function listPackages(parameters: Parameters, packages: PackageStore): Promise<unknown> {
  const repository = repositoryOf(parameters);
  if (parameters.query.has('format')) checkFormat(parameters);
  const prefix = parameters.query.get('package-prefix') ?? '';
  const names = (await packages.list(repository)).filter((name) => name.startsWith(prefix));
  const { items, nextToken } = pageOf(parameters, names);
  const listed = items.map(async (name) => ({
    ...{ format: 'pypi', package: name },
    originConfiguration: restrictions(repository, await packages.read(repository, name)),
  }));
  return { packages: await Promise.all(listed), nextToken };
}

/** Answers DescribePackage. */
export async function describePackage(parameters: Parameters, packages: PackageStore): Promise<unknown> {
  const repository = repositoryOf(parameters);
  const name = packageOf(parameters);
  const stored = await packages.read(repository, name);
  if (!stored) throw missing('package', name);
  return { package: { format: 'pypi', name, originConfiguration: restrictions(repository, stored) } };
}

/** Answers PutPackageOriginConfiguration. It decides about uploads, and about imports from the public index. */
export async function putOriginConfiguration(parameters: Parameters, packages: PackageStore): Promise<unknown> {
  const repository = repositoryOf(parameters);
  const name = packageOf(parameters);
  const { publish, upstream } = (parameters.body.restrictions ?? {}) as Readonly<Record<string, unknown>>;
  if (!isRestriction(publish) || !isRestriction(upstream)) {
    throw invalid('`restrictions` must have `publish` and `upstream`, each ALLOW or BLOCK');
  }
  return packages.change(repository, name, async (stored) => {
    if (stored.versions.length === 0) throw missing('package', name);
    const changed = { ...stored, restrictions: { publish, upstream } };
    return { stored: changed, result: { originConfiguration: restrictions(repository, changed) } };
  });
}

const isRestriction = (value: unknown): value is 'ALLOW' | 'BLOCK' => value === 'ALLOW' || value === 'BLOCK';

/** Answers DeletePackage, which also deletes its versions. */
export async function deletePackage(parameters: Parameters, packages: PackageStore): Promise<unknown> {
  const repository = repositoryOf(parameters);
  const name = packageOf(parameters);
  return packages.change(repository, name, async (stored) => {
    if (stored.versions.length === 0) throw missing('package', name);
    const deletedPackage = { format: 'pypi', package: name, originConfiguration: restrictions(repository, stored) };
    return { stored: { name, versions: [] }, result: { deletedPackage } };
  });
}

/** Answers ListPackageVersions with the versions stored in the repository itself, without those of its upstreams. */
export async function listPackageVersions(parameters: Parameters, packages: PackageStore): Promise<unknown> {
  const repository = repositoryOf(parameters);
  const name = packageOf(parameters);
  const stored = await packages.read(repository, name);
  if (!stored) throw missing('package', name);
  const byTime = stored.versions.toSorted((a, b) => b.publishedTime - a.publishedTime);
  const status = parameters.query.get('status');
  const originType = parameters.query.get('originType');
  const ordered = parameters.query.get('sortBy') === 'PUBLISHED_TIME' ? byTime : stored.versions;
  const matching = ordered.filter(
    (version) =>
      (status === null || version.status === status) &&
      (originType === null || originType === originOf(version).originType),
  );
  const { items, nextToken } = pageOf(parameters, matching);
  return {
    defaultDisplayVersion: byTime.find((version) => version.status === 'Published')?.version,
    format: 'pypi',
    package: name,
    versions: items.map((item) => ({
      ...{ version: item.version, revision: item.revision, status: item.status },
      origin: originOf(item),
    })),
    nextToken,
  };
}

/** Reads the stored version that a call names. */
export async function readVersion(
  parameters: Parameters,
  packages: PackageStore,
): Promise<{ readonly name: ProjectName; readonly version: StoredVersion }> {
  const repository = repositoryOf(parameters);
  const name = packageOf(parameters);
  const requested = required(parameters, 'version');
  const version = findVersion(await packages.read(repository, name), requested);
  if (!version) throw missing('package-version', `${name} ${requested}`);
  return { name, version };
}

/** Answers DescribePackageVersion. */
export async function describePackageVersion(parameters: Parameters, packages: PackageStore): Promise<unknown> {
  const { name, version } = await readVersion(parameters, packages);
  return {
    packageVersion: {
      format: 'pypi',
      packageName: name,
      displayName: name,
      version: version.version,
      publishedTime: version.publishedTime / 1000,
      revision: version.revision,
      status: version.status,
      origin: originOf(version),
    },
  };
}

/** Answers ListPackageVersionAssets. */
export async function listPackageVersionAssets(parameters: Parameters, packages: PackageStore): Promise<unknown> {
  const { name, version } = await readVersion(parameters, packages);
  const { items, nextToken } = pageOf(parameters, version.assets);
  const algorithms: Readonly<Record<string, string>> = { md5: 'MD5', sha1: 'SHA-1', sha512: 'SHA-512' };
  return {
    format: 'pypi',
    package: name,
    version: version.version,
    versionRevision: version.revision,
    assets: items.map(({ filename, size, sha256, file }) => ({
      name: filename,
      size,
      hashes: {
        'SHA-256': sha256,
        ...Object.fromEntries(
          Object.entries(file.hashes).flatMap(([key, hex]) => (algorithms[key] ? [[algorithms[key], hex]] : [])),
        ),
      },
    })),
    nextToken,
  };
}

/** Answers GetPackageVersionAsset with the bytes of a stored file. */
export async function getPackageVersionAsset(
  parameters: Parameters,
  packages: PackageStore,
  open: PublicPackages['openAsset'],
): Promise<HttpResponse> {
  const { name, version } = await readVersion(parameters, packages);
  const requested = required(parameters, 'asset');
  const asset = version.assets.find(({ filename }) => filename === requested);
  const revision = parameters.query.get('revision');
  if (!asset || version.status === 'Archived') throw missing('asset', requested);
  if (revision !== null && revision !== version.revision) throw missing('package-version-revision', revision);
  const blob = await open(name, asset);
  return {
    status: 200,
    headers: {
      'content-type': 'application/octet-stream',
      'x-assetname': requested,
      'x-packageversion': version.version,
      'x-packageversionrevision': version.revision,
    },
    body: blob.read(),
  };
}
