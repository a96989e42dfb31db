import { parseFilename } from '../index/filename.ts';
import type { IndexFile, ProjectPage } from '../index/types.ts';
import { compareVersions, isPrerelease, normaliseVersion } from '../index/versions.ts';
import { newestTime, oldestTime } from './times.ts';

/** The facts of an index page about a project. */
export type PageFacts = {
  /** The releases by `versionKey`, each with the spelling of its first file name. */
  readonly releases: ReadonlyMap<string, { readonly version: string; readonly files: readonly IndexFile[] }>;
  /** ISO time of the newest upload; null if a file has no upload time. */
  readonly lastUpload: string | null;
  /** ISO time of the oldest upload; null if no file has an upload time. */
  readonly firstUpload: string | null;
};

const cache = new WeakMap<ProjectPage, PageFacts>();

/** Returns the facts of a page. They are cached, because many releases of one project are judged in a row. */
export function readPage(page: ProjectPage): PageFacts {
  const cached = cache.get(page);
  if (cached !== undefined) return cached;
  const facts = groupFiles(page);
  cache.set(page, facts);
  return facts;
}

/** Groups files by release. A file name that cannot be parsed belongs to no release. */
function groupFiles(page: ProjectPage): PageFacts {
  const releases = new Map<string, { version: string; files: IndexFile[] }>();
  for (const file of page.files) {
    const version = parseFilename(file.filename, page.name)?.version;
    if (version === undefined) continue;
    const key = versionKey(version);
    const release = releases.get(key);
    if (release === undefined) releases.set(key, { version, files: [file] });
    else release.files.push(file);
  }
  const times = page.files.map(({ uploadTime }) => uploadTime);
  return { releases, lastUpload: newestTime(times), firstUpload: oldestTime(times) };
}

/** Returns the newest version as pip chooses it: a pre-release only if there is no final release. */
export function newestVersion(versions: readonly string[]): string | null {
  const finals = versions.filter((version) => !isPrerelease(version));
  // A page can have many thousands of versions, so they are not sorted.
  return (finals.length > 0 ? finals : versions).reduce<string | null>(
    (newest, version) => (newest === null || compareVersions(version, newest) >= 0 ? version : newest),
    null,
  );
}

/** Returns the same key for all spellings of a version: `1.0`, `1.0.0` and `v1` are equal (PEP 440). */
export function versionKey(version: string): string {
  const normalised = normaliseVersion(version);
  const [release = ''] = /^(\d+!)?\d+(\.\d+)*/.exec(normalised) ?? [];
  return withoutTrailingZeros(release) + normalised.slice(release.length);
}

function withoutTrailingZeros(release: string): string {
  const parts = release.split('.');
  while (parts.length > 1 && parts.at(-1) === '0') parts.pop();
  return parts.join('.');
}
