/** The original URLs of a lock file, before the relay's URLs replaced them. */
export type LockUrls = {
  /** The URL of each file, by `<first 16 hex digits of its SHA-256>/<file name>`. */
  readonly files: ReadonlyMap<string, string>;
  /** The index of each package, by the name in the lock file. */
  readonly registries: ReadonlyMap<string, string>;
};

export const emptyLockUrls: LockUrls = { files: new Map(), registries: new Map() };

const registry = /\bregistry = "(https?:\/\/[^"]{1,2000})"/;
const locked = /\burl = "(https?:\/\/[^"]{1,4000})", hash = "sha256:([0-9a-f]{64})"/;

/**
 * Replaces the index and file URLs of a uv.lock with the relay's. Then uv accepts the lock and downloads the pinned
 * files through the relay. Otherwise uv would resolve again, and `--frozen` would install unvetted files.
 */
export function redirectToRelay(text: string, indexUrl: string): { text: string; original: LockUrls } {
  const files = new Map<string, string>();
  const registries = new Map<string, string>();
  const base = new URL('../files/', indexUrl).href;
  const lines = eachLine(text, (line, { name, indexed }) => {
    const from = registry.exec(line)?.[1];
    if (from !== undefined) {
      // A killed run may have left a relay URL. Its original is looked up after the run.
      if (!isRelay(from)) registries.set(name, from);
      return line.replace(registry, () => `registry = "${indexUrl}"`);
    }
    const [, url = '', sha256 = ''] = (indexed && locked.exec(line)) || [];
    const key = `${sha256.slice(0, 16)}/${fileName(url)}`;
    if (url === '') return line;
    if (!isRelay(url)) files.set(key, url);
    return line.replace(url, () => `${base}${key}`);
  });
  return { text: lines, original: { files, registries } };
}

/** The URLs that replace those of the relay. */
export type RestoredUrls = {
  /** The URLs that the lock file had before the run. */
  readonly original: LockUrls;
  /** The index that the relay serves. */
  readonly index: string;
  /** The URLs of files that the run added, by the same key as `LockUrls.files`. */
  readonly files: ReadonlyMap<string, string>;
};

/** Returns the keys of all files whose relay URLs are in a text. */
export function relayFileKeys(text: string, indexUrl: string): string[] {
  return [...text.matchAll(relayFiles(indexUrl))].map(([, key = '']) => key);
}

/** Replaces the relay's URLs in a text with the real ones. URLs of unknown files stay. */
export function restoreUrls(text: string, indexUrl: string, { original, index, files }: RestoredUrls): string {
  const host = new URL(indexUrl).host;
  if (!text.includes(host)) return text;
  const simple = new RegExp(`${escaped(indexUrl.replace(/\/$/, ''))}/?(?![\\w/])`, 'g');
  return eachLine(text, (line, { name }) => {
    if (!line.includes(host)) return line;
    if (line.trim() === `--trusted-host ${host}`) return undefined;
    if (index === publicIndex && /^--index-url /.test(line.trim())) return undefined;
    const originalIndex = registry.test(line) ? original.registries.get(name) : undefined;
    return line
      .replace(relayFiles(indexUrl), (url, key: string) => original.files.get(key) ?? files.get(key) ?? url)
      .replace(simple, () => originalIndex ?? index);
  });
}

/** The URL of PyPI's index as uv and pipenv write it. */
export const publicIndex = 'https://pypi.org/simple';

function isRelay(url: string): boolean {
  return URL.canParse(url) && new URL(url).host.endsWith('.secure-pypi.invalid');
}

/** Checks whether a text contains a URL of the relay of this run or an earlier one. */
export function mentionsRelay(text: string): boolean {
  return /[0-9a-f]{8}\.secure-pypi\.invalid/.test(text);
}

type LinePosition = { readonly name: string; readonly indexed: boolean };

/** Changes each line, given the `[[package]]` that it belongs to. A change to undefined removes the line. */
function eachLine(text: string, change: (line: string, position: LinePosition) => string | undefined): string {
  let name = '';
  let indexed = false;
  return text
    .split('\n')
    .flatMap((line) => {
      if (line.startsWith('[[')) indexed = false;
      const packageName = /^name = "([^"]{1,300})"/.exec(line)?.[1];
      if (packageName !== undefined) name = packageName;
      if (/^source = \{ registry = "https?:/.test(line)) indexed = true;
      const inline = /\{ name = "([^"]{1,300})".{0,600}\bregistry = "/.exec(line)?.[1];
      return change(line, { name: inline ?? name, indexed }) ?? [];
    })
    .join('\n');
}

function relayFiles(indexUrl: string): RegExp {
  const base = new URL('../files/', indexUrl).href;
  return new RegExp(`${escaped(base)}([0-9a-f]{16}/[^\\s"'<>#?\\\\,)\\]]{1,1000})`, 'g');
}

function fileName(url: string): string {
  return URL.canParse(url) ? (new URL(url).pathname.split('/').at(-1) ?? '') : '';
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
}
