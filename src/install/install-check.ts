import { parseFilename } from '../index/filename.ts';
import type { ProjectName, ProjectPage } from '../index/types.ts';
import { compareVersions } from '../index/versions.ts';
import type { InstalledRelease } from '../pip/installed-files.ts';
import type { Observed, ObservedPage } from '../relay/types.ts';
import type { CheckedRelease, Mismatch } from './types.ts';

/**
 * Holds what pip says it installed against what was vetted: the files on the pages that the relay served in this run,
 * by digest.
 */
export function unvetted(installed: readonly CheckedRelease[], { pages }: Pick<Observed, 'pages'>): Mismatch[] {
  return installed.flatMap((item) => {
    const { name, version, file } = item;
    const why = item.allowed ? undefined : mismatch(item, pages.get(name));
    return why === undefined ? [] : { name, version, file, why };
  });
}

/** The projects whose pages must be asked for before that can be told: pip's cache spared asking for them. */
export function unrequested(installed: readonly CheckedRelease[], { pages }: Pick<Observed, 'pages'>): ProjectName[] {
  const ofIndex = installed.filter(
    ({ allowed, from }) => !allowed && (from.kind === 'archive' || from.kind === 'unsaid'),
  );
  return [...new Set(ofIndex.map(({ name }) => name))].filter((name) => !pages.has(name));
}

function mismatch(
  { version, sha256, digestInPath, from }: InstalledRelease,
  asked: ObservedPage | undefined,
): string | undefined {
  const page = asked?.page;
  const listed = page?.files.flatMap(({ hashes }) => hashes.sha256?.toLowerCase() ?? []) ?? [];
  if (sha256 !== undefined && listed.includes(sha256)) return undefined;
  if (from.kind === 'repository') return 'it is a checkout from version control';
  if (from.kind === 'folder') return 'it is a folder outside this project';
  if (from.kind === 'local-file') return 'it is a file of unknown origin';
  if (page === undefined) {
    return asked?.status === 404
      ? 'the vetted repository has no such project'
      : 'the vetted repository could not be asked for it';
  }
  if (from.kind === 'unsaid') return lists(page, version) ? undefined : 'the vetted repository has no such release';
  // A wheel that an older pip built and kept: pip says where its source was, not what was in it.
  const known = sha256 === undefined && digestInPath !== undefined;
  if (known && listed.some((digest) => digest.startsWith(digestInPath))) return undefined;
  return 'the vetted repository has no such file';
}

function lists({ files, name }: ProjectPage, version: string): boolean {
  return files.some(({ filename }) => {
    const listed = parseFilename(filename, name)?.version;
    return listed !== undefined && compareVersions(listed, version) === 0;
  });
}
