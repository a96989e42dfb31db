import { AwspipError } from '../errors.ts';
import { parseFilename } from '../index/filename.ts';
import { parseVersion } from '../index/parsed-version.ts';
import type { IndexFile, ProjectPage, Release } from '../index/types.ts';
import { compareVersions } from '../index/versions.ts';

/** File name → sha256 hex. */
export type Digests = Readonly<Record<string, string>>;

/** The hint for a release that changed during its vetting. */
export const judgedAgainHint = 'run the same command again: it judges the release as it is now';

/** Returns the files that an index page lists for one release. */
export function filesOf(page: ProjectPage, release: Release): readonly IndexFile[] {
  const isOfRelease = fileCheck(release);
  return page.files.filter(({ filename }) => isOfRelease(filename));
}

/** Returns a check by its name whether a file is of a release. Most files of a page are of others. */
export function fileCheck({ name, version }: Release): (filename: string) => boolean {
  const numbers = parseVersion(version)?.release.join('.') ?? '';
  return (filename) => {
    // Every spelling of a version has its numbers, apart from leading zeros.
    if (!filename.includes(numbers) && !/\D0\d/.test(filename)) return false;
    const parsed = parseFilename(filename, name);
    return parsed !== undefined && compareVersions(parsed.version, version) === 0;
  };
}

/**
 * Checks that every file found has been judged, with the same sha256. CopyPackageVersions copies all files of a release,
 * so a file added later must be judged first. Judged files may be missing. If the public index lists no digest, the
 * judged one is empty and matches any digest.
 *
 * @throws {AwspipError} `changed-since-judged` (69), because the next request judges the release again.
 */
export function requireJudged(found: Digests, judged: Digests, { name, version }: Release): void {
  for (const [filename, sha256] of Object.entries(found)) {
    const expected = Object.hasOwn(judged, filename) ? judged[filename] : undefined;
    if (expected !== undefined && (sha256 === expected.toLowerCase() || (expected === '' && sha256 !== ''))) continue;
    const change =
      expected === undefined ? 'was added' : `has sha256 ${sha256 || '(none)'}, but ${expected} was judged`;
    throw new AwspipError('changed-since-judged', `${name} ${version} changed during vetting: ${filename} ${change}`, {
      exit: 'unavailable',
      hint: judgedAgainHint,
    });
  }
}
