import { closeSync, openSync, readSync, type Stats, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { type InstalledRelease, readInstalled } from '../pip/installed-release.ts';
import { withoutCredentials } from '../pip/unvetted-source.ts';
import { openSlices } from '../slices.ts';
import type { SiteFolder } from './site-folders.ts';

/** A distribution in an environment, as its metadata describes it. */
export type InstalledDistribution = {
  readonly release: InstalledRelease;
  readonly site: SiteFolder;
  /** The folder or file of its metadata, absolute. */
  readonly metadata: string;
  /** The content of its `INSTALLER` (PEP 376), in lower case; empty without one. */
  readonly installer: string;
  /** The URL of its `direct_url.json` (PEP 610), without credentials. */
  readonly origin?: string | undefined;
};

const maxEntries = 20_000;
const maxMetadataBytes = 256 * 1024;

/**
 * Lists the distributions that were installed into a folder since a time (epoch milliseconds). Times are those of the
 * metadata's folder: an archive keeps the times of its files, and a moved environment those of its folders.
 */
export async function listDistributions(site: SiteFolder, since: number): Promise<InstalledDistribution[]> {
  const names = (await readdir(site.folder).catch(() => [])).slice(0, maxEntries);
  const listed = names.filter((name) => name.endsWith('.dist-info') || (site.isSite && /\.egg(?:-info)?$/.test(name)));
  const slices = openSlices();
  const found: InstalledDistribution[] = [];
  for (const name of listed) {
    await slices.next();
    const metadata = path.join(site.folder, name);
    if (isNewerThan(metadata, since)) found.push(...(await readDistribution(metadata, site)));
  }
  return found;
}

/** A RECORD of a large distribution has some tens of thousands of lines. */
const maxRecordBytes = 16 * 1024 * 1024;

/**
 * Returns the distributions without those that another one contains, such as `bleach/_vendor/html5lib-1.1.dist-info`:
 * they are files of that one, and its RECORD (PEP 376) lists them.
 */
export async function withoutVendored(
  distributions: readonly InstalledDistribution[],
): Promise<readonly InstalledDistribution[]> {
  const records = new Map<string, Promise<ReadonlySet<string>>>();
  const isIn = async (inner: InstalledDistribution, outer: InstalledDistribution): Promise<boolean> => {
    const relative = path.relative(outer.site.folder, inner.metadata);
    if (inner.site.folder === outer.site.folder || relative.startsWith('..') || path.isAbsolute(relative)) return false;
    const recorded = records.get(outer.metadata) ?? recordedFiles(outer.metadata);
    records.set(outer.metadata, recorded);
    return (await recorded).has(`${relative.replaceAll(path.sep, '/')}/METADATA`);
  };
  const vendored = await Promise.all(
    distributions.map(async (inner) => {
      if (inner.site.isSite) return false;
      for (const outer of distributions) if (await isIn(inner, outer)) return true;
      return false;
    }),
  );
  return distributions.filter((_, at) => !vendored[at]);
}

async function recordedFiles(metadata: string): Promise<ReadonlySet<string>> {
  const text = (await readStart(path.join(metadata, 'RECORD'), maxRecordBytes)) ?? '';
  return new Set(text.split(/\r?\n/).map((line) => line.split(',')[0]?.replace(/^"|"$/g, '') ?? ''));
}

/**
 * Checks whether a folder was created or changed since a time. Some file systems store whole seconds. Elsewhere a time
 * lags by at most one tick of the kernel's clock, so earlier installs are excluded.
 */
function isNewerThan(file: string, since: number): boolean {
  const stats = statOf(file);
  if (stats === undefined) return false;
  const changed = Math.max(stats.birthtimeMs, stats.mtimeMs);
  const tolerance = Number.isInteger(changed / 1000) ? 2_000 : 50;
  return changed >= since - tolerance;
}

async function readDistribution(metadata: string, site: SiteFolder): Promise<InstalledDistribution[]> {
  const name = path.basename(metadata);
  if (name.endsWith('.dist-info')) {
    const [text, directUrl, installer] = await Promise.all(
      ['METADATA', 'direct_url.json', 'INSTALLER'].map((file) => readStart(path.join(metadata, file))),
    );
    // Elsewhere, builds make such folders too, but no installer signs them.
    if (text === undefined || (installer === undefined && !site.isSite)) return [];
    const release = readInstalled(headersOf(text, name), directUrl);
    return [
      { release, site, metadata, installer: (installer ?? '').trim().toLowerCase(), origin: originOf(directUrl) },
    ];
  }
  const files = name.endsWith('.egg')
    ? [path.join(metadata, 'EGG-INFO', 'PKG-INFO')]
    : [path.join(metadata, 'PKG-INFO'), metadata];
  const texts = await Promise.all(files.map(readStart));
  const text = texts.find((content) => content !== undefined);
  return [{ release: readInstalled(headersOf(text ?? '', name), undefined), site, metadata, installer: '' }];
}

/** Returns name and version from the headers, or else from the name of the folder. */
function headersOf(text: string, folderName: string): { name: string; version: string } {
  const [name = folderName, version = ''] = folderName.replace(/\.(?:dist-info|egg-info|egg)$/, '').split('-');
  const [headers = ''] = text.split(/\r?\n\r?\n/, 1);
  // Without a lazy part, so that a line of many spaces takes linear time.
  const header = (key: string) => new RegExp(`^${key}:(.*)$`, 'im').exec(headers)?.[1]?.trim();
  return { name: header('Name') || name, version: header('Version') || version };
}

function originOf(directUrl: string | undefined): string | undefined {
  try {
    const { url } = JSON.parse(directUrl ?? '');
    return typeof url === 'string' && url !== '' ? withoutCredentials(url) : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Reads the start of a regular file. Undefined if there is none. The read is synchronous: an environment has hundreds of
 * such files, and each promise takes longer than its file.
 */
export async function readStart(file: string, maxBytes = maxMetadataBytes): Promise<string | undefined> {
  const stats = statOf(file);
  if (stats?.isFile() !== true) return undefined;
  try {
    return readBytes(file, Math.min(maxBytes, stats.size)).toString('utf8');
  } catch {
    return undefined;
  }
}

function statOf(file: string): Stats | undefined {
  try {
    return statSync(file);
  } catch {
    return undefined;
  }
}

function readBytes(file: string, length: number): Buffer {
  const buffer = Buffer.allocUnsafe(length);
  const descriptor = openSync(file, 'r');
  try {
    return buffer.subarray(0, readSync(descriptor, buffer, 0, length, 0));
  } finally {
    closeSync(descriptor);
  }
}
