import { parseFilename } from '../index/filename.ts';
import type { IndexFile, ProjectPage } from '../index/types.ts';
import { compareVersions, isPrerelease, normaliseVersion } from '../index/versions.ts';
import { newestTime, oldestTime } from './times.ts';

/** What an index page says of a project, as far as it says it. */
export type PageFacts = {
  /** `versionKey` → the version as first spelled, and its files. */
  readonly releases: ReadonlyMap<string, { readonly version: string; readonly files: readonly IndexFile[] }>;
  /** ISO time of the newest upload; null when some file has none. */
  readonly lastUpload: string | null;
  /** ISO time of the oldest upload that has one. */
  readonly firstUpload: string | null;
};

const alreadyRead = new WeakMap<ProjectPage, PageFacts>();

/** Groups a page's files by release; once per page, for many releases of one project are judged in a row. */
export function readPage(page: ProjectPage): PageFacts {
  const before = alreadyRead.get(page);
  if (before !== undefined) return before;
  const facts = groupFiles(page);
  alreadyRead.set(page, facts);
  return facts;
}

/** Files whose names cannot be read belong to no release. */
function groupFiles(page: ProjectPage): PageFacts {
  const releases = new Map<string, { version: string; files: IndexFile[] }>();
  for (const file of page.files) {
    const version = parseFilename(file.filename, page.name)?.version;
    if (version === undefined) continue;
    const normal = versionKey(version);
    const release = releases.get(normal);
    if (release === undefined) releases.set(normal, { version, files: [file] });
    else release.files.push(file);
  }
  const times = page.files.map(({ uploadTime }) => uploadTime);
  return { releases, lastUpload: newestTime(times), firstUpload: oldestTime(times) };
}

/** Newest version, pre-releases only when there is nothing else, as pip would take it. */
export function newestVersion(versions: readonly string[]): string | null {
  const finals = versions.filter((version) => !isPrerelease(version));
  return [...(finals.length > 0 ? finals : versions)].sort(compareVersions).at(-1) ?? null;
}

/** One text for all spellings of a version: `1.0`, `1.0.0` and `v1` are one release (PEP 440). */
export function versionKey(version: string): string {
  const normal = normaliseVersion(version);
  const [release = ''] = /^(\d+!)?\d+(\.\d+)*/.exec(normal) ?? [];
  return withoutTrailingZeros(release) + normal.slice(release.length);
}

function withoutTrailingZeros(release: string): string {
  const parts = release.split('.');
  while (parts.length > 1 && parts.at(-1) === '0') parts.pop();
  return parts.join('.');
}
