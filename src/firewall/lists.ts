import type { ProjectName } from '../index/types.ts';
import { satisfies } from '../index/versions.ts';
import type { ListEntry, Policy } from './policy.ts';

/** Whether a name fits a pattern in which `*` stands for any run of characters. Linear: no regular expression is built from data. */
export function fitsGlob(pattern: string, name: ProjectName): boolean {
  const parts = normalisePattern(pattern).split('*');
  const [first = '', ...rest] = parts;
  if (rest.length === 0) return first === name;
  if (!name.startsWith(first)) return false;
  const last = rest.pop() ?? '';
  let at = first.length;
  for (const part of rest) {
    const found = name.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return name.length - last.length >= at && name.endsWith(last);
}

/** Whether a name is a team's own by the policy: it is sent to no outside source. */
export function isInternal({ internal }: Policy, name: ProjectName): boolean {
  return internal.some((pattern) => fitsGlob(pattern, name));
}

const normalisePattern = (pattern: string): string => pattern.toLowerCase().replace(/[-_.]+/g, '-');

/**
 * First entry of a list that speaks of this release. An entry with versions does not fit an unknown version.
 * @param now epoch milliseconds: entries past their `until` no longer count
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
      (entry.until === undefined || now < endOf(entry.until)),
  );
}

/** A bare date counts to its end. */
function endOf(until: string): number {
  const time = Date.parse(until);
  return /^\d{4}-\d\d-\d\d$/.test(until) ? time + 86_400_000 : time;
}
