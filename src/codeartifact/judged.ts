import { AwspipError } from '../errors.ts';
import { parseFilename } from '../index/filename.ts';
import type { IndexFile, ProjectPage, Release } from '../index/types.ts';
import { compareVersions } from '../index/versions.ts';

/** File name → sha256 hex. */
export type Digests = Readonly<Record<string, string>>;

/** The files that an index page lists for one release. */
export function filesOf(page: ProjectPage, { name, version }: Release): readonly IndexFile[] {
  return page.files.filter((file) => {
    const parsed = parseFilename(file.filename, name);
    return parsed !== undefined && compareVersions(parsed.version, version) === 0;
  });
}

/**
 * Makes sure that all files found are files judged, byte for byte: a copy takes every file of a release, so one that
 * came later must be judged first. Fewer than judged is fine. An empty digest stands for a file whose index gives none:
 * the one it came in with binds it from here on.
 *
 * @throws {AwspipError} `changed-since-judged` (unavailable: the next request judges again).
 */
export function requireJudged(found: Digests, judged: Digests, { name, version }: Release): void {
  for (const [filename, sha256] of Object.entries(found)) {
    const expected = Object.hasOwn(judged, filename) ? judged[filename] : undefined;
    if (expected !== undefined && (sha256 === expected.toLowerCase() || (expected === '' && sha256 !== ''))) continue;
    const what = expected === undefined ? 'was not there' : `had sha256 ${expected}, not ${sha256 || 'none'}`;
    throw new AwspipError(
      'changed-since-judged',
      `${name} ${version} changed: ${filename} ${what} when it was judged`,
      {
        exit: 'unavailable',
      },
    );
  }
}
