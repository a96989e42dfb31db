import { matching } from './versions.ts';

type ListedVersion = { readonly version: string; readonly yanked: boolean };

/**
 * Maximum length of a combined specifier. Beyond it, the clauses apply one by one, so a pre-release that only one
 * clause names is not allowed.
 */
const maxSpecifierLength = 8_000;

/**
 * Returns the positions of the candidates that pip considers under all these specifiers, in the order of `candidates`.
 * Pre-releases count only if a specifier names one, all are allowed, or nothing else matches (PEP 440). Yanked releases
 * count only under an exact pin that matches nothing else (PEP 592).
 */
export function admissiblePositions(
  candidates: readonly ListedVersion[],
  specifiers: Iterable<string>,
  { prereleases }: { readonly prereleases: boolean },
): number[] {
  const clauses = new Set([...specifiers].flatMap((text) => text.split(',')).filter((clause) => clause !== ''));
  const joint = [...clauses].join(',');
  const versions = candidates.map(({ version }) => version);
  const matches = new Set(
    joint.length <= maxSpecifierLength
      ? matching(versions, joint, { prereleases })
      : [...clauses].reduce((rest, clause) => matching(rest, clause, { prereleases }), versions),
  );
  const matched = [...candidates.keys()].filter((position) => matches.has(versions[position] ?? ''));
  const unyanked = matched.filter((position) => candidates[position]?.yanked === false);
  return unyanked.length === 0 && [...clauses].some(isExactPin) ? matched : unyanked;
}

function isExactPin(clause: string): boolean {
  return clause.startsWith('===') || (clause.startsWith('==') && !clause.endsWith('.*'));
}
