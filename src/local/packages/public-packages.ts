import type { IndexFile, ProjectName, ProjectPage } from '../../index/types.ts';
import { errorText } from '../error-text.ts';
import { AwsFault } from '../http.ts';
import { stackNames } from '../names.ts';
import type { PublicIndex } from '../types.ts';
import type { Blob, BlobStore } from './blob-store.ts';
import { WrongDigest } from './growing-file.ts';
import { isOwnProject } from './own-releases.ts';
import type { PackageStore } from './package-store.ts';
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

/** The releases that a repository with a connection to the public index lists. */
export type Listing = readonly {
  readonly version: string;
  /** A file has no `sha256` if the index does not list it and the file was not imported. */
  readonly files: readonly IndexFile[];
}[];

/** The packages of package-install and pypi-store: those stored there, and those that `public:pypi` adds. */
export type PublicPackages = {
  /** Returns the releases of a project, or undefined when it is neither stored nor listed. */
  listing(repository: string, name: ProjectName): Promise<Listing | undefined>;
  /**
   * Opens a file of a release, stored or listed. Undefined when there is no such file. Once the digest of the file is
   * verified, the release is stored with all its files, as CodeArtifact does when one of them is first downloaded.
   */
  openFile(repository: string, name: ProjectName, version: string, filename: string): Promise<Blob | undefined>;
  /** Opens the bytes of an asset of any repository. */
  openAsset(name: ProjectName, asset: Asset): Promise<Blob>;
};

/** Returns the repositories that retain a release requested from `repository`, as CodeArtifact's upstreams do. */
function retainedIn(repository: string): readonly string[] {
  return repository === stackNames.install ? [stackNames.install, stackNames.store] : [repository];
}

/**
 * Reads the page of a project from the public index.
 *
 * @throws {AwsFault} InternalServerException (503) when the public index cannot be reached.
 */
async function readPublicPage(upstream: PublicIndex, name: ProjectName): Promise<ProjectPage | undefined> {
  const answer = await upstream.page(name);
  if (answer.kind === 'missing') return undefined;
  if (answer.kind === 'found') return answer.page;
  throw new AwsFault('InternalServerException', 503, `the public index cannot be reached: ${answer.cause}`);
}

function listedWith(stored: StoredPackage | undefined, releases: readonly ListedRelease[]): Listing {
  const listed = new Map(releases.map((release) => [versionKey(release.version), release]));
  const kept = (stored?.versions ?? []).map(({ version, assets, status }) => {
    const key = versionKey(version);
    const names = new Set(assets.map((asset) => asset.filename));
    const added = (listed.get(key)?.files ?? []).filter((file) => !names.has(file.filename));
    listed.delete(key);
    return { version, files: status === 'Published' ? [...assets.map(listedFile), ...added] : [] };
  });
  return [...kept, ...listed.values()].filter((release) => release.files.length > 0);
}

/** Returns the entry of an asset on a simple-index page. */
export function listedFile(asset: Asset): IndexFile {
  const { file, sha256, size } = asset;
  return { ...file, hashes: { ...file.hashes, sha256 }, ...(size === undefined ? {} : { size }) };
}

/** What the public packages need. */
export type PublicParts = {
  readonly packages: PackageStore;
  readonly blobs: BlobStore;
  readonly upstream: PublicIndex;
  /** Checks whether origin controls let a repository take a project from the public index. */
  readonly mayImport: (repository: string, name: ProjectName) => Promise<boolean>;
  /** Epoch milliseconds. */
  readonly now: () => number;
};

/** Returns the fault for a file with other bytes than its index lists. */
function wrongFile({ filename, url }: IndexFile, { algorithm, actual, listed }: WrongDigest): AwsFault {
  const origin = URL.canParse(url) ? new URL(url).host : url;
  const message = `the ${algorithm} of ${filename} from \`${origin}\` is ${actual}, but the index lists ${listed}`;
  return new AwsFault('DigestMismatch', 502, message);
}

/** Returns the asset for a listed file. A file without a listed SHA-256 is downloaded to compute it. */
async function toAsset(file: IndexFile, { blobs, upstream }: PublicParts): Promise<Asset> {
  const listedSha256 = file.hashes.sha256?.toLowerCase();
  if (listedSha256 !== undefined) return { filename: file.filename, sha256: listedSha256, size: file.size, file };
  const { sha256, size } = await blobs
    .add(file.hashes, () => upstream.open(file))
    .catch((error: unknown) => {
      throw error instanceof WrongDigest ? wrongFile(file, error) : error;
    });
  return { filename: file.filename, sha256, size, file };
}

/** Stores a version, or adds new assets to a stored one. */
function storeVersion(
  repository: string,
  name: ProjectName,
  version: string,
  assets: readonly Asset[],
  { packages, now }: PublicParts,
): Promise<StoredVersion> {
  return packages.change(repository, name, async (stored) => {
    const existing = findVersion(stored, version);
    const merged = mergeAssets(existing?.assets ?? [], assets);
    const updated: StoredVersion = {
      version: existing?.version ?? version,
      status: existing?.status ?? 'Published',
      publishedTime: existing?.publishedTime ?? now(),
      assets: merged,
      revision: revisionOf(name, existing?.version ?? version, merged),
    };
    return { stored: withVersion(stored, updated), result: updated };
  });
}

/**
 * Reads the project's page. Returns undefined when origin controls forbid it, or the index cannot be reached and the
 * stored versions must suffice.
 */
async function pageUnlessStored(
  repository: string,
  name: ProjectName,
  stored: unknown,
  { upstream, mayImport }: PublicParts,
) {
  if (!(await mayImport(repository, name))) return undefined;
  // What the resolver has just read. CodeArtifact's own copy of a page may be older.
  const known = await upstream.lastRead?.(name)?.answer;
  if (known?.kind === 'found') return known.page;
  return readPublicPage(upstream, name).catch((error: unknown) => {
    if (stored !== undefined) return undefined;
    throw error;
  });
}

/** A release that a file is requested of. `retain` stores it. */
type RequestedRelease = { readonly assets: readonly Asset[]; readonly retain: () => Promise<unknown> };

async function findRelease(
  repository: string,
  name: ProjectName,
  version: string,
  parts: PublicParts,
): Promise<RequestedRelease | undefined> {
  const stored = findVersion(await parts.packages.read(repository, name), version);
  if (stored?.status === 'Archived' || stored?.status === 'Disposed') return undefined;
  const page = await pageUnlessStored(repository, name, stored, parts);
  const release = page && releasesOf(page).find((listed) => versionKey(listed.version) === versionKey(version));
  if (!release) return stored && { assets: stored.assets, retain: async () => {} };
  const known = new Set(stored?.assets.map((asset) => asset.filename));
  const files = release.files.filter((file) => file.hashes.sha256 !== undefined || !known.has(file.filename));
  const listed: Asset[] = [];
  for (const file of files) listed.push(await toAsset(file, parts));
  return {
    assets: mergeAssets(stored?.assets ?? [], listed),
    retain: () =>
      Promise.all(retainedIn(repository).map((target) => storeVersion(target, name, release.version, listed, parts))),
  };
}

/** Returns a blob whose last chunk is read after `action`, which runs once the digest is verified. */
function afterVerification(blob: Blob, action: () => Promise<unknown>): Blob {
  const complete = blob.complete.then(async (digest) => {
    await action();
    return digest;
  });
  complete.catch(() => undefined);
  return {
    ...blob,
    complete,
    async *read(start, end) {
      let lastChunk: Uint8Array | undefined;
      for await (const chunk of blob.read(start, end)) {
        if (lastChunk !== undefined) yield lastChunk;
        lastChunk = chunk;
      }
      await complete;
      if (lastChunk !== undefined) yield lastChunk;
    },
  };
}

/** Returns the fault for an uploaded file without bytes. Damaged bytes were removed, and are nowhere else. */
function lostUpload({ filename, sha256 }: Asset): AwsFault {
  const message = `the bytes of ${filename}, which was uploaded, are damaged; upload the same file again (sha256 ${sha256})`;
  return new AwsFault('InternalServerException', 503, message);
}

/** Opens the bytes at the stored URL, or at the URL that the index lists now. The URL of a file can change. */
async function openUpstream(name: ProjectName, asset: Asset, upstream: PublicIndex) {
  if (asset.uploaded) throw lostUpload(asset);
  try {
    return await upstream.open(asset.file);
  } catch (error) {
    const page = await readPublicPage(upstream, name).catch(() => undefined);
    const file = page?.files.find(({ filename, url }) => filename === asset.filename && url !== asset.file.url);
    if (!file) throw error;
    return upstream.open(file);
  }
}

/**
 * For how long a wrong file is not downloaded again, in milliseconds. A client whose download broke off asks again, and
 * then gets the reason.
 */
const wrongFileMilliseconds = 60_000;

/** Returns the packages of package-install and pypi-store. */
export function publicPackages(parts: PublicParts): PublicPackages {
  const { packages, blobs, upstream, now } = parts;
  const wrongFiles = new Map<string, { readonly fault: AwsFault; readonly until: number }>();

  const faultOf = (asset: Asset, error: unknown): AwsFault => {
    if (error instanceof AwsFault) return error;
    if (!(error instanceof WrongDigest)) {
      const reason = errorText(error);
      const message = reason.includes(asset.filename) ? reason : `${asset.filename} cannot be fetched: ${reason}`;
      return new AwsFault('InternalServerException', 503, message);
    }
    const fault = wrongFile(asset.file, error);
    wrongFiles.set(asset.sha256, { fault, until: now() + wrongFileMilliseconds });
    return fault;
  };

  const openAsset = async (name: ProjectName, asset: Asset): Promise<Blob> => {
    const wrong = wrongFiles.get(asset.sha256);
    if (wrong !== undefined && now() < wrong.until) throw wrong.fault;
    wrongFiles.delete(asset.sha256);
    const rethrow = (error: unknown): never => {
      throw faultOf(asset, error);
    };
    const blob = await blobs
      .open(asset.sha256, asset.file.hashes, () => openUpstream(name, asset, upstream))
      .catch(rethrow);
    const complete = blob.complete.catch(rethrow);
    complete.catch(() => undefined);
    return { ...blob, complete };
  };

  return {
    listing: async (repository, name) => {
      if (await isOwnProject(packages, name)) return undefined;
      const stored = await packages.read(repository, name);
      const page = await pageUnlessStored(repository, name, stored, parts);
      return stored || page ? listedWith(stored, page ? releasesOf(page) : []) : undefined;
    },
    openFile: async (repository, name, version, filename) => {
      if (await isOwnProject(packages, name)) return undefined;
      const release = await findRelease(repository, name, version, parts);
      const asset = release?.assets.find((each) => each.filename === filename);
      if (!release || !asset) return undefined;
      return afterVerification(await openAsset(name, asset), release.retain);
    },
    openAsset,
  };
}
