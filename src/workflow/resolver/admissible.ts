import { matching } from '../../index/versions.ts';

type Listed = { readonly version: string; readonly yanked: boolean };

/** Longest specifier that is joined from many: past it pre-releases count as not named. */
const maxJointVersions = 8_000;

/**
 * Which candidates pip would look at under all these specifiers together, by position: pre-releases only if one of them
 * names one, all are allowed, or there is nothing else (PEP 440); yanked ones only under an exact pin that leaves nothing
 * else (PEP 592). Newest first in, newest first out.
 */
export function admissible(
  candidates: readonly Listed[],
  specifiers: Iterable<string>,
  { prereleases }: { readonly prereleases: boolean },
): number[] {
  const clauses = new Set([...specifiers].flatMap((text) => text.split(',')).filter((clause) => clause !== ''));
  const joint = [...clauses].join(',');
  const versions = candidates.map(({ version }) => version);
  const left = new Set(
    joint.length <= maxJointVersions
      ? matching(versions, joint, { prereleases })
      : [...clauses].reduce((rest, clause) => matching(rest, clause, { prereleases }), versions),
  );
  const found = [...candidates.keys()].filter((at) => left.has(versions[at] ?? ''));
  const unyanked = found.filter((at) => candidates[at]?.yanked === false);
  return unyanked.length === 0 && [...clauses].some(isExactPin) ? found : unyanked;
}

function isExactPin(clause: string): boolean {
  return clause.startsWith('===') || (clause.startsWith('==') && !clause.endsWith('.*'));
}
