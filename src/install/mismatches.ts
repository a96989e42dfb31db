import { parseFilename } from '../index/filename.ts';
import type { ProjectName, ProjectPage } from '../index/types.ts';
import { compareVersions } from '../index/versions.ts';
import type { InstalledRelease } from '../pip/installed-release.ts';
import type { Observed, ObservedPage } from '../relay/types.ts';
import type { CheckedRelease, Mismatch } from './types.ts';

/**
 * Compares the installed releases with the vetted ones: the digests on the pages that the relay served in this run.
 * Returns the differences.
 */
export function findMismatches(installed: readonly CheckedRelease[], { pages }: Pick<Observed, 'pages'>): Mismatch[] {
  return installed.flatMap((release) => {
    const { name, version, file, environment, origin } = release;
    const reason = release.allowed ? undefined : mismatchReason(release, pages.get(name));
    const place = { ...(environment !== undefined && { environment }), ...(origin !== undefined && { origin }) };
    return reason === undefined ? [] : { name, version, file, reason, ...place };
  });
}

/** Returns the projects whose pages are needed for that comparison, but were not requested because of pip's cache. */
export function unrequestedProjects(
  installed: readonly CheckedRelease[],
  { pages }: Pick<Observed, 'pages'>,
): ProjectName[] {
  const fromIndex = installed.filter(
    ({ allowed, from }) => !allowed && (from.kind === 'archive' || from.kind === 'unknown'),
  );
  return [...new Set(fromIndex.map(({ name }) => name))].filter((name) => !pages.has(name));
}

function mismatchReason(
  { version, sha256, digestInPath, from }: InstalledRelease,
  observedPage: ObservedPage | undefined,
): string | undefined {
  const page = observedPage?.page;
  const digests = page?.files.flatMap(({ hashes }) => hashes.sha256?.toLowerCase() ?? []) ?? [];
  if (sha256 !== undefined && digests.includes(sha256)) return undefined;
  if (from.kind === 'repository') return 'it is a checkout from version control';
  if (from.kind === 'folder') return 'it is a folder outside this project';
  if (from.kind === 'local-file') return 'it is a file of unknown origin';
  if (page === undefined) {
    return observedPage?.status === 404
      ? 'the vetted repository has no such project'
      : 'the vetted repository did not answer';
  }
  if (from.kind === 'unknown')
    return listsVersion(page, version) ? undefined : 'the vetted repository has no such release';
  // An older pip built this wheel and cached it. pip reports the source's address, not its digest.
  const isBuiltWheel = sha256 === undefined && digestInPath !== undefined;
  if (isBuiltWheel && digests.some((digest) => digest.startsWith(digestInPath))) return undefined;
  return 'the vetted repository has no such file';
}

function listsVersion({ files, name }: ProjectPage, version: string): boolean {
  return files.some(({ filename }) => {
    const listedVersion = parseFilename(filename, name)?.version;
    return listedVersion !== undefined && compareVersions(listedVersion, version) === 0;
  });
}
