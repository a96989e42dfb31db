/** A number in a version. It is a `bigint` beyond 15 digits, where `number` loses precision. */
type Numeral = number | bigint;

/** The parts of a version (PEP 440). */
export type ParsedVersion = {
  readonly epoch: Numeral;
  /** Without trailing zeros. */
  readonly release: readonly Numeral[];
  /** Number of components in the release segment as written, with trailing zeros. */
  readonly segments: number;
  readonly pre?: { readonly letter: 'a' | 'b' | 'rc'; readonly number: Numeral } | undefined;
  readonly post?: Numeral | undefined;
  readonly dev?: Numeral | undefined;
  readonly local?: readonly (Numeral | string)[] | undefined;
  /** Normal form, equal to `str(Version(…))`. Trailing zeros are kept. */
  readonly normal: string;
  /** Normal form without trailing zeros: equal for all spellings of one version. */
  readonly key: string;
};

const maxVersionLength = 255;

/** PEP 440, appendix B. */
const pattern = new RegExp(
  [
    '^\\s*v?(?:(?<epoch>[0-9]+)!)?(?<release>[0-9]+(?:\\.[0-9]+)*)',
    '(?:[-_.]?(?<pre>alpha|a|beta|b|preview|pre|c|rc)[-_.]?(?<preNumber>[0-9]*))?',
    '(?:-(?<bare>[0-9]+)|[-_.]?(?<post>post|rev|r)[-_.]?(?<postNumber>[0-9]*))?',
    '(?:[-_.]?(?<dev>dev)[-_.]?(?<devNumber>[0-9]*))?',
    '(?:\\+(?<local>[a-z0-9]+(?:[-_.][a-z0-9]+)*))?\\s*$',
  ].join(''),
  'i',
);

const cache = new Map<string, ParsedVersion | undefined>();
/** More than one page of an index can have, so that sorting it parses no version twice. */
const maxCached = 80_000;

/** Parses a version; undefined when it is not valid under PEP 440. Results are cached. */
export function parseVersion(text: string): ParsedVersion | undefined {
  if (text.length > maxVersionLength) return undefined;
  if (cache.has(text)) return cache.get(text);
  if (cache.size >= maxCached) cache.clear();
  const parsed = parseUncached(text);
  cache.set(text, parsed);
  return parsed;
}

function parseUncached(text: string): ParsedVersion | undefined {
  const groups = pattern.exec(text)?.groups;
  if (groups?.release === undefined) return undefined;
  const release = groups.release.split('.').map(parseNumeral);
  const parts = {
    epoch: parseNumeral(groups.epoch ?? ''),
    pre: groups.pre === undefined ? undefined : parsePreRelease(groups.pre, groups.preNumber),
    post: groups.post === undefined ? parseOptional(groups.bare) : parseNumeral(groups.postNumber ?? ''),
    dev: groups.dev === undefined ? undefined : parseNumeral(groups.devNumber ?? ''),
    local: groups.local
      ?.toLowerCase()
      .split(/[-_.]/)
      .map((part) => (/^[0-9]+$/.test(part) ? parseNumeral(part) : part)),
  };
  const trimmed = { ...parts, release: withoutTrailingZeros(release) };
  return {
    ...trimmed,
    segments: release.length,
    normal: renderVersion({ ...parts, release }),
    key: renderVersion(trimmed),
  };
}

function parseNumeral(digits: string): Numeral {
  return digits.length > 15 ? BigInt(digits) : Number(digits);
}

function parseOptional(digits: string | undefined): Numeral | undefined {
  return digits === undefined ? undefined : parseNumeral(digits);
}

function parsePreRelease(label: string, digits = ''): ParsedVersion['pre'] {
  const initial = label[0]?.toLowerCase();
  return { letter: initial === 'a' || initial === 'b' ? initial : 'rc', number: parseNumeral(digits) };
}

function withoutTrailingZeros(release: readonly Numeral[]): readonly Numeral[] {
  let length = release.length;
  while (length > 0 && Number(release[length - 1]) === 0) length -= 1;
  return release.slice(0, length);
}

function renderVersion({
  epoch,
  release,
  pre,
  post,
  dev,
  local,
}: Omit<ParsedVersion, 'normal' | 'key' | 'segments'>): string {
  return [
    Number(epoch) === 0 ? '' : `${epoch}!`,
    release.join('.'),
    pre === undefined ? '' : `${pre.letter}${pre.number}`,
    post === undefined ? '' : `.post${post}`,
    dev === undefined ? '' : `.dev${dev}`,
    local === undefined ? '' : `+${local.join('.')}`,
  ].join('');
}

/** Compares two versions in PEP 440 order; negative when `a` is older. `public` ignores local segments. */
export function compareParsed(a: ParsedVersion, b: ParsedVersion, { public: publicOnly = false } = {}): number {
  return (
    compareBase(a, b) ||
    comparePre(a, b) ||
    compareNumerals(a.post ?? -1, b.post ?? -1) ||
    compareNumerals(a.dev ?? Infinity, b.dev ?? Infinity) ||
    (publicOnly ? 0 : compareLocal(a.local, b.local))
  );
}

/** Compares two versions by epoch and release segment only. */
export function compareBase(a: ParsedVersion, b: ParsedVersion): number {
  const epochs = compareNumerals(a.epoch, b.epoch);
  if (epochs !== 0) return epochs;
  const length = Math.max(a.release.length, b.release.length);
  for (let index = 0; index < length; index += 1) {
    const order = compareNumerals(a.release[index] ?? 0, b.release[index] ?? 0);
    if (order !== 0) return order;
  }
  return 0;
}

/** Compares two numbers of a version. */
export function compareNumerals(a: Numeral, b: Numeral): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function comparePre(a: ParsedVersion, b: ParsedVersion): number {
  return preRank(a) - preRank(b) || compareNumerals(a.pre?.number ?? 0, b.pre?.number ?? 0);
}

/** Ranks a version by its pre-release kind: 1.0.dev1 < 1.0a1 < 1.0b1 < 1.0rc1 < 1.0 < 1.0.post1. */
function preRank({ pre, post, dev }: ParsedVersion): number {
  if (pre !== undefined) return { a: 1, b: 2, rc: 3 }[pre.letter];
  return post === undefined && dev !== undefined ? 0 : 4;
}

function compareLocal(a: ParsedVersion['local'], b: ParsedVersion['local']): number {
  if (a === undefined || b === undefined) return Number(a !== undefined) - Number(b !== undefined);
  for (let index = 0; index < Math.min(a.length, b.length); index += 1) {
    const order = compareLocalParts(a[index] ?? 0, b[index] ?? 0);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

/** Compares two parts of a local segment. Text sorts before numbers. */
function compareLocalParts(a: Numeral | string, b: Numeral | string): number {
  if (typeof a === 'string') return typeof b === 'string' ? (a < b ? -1 : a > b ? 1 : 0) : -1;
  return typeof b === 'string' ? 1 : compareNumerals(a, b);
}
