import type { ProjectName } from './types.ts';

/** An index, and the only names that it is used for. */
export type NamedIndex = {
  /** The root of a simple index, without credentials. */
  readonly url: string;
  /** Normalised names, and beginnings of names followed by `*`. */
  readonly names: readonly string[];
  /** Why the index can't be used. Its names are then unreachable. */
  readonly problem?: string | undefined;
};

/** A normalised name, or its beginning of at least two characters and `*`. */
export const namePattern = /^(?:[a-z0-9]+(?:-[a-z0-9]+)*|(?=[a-z0-9-]{2})[a-z0-9]+(?:-[a-z0-9]+)*-?\*)$/;

const prefixOf = (pattern: string): string | undefined => (pattern.endsWith('*') ? pattern.slice(0, -1) : undefined);

/** Checks whether a pattern matches every name that another one matches. */
export function coversNames(outer: string, inner: string): boolean {
  const prefix = prefixOf(outer);
  return prefix === undefined ? outer === inner : inner.startsWith(prefix);
}

/** Returns the index that a name is assigned to; undefined for names of the main index. */
export function indexOf(name: ProjectName, indexes: readonly NamedIndex[]): NamedIndex | undefined {
  return indexes.find(({ names }) => names.some((pattern) => coversNames(pattern, name)));
}

/** Returns two patterns of different indexes that match the same name; undefined if every name has one index. */
export function overlappingNames(indexes: readonly NamedIndex[]): readonly [string, string] | undefined {
  const all = indexes.flatMap(({ url, names }) => names.map((pattern) => ({ url: sameIndexKey(url), pattern })));
  const exact = new Map<string, string>();
  for (const { url, pattern } of all) {
    const known = exact.get(pattern);
    if (known !== undefined && known !== url) return [pattern, pattern];
    exact.set(pattern, url);
  }
  const prefixes = all.filter(({ pattern }) => pattern.endsWith('*'));
  for (const outer of prefixes) {
    const inner = all.find(({ url, pattern }) => url !== outer.url && coversNames(outer.pattern, pattern));
    if (inner !== undefined) return [outer.pattern, inner.pattern];
  }
  return undefined;
}

/** Returns why a text is not the URL of a named index; undefined if it is one. */
export function indexUrlProblem(text: string): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) return 'must be the https URL of a simple index';
  if (url.username !== '' || url.password !== '')
    return 'must have no credentials; put them into a netrc file or a keyring';
  if (url.protocol === 'http:' && !isLoopback(url.hostname))
    return 'must begin with `https://`, except on this machine';
  if (/[?#\s]/.test(text)) return 'must have no `?`, `#` or space';
  return undefined;
}

const isLoopback = (host: string): boolean => /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(host);

/**
 * Returns a text that is the same for spellings of one index: host and scheme in lower case, no needless escapes, and no slash
 * at the end.
 */
export function sameIndexKey(text: string): string {
  if (!URL.canParse(text)) return text;
  const { protocol, host, pathname } = new URL(text);
  return `${protocol}//${host}${unescaped(pathname)}`.replace(/\/+$/, '');
}

function unescaped(pathname: string): string {
  try {
    return decodeURIComponent(pathname);
  } catch {
    return pathname;
  }
}

/** Returns indexes in an order that depends only on what they are: by URL, with the names of one URL together. */
export function sortedIndexes(indexes: readonly NamedIndex[]): readonly NamedIndex[] {
  const byUrl = new Map<string, string[]>();
  for (const { url, names } of indexes)
    byUrl.set(sameIndexKey(url), [...(byUrl.get(sameIndexKey(url)) ?? []), ...names]);
  return [...byUrl]
    .map(([url, names]) => ({ url, names: [...new Set(names)].sort() }))
    .sort((a, b) => (a.url < b.url ? -1 : 1));
}
