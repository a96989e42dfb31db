import { createHash } from 'node:crypto';
import { parseFilename } from '../../index/filename.ts';
import { parseVersion } from '../../index/parsed-version.ts';
import type { IndexFile, ProjectName, ProjectPage } from '../../index/types.ts';
import { compareVersions } from '../../index/versions.ts';
import type { Asset, StoredPackage, StoredVersion } from './types.ts';

/** Returns a key that is the same for versions that are equal by PEP 440, such as `1.0` and `1.0.0`. */
export function versionKey(version: string): string {
  const parsed = parseVersion(version);
  if (!parsed) return version;
  const { epoch, release, pre, post, dev, local } = parsed;
  const parts = [epoch, release.join('.'), pre && `${pre.letter}${pre.number}`, post, dev, local?.join('.')];
  return parts.map((part) => String(part ?? '')).join('|');
}

/** One release that the public index lists, with the version as its first file spells it. */
export type ListedRelease = { readonly version: string; readonly files: readonly IndexFile[] };

/** The releases of the pages in memory: each file of a release that is requested needs them again. */
const known = new WeakMap<ProjectPage, readonly ListedRelease[]>();

/** Groups the files of a page by release. Files whose names contain no version are omitted. */
export function releasesOf(page: ProjectPage): readonly ListedRelease[] {
  const releases = known.get(page) ?? groupFiles(page);
  known.set(page, releases);
  return releases;
}

function groupFiles(page: ProjectPage): readonly ListedRelease[] {
  const releases = new Map<string, { version: string; files: IndexFile[] }>();
  for (const file of page.files) {
    const version = parseFilename(file.filename, page.name)?.version;
    if (version === undefined || !isSafeFilename(file.filename)) continue;
    const key = versionKey(version);
    const release = releases.get(key);
    if (release) release.files.push(file);
    else releases.set(key, { version, files: [file] });
  }
  return [...releases.values()];
}

/** Checks that a file name is safe as the last part of a path. */
export function isSafeFilename(filename: string): boolean {
  return filename.length <= 255 && /^[A-Za-z0-9_.+!~-]+$/.test(filename) && !filename.startsWith('.');
}

/** Finds a stored version by its exact spelling, or by any spelling that is equal by PEP 440. */
export function findVersion(stored: StoredPackage | undefined, requested: string): StoredVersion | undefined {
  const exact = stored?.versions.find(({ version }) => version === requested);
  if (exact) return exact;
  const key = versionKey(requested);
  return stored?.versions.find(({ version }) => versionKey(version) === key);
}

/** Adds or replaces one version. The newest version is last. */
export function withVersion(stored: StoredPackage, version: StoredVersion): StoredPackage {
  const others = stored.versions.filter((other) => other.version !== version.version);
  const versions = [...others, version].sort((a, b) => compareVersions(a.version, b.version));
  return { ...stored, versions };
}

/** Returns the package version revision: a hash of names and digests, so that equal contents have equal revisions. */
export function revisionOf(name: ProjectName, version: string, assets: readonly Asset[]): string {
  const lines = assets.map(({ filename, sha256 }) => `${filename} ${sha256}`).sort();
  return createHash('sha256')
    .update([name, version, ...lines].join('\n'))
    .digest('hex')
    .slice(0, 40);
}

/** Adds newly listed assets to the stored ones. Stored assets keep their contents and get the listed URL and yanked mark. */
export function mergeAssets(stored: readonly Asset[], listed: readonly Asset[]): readonly Asset[] {
  const added = new Map(listed.map((asset) => [asset.filename, asset]));
  const kept = stored.map((asset) => {
    const current = added.get(asset.filename);
    added.delete(asset.filename);
    if (!current || current.sha256 !== asset.sha256) return asset;
    return { ...asset, file: { ...asset.file, yanked: current.file.yanked, url: current.file.url } };
  });
  return [...kept, ...added.values()];
}
