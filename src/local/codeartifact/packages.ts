import type { ProjectName } from '../../index/types.ts';
import type { Answer } from '../http.ts';
import { externalConnection, stackNames } from '../names.ts';
import type { PublicPackages } from '../packages/public.ts';
import type { PackageStore } from '../packages/store.ts';
import type { StoredVersion } from '../packages/types.ts';
import { findVersion } from '../packages/versions.ts';
import { checkFormat, missing, type Parameters, packageOf, pageOf, repositoryOf, required } from './parameters.ts';

/** How every version here entered the domain; a copy keeps it. */
const origin = { domainEntryPoint: { externalConnectionName: externalConnection }, originType: 'EXTERNAL' };

/** Ingested packages may not be published over; what is copied is treated alike. */
const restrictions = (repository: string) => ({
  restrictions: { publish: 'BLOCK', upstream: repository === stackNames.secure ? 'BLOCK' : 'ALLOW' },
});

export async function listPackages(parameters: Parameters, packages: PackageStore): Promise<unknown> {
  const repository = repositoryOf(parameters);
  if (parameters.query.has('format')) checkFormat(parameters);
  const prefix = parameters.query.get('package-prefix') ?? '';
  const names = (await packages.list(repository)).filter((name) => name.startsWith(prefix));
  const { items, nextToken } = pageOf(parameters, names);
  return {
    packages: items.map((name) => ({ format: 'pypi', package: name, originConfiguration: restrictions(repository) })),
    nextToken,
  };
}

export async function describePackage(parameters: Parameters, packages: PackageStore): Promise<unknown> {
  const repository = repositoryOf(parameters);
  const name = packageOf(parameters);
  if (!(await packages.read(repository, name))) throw missing('package', name);
  return { package: { format: 'pypi', name, originConfiguration: restrictions(repository) } };
}

/** ListPackageVersions: what is stored in that very repository; upstreams are not looked at. */
export async function listPackageVersions(parameters: Parameters, packages: PackageStore): Promise<unknown> {
  const repository = repositoryOf(parameters);
  const name = packageOf(parameters);
  const stored = await packages.read(repository, name);
  if (!stored) throw missing('package', name);
  const byTime = stored.versions.toSorted((a, b) => b.publishedTime - a.publishedTime);
  const status = parameters.query.get('status');
  const kind = parameters.query.get('originType');
  const ordered = parameters.query.get('sortBy') === 'PUBLISHED_TIME' ? byTime : stored.versions;
  const wanted = ordered.filter(
    (one) => (status === null || one.status === status) && (kind === null || kind === origin.originType),
  );
  const { items, nextToken } = pageOf(parameters, wanted);
  return {
    defaultDisplayVersion: byTime.find((one) => one.status === 'Published')?.version,
    format: 'pypi',
    package: name,
    versions: items.map(({ version, revision, status: now }) => ({ version, revision, status: now, origin })),
    nextToken,
  };
}

/** The stored version that a call names. */
async function storedVersion(
  parameters: Parameters,
  packages: PackageStore,
): Promise<{ readonly name: ProjectName; readonly version: StoredVersion }> {
  const repository = repositoryOf(parameters);
  const name = packageOf(parameters);
  const wanted = required(parameters, 'version');
  const version = findVersion(await packages.read(repository, name), wanted);
  if (!version) throw missing('package-version', `${name} ${wanted}`);
  return { name, version };
}

export async function describePackageVersion(parameters: Parameters, packages: PackageStore): Promise<unknown> {
  const { name, version } = await storedVersion(parameters, packages);
  return {
    packageVersion: {
      format: 'pypi',
      packageName: name,
      displayName: name,
      version: version.version,
      publishedTime: version.publishedTime / 1000,
      revision: version.revision,
      status: version.status,
      origin,
    },
  };
}

export async function listPackageVersionAssets(parameters: Parameters, packages: PackageStore): Promise<unknown> {
  const { name, version } = await storedVersion(parameters, packages);
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

/** GetPackageVersionAsset: bytes of a stored file. */
export async function getPackageVersionAsset(
  parameters: Parameters,
  packages: PackageStore,
  open: PublicPackages['openAsset'],
): Promise<Answer> {
  const { name, version } = await storedVersion(parameters, packages);
  const wanted = required(parameters, 'asset');
  const asset = version.assets.find(({ filename }) => filename === wanted);
  const revision = parameters.query.get('revision');
  if (!asset || version.status === 'Archived') throw missing('asset', wanted);
  if (revision !== null && revision !== version.revision) throw missing('package-version-revision', revision);
  const blob = await open(name, asset);
  return {
    status: 200,
    headers: {
      'content-type': 'application/octet-stream',
      'x-assetname': wanted,
      'x-packageversion': version.version,
      'x-packageversionrevision': version.revision,
    },
    body: blob.read(),
  };
}
