import { compareBase, compareNumerals, compareParsed, type ParsedVersion, parseVersion } from './parsed-version.ts';

/** One clause of a specifier: an operator and its operand. */
type Clause = {
  readonly operator: string;
  /** As written, without surrounding whitespace. */
  readonly text: string;
  /** Undefined when the operand of `===` is not a valid version. */
  readonly version?: ParsedVersion | undefined;
  /** The part of the release segment that `==1.2.*` and `~=1.2.3` fix. */
  readonly prefix?: { readonly length: number; readonly version: ParsedVersion } | undefined;
};

const maxSpecifierLength = 8192;
/** Each version of a project is compared with each clause. The longest specifiers on PyPI have about 50. */
const maxClauses = 250;
const operators = /^(===|~=|==|!=|<=|>=|<|>)\s*(\S+)$/;
const cache = new Map<string, readonly Clause[] | undefined>();
const maxCached = 20_000;

/** Checks whether a text is a specifier set (PEP 440). The empty text is one. */
export function isSpecifier(text: string): boolean {
  return parseSpecifier(text) !== undefined;
}

/**
 * Checks whether a version satisfies a specifier, as `packaging` does.
 *
 * Pre-releases count when `prereleases` is true or the specifier names one. A version that is not valid under PEP 440
 * satisfies only `===`. No version satisfies an invalid specifier.
 */
export function satisfies(version: string, specifier: string, { prereleases }: { prereleases: boolean }): boolean {
  const clauses = parseSpecifier(specifier);
  if (clauses === undefined) return false;
  const parsed = parseVersion(version);
  if (parsed === undefined) {
    const isIdentical = (clause: Clause): boolean => clause.operator === '===' && isEqualText(clause.text, version);
    return clauses.length > 0 && clauses.every(isIdentical);
  }
  if (!prereleases && isPreRelease(parsed) && !clauses.some(namesPreRelease)) return false;
  return clauses.every((clause) => isSatisfied(clause, parsed, version));
}

/**
 * Returns the versions that satisfy a specifier, in the given order. Pre-releases follow pip's rule: they count only if
 * no final version matches, or if `prereleases` or the specifier allows them.
 */
export function matching(
  versions: readonly string[],
  specifier: string,
  { prereleases }: { prereleases: boolean },
): string[] {
  const matches = versions.filter((version) => satisfies(version, specifier, { prereleases }));
  if (matches.length > 0 || prereleases) return matches;
  return versions.filter((version) => satisfies(version, specifier, { prereleases: true }));
}

/** Checks whether a version is an alpha, beta, candidate or development release. */
export function isPreRelease({ pre, dev }: ParsedVersion): boolean {
  return pre !== undefined || dev !== undefined;
}

function parseSpecifier(text: string): readonly Clause[] | undefined {
  if (text.length > maxSpecifierLength) return undefined;
  if (cache.has(text)) return cache.get(text);
  if (cache.size >= maxCached) cache.clear();
  const parsed = parseClauses(text.split(','));
  cache.set(text, parsed);
  return parsed;
}

function parseClauses(parts: readonly string[]): readonly Clause[] | undefined {
  const texts = parts.map((part) => part.trim()).filter((part) => part !== '');
  if (texts.length > maxClauses) return undefined;
  const clauses: Clause[] = [];
  for (const text of texts) {
    const clause = parseClause(text);
    if (clause === undefined) return undefined;
    clauses.push(clause);
  }
  return clauses;
}

function parseClause(part: string): Clause | undefined {
  const [, operator = '', text = ''] = operators.exec(part) ?? [];
  if (operator === '') return undefined;
  if (operator === '===') return /[;)]/.test(text) ? undefined : { operator, text, version: parseVersion(text) };
  const star = text.endsWith('.*');
  const version = parseVersion(star ? text.slice(0, -2) : text);
  if (version === undefined) return undefined;
  const exact = operator === '==' || operator === '!=';
  if (version.local !== undefined && !exact) return undefined;
  const length = version.segments;
  if (star)
    return exact && isReleaseOnly(version) ? { operator, text, version, prefix: { length, version } } : undefined;
  if (operator === '~=')
    return length < 2 ? undefined : { operator, text, version, prefix: { length: length - 1, version } };
  return { operator, text, version };
}

function isReleaseOnly({ pre, post, dev, local }: ParsedVersion): boolean {
  return pre === undefined && post === undefined && dev === undefined && local === undefined;
}

function namesPreRelease({ operator, version }: Clause): boolean {
  return operator !== '!=' && version !== undefined && isPreRelease(version);
}

function isSatisfied(
  { operator, text, version, prefix }: Clause,
  candidate: ParsedVersion,
  versionText: string,
): boolean {
  if (operator === '===') return isEqualText(text, candidate.normal) || isEqualText(text, versionText);
  if (version === undefined) return false;
  switch (operator) {
    case '==':
      return prefix === undefined ? isEqual(candidate, version) : startsWith(candidate, prefix);
    case '!=':
      return prefix === undefined ? !isEqual(candidate, version) : !startsWith(candidate, prefix);
    case '~=':
      return comparePublic(candidate, version) >= 0 && prefix !== undefined && startsWith(candidate, prefix);
    case '<=':
      return comparePublic(candidate, version) <= 0;
    case '>=':
      return comparePublic(candidate, version) >= 0;
    case '<':
      return isBelow(candidate, version);
    default:
      return isAbove(candidate, version);
  }
}

function isEqualText(a: string, b: string): boolean {
  return a.trim().toLowerCase() === b.trim().toLowerCase();
}

function comparePublic(a: ParsedVersion, b: ParsedVersion): number {
  return compareParsed(a, b, { public: true });
}

/** Checks equality. The candidate's local segment counts only if the specifier has one. */
function isEqual(candidate: ParsedVersion, version: ParsedVersion): boolean {
  return compareParsed(candidate, version, { public: version.local === undefined }) === 0;
}

function startsWith(candidate: ParsedVersion, { length, version }: NonNullable<Clause['prefix']>): boolean {
  if (compareNumerals(candidate.epoch, version.epoch) !== 0) return false;
  for (let index = 0; index < length; index += 1) {
    if (compareNumerals(candidate.release[index] ?? 0, version.release[index] ?? 0) !== 0) return false;
  }
  return true;
}

/** Checks the exclusive `<` of PEP 440: `<3.1` excludes 3.1.dev0. */
function isBelow(candidate: ParsedVersion, version: ParsedVersion): boolean {
  if (compareParsed(candidate, version) >= 0) return false;
  return isPreRelease(version) || !isPreRelease(candidate) || compareBase(candidate, version) !== 0;
}

/** Checks the exclusive `>` of PEP 440: `>3.1` excludes 3.1.post1 and 3.1+local. */
function isAbove(candidate: ParsedVersion, version: ParsedVersion): boolean {
  if (compareParsed(candidate, version) <= 0) return false;
  if (compareBase(candidate, version) !== 0) return true;
  return candidate.local === undefined && (version.post !== undefined || candidate.post === undefined);
}
