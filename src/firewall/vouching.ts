import type { RequiredBy, Signals } from './types.ts';

/**
 * Returns the ranked release that needs this one, directly or through others; undefined if none does. A name that a ranked
 * release requires in its metadata is not a typo, and is as well known as the release that requires it.
 */
export function vouchingRelease({
  rank,
  requiredBy = [],
}: Pick<Signals, 'rank' | 'requiredBy'>): RequiredBy | undefined {
  return rank === null ? requiredBy.find((release) => release.rank !== null) : undefined;
}

/** Returns why a finding does not count for a release that a ranked one requires. */
export const vouchingText = ({ name, version }: RequiredBy): string =>
  `the ranked release ${name} ${version} requires it`;
