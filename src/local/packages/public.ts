import type { IndexFile, ProjectName, ProjectPage } from '../../index/types.ts';
import { errorText } from '../error-text.ts';
import { AwsFault } from '../http.ts';
import { stackNames } from '../names.ts';
import type { PublicIndex } from '../types.ts';
import type { Blob, BlobStore } from './blobs.ts';
import type { PackageStore } from './store.ts';
import type { Asset, StoredPackage, StoredVersion } from './types.ts';
import {
  findVersion,
  type ListedRelease,
  mergeAssets,
  releasesOf,
  revisionOf,
  versionKey,
  withVersion,
} from './versions.ts';

/** A release as the repositories with a way to the public index list it. */
export type Listing = readonly {
  readonly version: string;
  /** `sha256` is missing while neither the index nor an import told it. */
  readonly files: readonly IndexFile[];
}[];

/** package-install and pypi-store: what is stored there, and what `public:pypi` has beyond. */
export type PublicPackages = {
  /** Undefined: neither stored nor listed. */
  listing(repository: string, name: ProjectName): Promise<Listing | undefined>;
  /** Stores a release with all its files, as the first download of one of them does. */
  importRelease(repository: string, name: ProjectName, version: string): Promise<StoredVersion | undefined>;
  /** An asset's bytes, wherever it is stored. */
  openAsset(name: ProjectName, asset: Asset): Promise<Blob>;
};

/** Repositories that get a copy when `repository` is asked: retention as with a real upstream. */
function retainedIn(repository: string): readonly string[] {
  return repository === stackNames.install ? [stackNames.install, stackNames.store] : [repository];
}

/** @throws {AwsFault} InternalServerException (503) when the public index cannot be reached. */
async function readPublicPage(upstream: PublicIndex, name: ProjectName): Promise<ProjectPage | undefined> {
  const answer = await upstream.page(name);
  if (answer.kind === 'missing') return undefined;
  if (answer.kind === 'found') return answer.page;
  throw new AwsFault('InternalServerException', 503, `the public index cannot be reached: ${answer.cause}`);
}

function listedWith(stored: StoredPackage | undefined, releases: readonly ListedRelease[]): Listing {
  const listed = new Map(releases.map((release) => [versionKey(release.version), release]));
  const kept = (stored?.versions ?? []).map((one) => {
    const key = versionKey(one.version);
    const names = new Set(one.assets.map((asset) => asset.filename));
    const more = (listed.get(key)?.files ?? []).filter((file) => !names.has(file.filename));
    listed.delete(key);
    if (one.status !== 'Published') return { version: one.version, files: [] };
    return { version: one.version, files: [...one.assets.map(listedFile), ...more] };
  });
  return [...kept, ...listed.values()].filter((release) => release.files.length > 0);
}

/** An asset as a page lists it. */
export function listedFile(asset: Asset): IndexFile {
  const { file, sha256, size } = asset;
  return { ...file, hashes: { ...file.hashes, sha256 }, ...(size === undefined ? {} : { size }) };
}

/** What these repositories stand on. */
export type PublicParts = {
  readonly packages: PackageStore;
  readonly blobs: BlobStore;
  readonly upstream: PublicIndex;
  /** Epoch milliseconds. */
  readonly now: () => number;
};

/** A listed file as it is stored; one whose SHA-256 nobody told is fetched to learn it. */
async function asAsset(file: IndexFile, { blobs, upstream }: PublicParts): Promise<Asset> {
  const listedSha256 = file.hashes.sha256?.toLowerCase();
  if (listedSha256 !== undefined) return { filename: file.filename, sha256: listedSha256, size: file.size, file };
  const { sha256, size } = await blobs.learn(file.hashes, () => upstream.open(file));
  return { filename: file.filename, sha256, size, file };
}

/** Stores a version, or adds to it what it gained. */
function keep(
  repository: string,
  name: ProjectName,
  version: string,
  assets: readonly Asset[],
  { packages, now }: PublicParts,
): Promise<StoredVersion> {
  return packages.change(repository, name, async (stored) => {
    const before = findVersion(stored, version);
    const merged = mergeAssets(before?.assets ?? [], assets);
    const after: StoredVersion = {
      version: before?.version ?? version,
      status: before?.status ?? 'Published',
      publishedTime: before?.publishedTime ?? now(),
      assets: merged,
      revision: revisionOf(name, before?.version ?? version, merged),
    };
    return { stored: withVersion(stored, after), answer: after };
  });
}

/** The project's page; undefined when the index is away but something is stored, which must do then. */
function pageUnlessStored(name: ProjectName, stored: unknown, { upstream }: PublicParts) {
  return readPublicPage(upstream, name).catch((error: unknown) => {
    if (stored !== undefined) return undefined;
    throw error;
  });
}

async function importRelease(repository: string, name: ProjectName, version: string, parts: PublicParts) {
  const stored = findVersion(await parts.packages.read(repository, name), version);
  const page = await pageUnlessStored(name, stored, parts);
  const release = page && releasesOf(page).find((one) => versionKey(one.version) === versionKey(version));
  if (!release) return stored;
  const known = new Set(stored?.assets.map((asset) => asset.filename));
  const files = release.files.filter((file) => file.hashes.sha256 !== undefined || !known.has(file.filename));
  const assets: Asset[] = [];
  for (const file of files) assets.push(await asAsset(file, parts));
  const kept = retainedIn(repository).map((one) => keep(one, name, release.version, assets, parts));
  return (await Promise.all(kept))[0];
}

/** Opens the bytes where they lie now: addresses change, digests don't. */
async function openUpstream(name: ProjectName, asset: Asset, upstream: PublicIndex) {
  try {
    return await upstream.open(asset.file);
  } catch (error) {
    const page = await readPublicPage(upstream, name).catch(() => undefined);
    const file = page?.files.find((one) => one.filename === asset.filename && one.url !== asset.file.url);
    if (!file) throw error;
    return upstream.open(file);
  }
}

export function publicPackages(parts: PublicParts): PublicPackages {
  const { packages, blobs, upstream } = parts;
  return {
    listing: async (repository, name) => {
      const stored = await packages.read(repository, name);
      const page = await pageUnlessStored(name, stored, parts);
      return stored || page ? listedWith(stored, page ? releasesOf(page) : []) : undefined;
    },
    importRelease: (repository, name, version) => importRelease(repository, name, version, parts),
    openAsset: async (name, asset) => {
      try {
        return await blobs.open(asset.sha256, asset.file.hashes, () => openUpstream(name, asset, upstream));
      } catch (error) {
        throw new AwsFault('InternalServerException', 503, `${asset.filename} cannot be fetched: ${errorText(error)}`);
      }
    },
  };
}
