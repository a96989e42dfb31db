import { compareParsed, parseVersion } from './parsed-version.ts';
import { isPreRelease } from './specifiers.ts';

export { isSpecifier, matching, satisfies } from './specifiers.ts';

/** Checks whether a text is a valid version (PEP 440). */
export function isVersion(text: string): boolean {
  return parseVersion(text) !== undefined;
}

/** Checks whether a version is an alpha, beta, candidate or development release. False for an invalid version. */
export function isPrerelease(version: string): boolean {
  const parsed = parseVersion(version);
  return parsed !== undefined && isPreRelease(parsed);
}

/** Returns the normal form of a version (PEP 440). An invalid version is returned unchanged. */
export function normaliseVersion(version: string): string {
  return parseVersion(version)?.normal ?? version;
}

/**
 * Returns the same text for all spellings of one version, such as `1.0` and `1.0.0`. An invalid version is returned
 * unchanged.
 */
export function versionKey(version: string): string {
  return parseVersion(version)?.key ?? version;
}

/**
 * Compares two versions in PEP 440 order; negative when `a` is older. An invalid version is older than every valid one.
 */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [parseVersion(a), parseVersion(b)];
  if (left !== undefined && right !== undefined) return compareParsed(left, right);
  if (left === undefined && right === undefined) return a < b ? -1 : a > b ? 1 : 0;
  return left === undefined ? -1 : 1;
}
