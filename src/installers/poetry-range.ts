/**
 * Converts a version range of poetry to a PEP 440 specifier: `^1.2`, `~1.2`, `1.2.*`, `*`, or a bare version. Returns
 * undefined for a range that no specifier expresses, such as one with `||`.
 *
 * @see https://python-poetry.org/docs/dependency-specification/
 */
export function poetryRange(text: string): string | undefined {
  const parts = text.split(',').map((part) => part.trim());
  const ranges = parts.map(specifierOf);
  if (ranges.some((range) => range === undefined)) return undefined;
  return ranges.filter((range) => range !== '').join(',');
}

function specifierOf(part: string): string | undefined {
  if (part === '*' || part === '') return '';
  const [, sign = '', version = ''] = /^(\^|~(?!=))?\s*(\d{1,9}(?:\.\d{1,9}){0,5})$/.exec(part) ?? [];
  if (version === '') return pep440Specifier(part);
  if (sign === '') return `==${version}`;
  const numbers = version.split('.').map(Number);
  const kept = sign === '^' ? caretLength(numbers) : Math.min(2, numbers.length);
  const bound = numbers.slice(0, kept);
  bound[kept - 1] = (bound[kept - 1] ?? 0) + 1;
  return `>=${version},<${bound.join('.')}`;
}

/** Returns how many numbers of a caret range are fixed: those up to the first that is not 0. */
function caretLength(numbers: readonly number[]): number {
  const first = numbers.findIndex((number) => number !== 0);
  return first < 0 ? numbers.length : first + 1;
}

function pep440Specifier(part: string): string | undefined {
  if (/^\d[\w.+!]{0,80}\.\*$/.test(part)) return `==${part}`;
  return /^(?:[<>]=?|[=!~]=|===)\s*\w[\w.+!*]{0,80}$/.test(part) ? part.replace(/\s/g, '') : undefined;
}
