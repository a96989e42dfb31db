/** Where one package's files and index stood in a lock file before the relay took their place. */
export type LockMemory = {
  /** Address of a file by `<first 16 hex of its sha256>/<file name>`. */
  readonly files: ReadonlyMap<string, string>;
  /** Index by the package's name as written. */
  readonly registries: ReadonlyMap<string, string>;
};

export const nothingKnown: LockMemory = { files: new Map(), registries: new Map() };

const registry = /\bregistry = "(https?:\/\/[^"]{1,2000})"/;
const locked = /\burl = "(https?:\/\/[^"]{1,4000})", hash = "sha256:([0-9a-f]{64})"/;

/**
 * A uv.lock in which the relay stands for every index, so that uv takes it for its own and fetches what it pins through
 * the relay: else it would lock anew, and `--frozen` would go past every vetting.
 */
export function towardsRelay(text: string, indexUrl: string): { text: string; memory: LockMemory } {
  const files = new Map<string, string>();
  const registries = new Map<string, string>();
  const base = new URL('../files/', indexUrl).href;
  const lines = eachLine(text, (line, { name, indexed }) => {
    const from = registry.exec(line)?.[1];
    if (from !== undefined) {
      // Left by a run that was killed: what it stood for is found out afterwards.
      if (!isRelay(from)) registries.set(name, from);
      return line.replace(registry, () => `registry = "${indexUrl}"`);
    }
    const [, url = '', sha256 = ''] = (indexed && locked.exec(line)) || [];
    const key = `${sha256.slice(0, 16)}/${fileName(url)}`;
    if (url === '') return line;
    if (!isRelay(url)) files.set(key, url);
    return line.replace(url, () => `${base}${key}`);
  });
  return { text: lines, memory: { files, registries } };
}

/** What addresses of the relay stand for. */
export type RealAddresses = {
  readonly memory: LockMemory;
  /** The index that stands behind the relay. */
  readonly index: string;
  /** Addresses of files by the same key as `LockMemory.files`. */
  readonly files: ReadonlyMap<string, string>;
};

/** The keys of all files that a text names by the relay's address. */
export function filesOfRelay(text: string, indexUrl: string): string[] {
  return [...text.matchAll(relayFiles(indexUrl))].map(([, key = '']) => key);
}

/** A text with the real addresses in the relay's place; those of files that nobody knows stay. */
export function fromRelay(text: string, indexUrl: string, { memory, index, files }: RealAddresses): string {
  const host = new URL(indexUrl).host;
  if (!text.includes(host)) return text;
  const simple = new RegExp(`${escaped(indexUrl.replace(/\/$/, ''))}/?(?![\\w/])`, 'g');
  return eachLine(text, (line, { name }) => {
    if (!line.includes(host)) return line;
    if (line.trim() === `--trusted-host ${host}`) return undefined;
    if (index === publicIndex && /^--index-url /.test(line.trim())) return undefined;
    const known = registry.test(line) ? memory.registries.get(name) : undefined;
    return line
      .replace(relayFiles(indexUrl), (whole, key: string) => memory.files.get(key) ?? files.get(key) ?? whole)
      .replace(simple, () => known ?? index);
  });
}

/** As uv and pipenv write it. */
export const publicIndex = 'https://pypi.org/simple';

function isRelay(url: string): boolean {
  return URL.canParse(url) && new URL(url).host.endsWith('.secure-pypi.invalid');
}

/** Whether a text names the relay of this run or of an earlier one. */
export function namesRelay(text: string): boolean {
  return /[0-9a-f]{8}\.secure-pypi\.invalid/.test(text);
}

type LinePosition = { readonly name: string; readonly indexed: boolean };

/** Changes each line, knowing the `[[package]]` it belongs to; undefined takes it out. */
function eachLine(text: string, change: (line: string, position: LinePosition) => string | undefined): string {
  let name = '';
  let indexed = false;
  return text
    .split('\n')
    .flatMap((line) => {
      if (line.startsWith('[[')) indexed = false;
      const own = /^name = "([^"]{1,300})"/.exec(line)?.[1];
      if (own !== undefined) name = own;
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
