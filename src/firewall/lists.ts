import type { ProjectName } from '../index/types.ts';
import { satisfies } from '../index/versions.ts';
import type { ListEntry, Policy } from './policy.ts';

/**
 * Checks whether a name matches a pattern in which `*` stands for any characters. It runs in linear time, because it builds
 * no regular expression from the pattern.
 */
export function fitsGlob(pattern: string, name: ProjectName): boolean {
  const parts = normalisePattern(pattern).split('*');
  const [first = '', ...rest] = parts;
  if (rest.length === 0) return first === name;
  if (!name.startsWith(first)) return false;
  const last = rest.pop() ?? '';
  let position = first.length;
  for (const part of rest) {
    const index = name.indexOf(part, position);
    if (index === -1) return false;
    position = index + part.length;
  }
  return name.length - last.length >= position && name.endsWith(last);
}

/** Checks whether the policy lists a name as internal, so that it must not be sent to an outside source. */
export function isInternal({ internal }: Pick<Policy, 'internal'>, name: ProjectName): boolean {
  return internal.some((pattern) => fitsGlob(pattern, name));
}

/** Returns how a policy, which may change, divides names between indexes. */
export const namingOf = (policy: () => Pick<Policy, 'indexes' | 'internal'>) => ({
  indexes: () => policy().indexes,
  isInternal: (name: ProjectName) => isInternal(policy(), name),
});

const normalisePattern = (pattern: string): string => pattern.toLowerCase().replace(/[-_.]+/g, '-');

/**
 * Returns the first entry of a list that matches a release. An entry with `versions` does not match an unknown version.
 *
 * @param now epoch milliseconds; an entry is ignored after its `until`
 */
export function findEntry(
  list: readonly ListEntry[],
  release: { readonly name: ProjectName; readonly version: string | null },
  now: number,
): ListEntry | undefined {
  return list.find(
    (entry) =>
      fitsGlob(entry.name, release.name) &&
      (entry.versions === undefined ||
        (release.version !== null && satisfies(release.version, entry.versions, { prereleases: true }))) &&
      isCurrent(entry, now),
  );
}

/**
 * Checks whether an entry still applies.
 *
 * @param now epoch milliseconds
 */
export function isCurrent({ until }: Pick<ListEntry, 'until'>, now: number): boolean {
  return until === undefined || now < endOf(until);
}

/** Returns the end in epoch milliseconds. A date without a time means the end of that day in UTC. */
export function endOf(until: string): number {
  const time = Date.parse(until);
  return /^\d{4}-\d\d-\d\d$/.test(until) ? time + 86_400_000 : time;
}

/** Checks whether an ISO time is after the newest one that a policy allows. A date means the end of that day in UTC. */
export function isAfter(time: string, newest: string): boolean {
  return Date.parse(time) > endOf(newest);
}

/** Returns the reason against a release that is newer than a policy allows. */
export const newestText = (newest: string): string =>
  `Uploaded after ${newest}, the newest time that the policy allows`;
