import { compareParsed, parseVersion } from './parsed-version.ts';
import { isPreRelease } from './specifiers.ts';

export { isSpecifier, matching, satisfies } from './specifiers.ts';

/** Whether a text is a version by PEP 440, in whatever spelling. */
export function isVersion(text: string): boolean {
  return parseVersion(text) !== undefined;
}

/** Whether a version is an alpha, beta, candidate or development release; false for what is no version. */
export function isPrerelease(version: string): boolean {
  const parsed = parseVersion(version);
  return parsed !== undefined && isPreRelease(parsed);
}

/** The one spelling of a version (PEP 440); what is no version stays as it is. */
export function normaliseVersion(version: string): string {
  return parseVersion(version)?.normal ?? version;
}

/** The same text for all spellings of one version, `1.0` and `1.0.0` too; what is no version stays as it is. */
export function versionKey(version: string): string {
  return parseVersion(version)?.key ?? version;
}

/** Order of PEP 440, negative when `a` is older; what is no version is older than all that are. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [parseVersion(a), parseVersion(b)];
  if (left !== undefined && right !== undefined) return compareParsed(left, right);
  if (left === undefined && right === undefined) return a < b ? -1 : a > b ? 1 : 0;
  return left === undefined ? -1 : 1;
}
