import { createHash } from 'node:crypto';
import { parseFilename } from '../../index/filename.ts';
import { parseVersion } from '../../index/parsed-version.ts';
import type { IndexFile, ProjectName, ProjectPage } from '../../index/types.ts';
import { compareVersions } from '../../index/versions.ts';
import type { Asset, StoredPackage, StoredVersion } from './types.ts';

/** The same for versions that PEP 440 holds equal: `1.0` and `1.0.0`. */
export function versionKey(version: string): string {
  const parsed = parseVersion(version);
  if (!parsed) return version;
  const { epoch, release, pre, post, dev, local } = parsed;
  const parts = [epoch, release.join('.'), pre && `${pre.letter}${pre.number}`, post, dev, local?.join('.')];
  return parts.map((part) => String(part ?? '')).join('|');
}

/** One release as the public index lists it, spelled as its first file spells it. */
export type ListedRelease = { readonly version: string; readonly files: readonly IndexFile[] };

/** A page's files by release; files whose name says no version are left out. */
export function releasesOf(page: ProjectPage): readonly ListedRelease[] {
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

/** A file name becomes the last part of a path. */
export function isSafeFilename(filename: string): boolean {
  return filename.length <= 255 && /^[A-Za-z0-9_.+!~-]+$/.test(filename) && !filename.startsWith('.');
}

/** The stored version that a caller means; equal spellings count as the same. */
export function findVersion(stored: StoredPackage | undefined, version: string): StoredVersion | undefined {
  const exact = stored?.versions.find((one) => one.version === version);
  if (exact) return exact;
  const key = versionKey(version);
  return stored?.versions.find((one) => versionKey(one.version) === key);
}

/** Puts one version in its place, replacing what was there; newest last. */
export function withVersion(stored: StoredPackage, version: StoredVersion): StoredPackage {
  const others = stored.versions.filter((one) => one.version !== version.version);
  const versions = [...others, version].sort((a, b) => compareVersions(a.version, b.version));
  return { ...stored, versions };
}

/** CodeArtifact's package version revision: here a hash over names and digests, so that equal contents are equal. */
export function revisionOf(name: ProjectName, version: string, assets: readonly Asset[]): string {
  const lines = assets.map(({ filename, sha256 }) => `${filename} ${sha256}`).sort();
  return createHash('sha256')
    .update([name, version, ...lines].join('\n'))
    .digest('hex')
    .slice(0, 40);
}

/** Assets after the index was read again: new files come, yanked marks follow, what was stored stays what it was. */
export function mergeAssets(stored: readonly Asset[], listed: readonly Asset[]): readonly Asset[] {
  const fresh = new Map(listed.map((asset) => [asset.filename, asset]));
  const kept = stored.map((asset) => {
    const now = fresh.get(asset.filename);
    fresh.delete(asset.filename);
    if (!now || now.sha256 !== asset.sha256) return asset;
    return { ...asset, file: { ...asset.file, yanked: now.file.yanked, url: now.file.url } };
  });
  return [...kept, ...fresh.values()];
}
