import type { ArchiveBytes } from './archive-bytes.ts';
import type { ArchiveEntry, Collect } from './archive-entry.ts';
import { type ArchiveLimits, UnreadableArchive } from './archive-limits.ts';
import { readTarGz } from './tar-archive.ts';
import { readZip } from './zip-archive.ts';

/** The files that pip unpacks from an archive, by path. Links are resolved. */
export type FileTree = {
  readonly paths: ReadonlySet<string>;
  readonly folders: ReadonlySet<string>;
  /** Returns the content of a file; undefined if there is none or it was too large to keep. */
  readonly content: (path: string) => Buffer | undefined;
  /** Returns the size of a file in bytes. */
  readonly size: (path: string) => number | undefined;
  /** Reads further files of the archive into memory. Returns whether one was added. */
  readonly load: (paths: ReadonlySet<string>) => Promise<boolean>;
};

type Format = 'wheel' | 'zip' | 'tar.gz';

/** Returns the format of a distribution file that awspip reads; undefined for every other one. */
export function archiveFormat(filename: string): Format | undefined {
  const lower = filename.toLowerCase();
  if (lower.endsWith('.whl')) return 'wheel';
  if (lower.endsWith('.zip')) return 'zip';
  return /\.(?:tar\.gz|tgz)$/.test(lower) ? 'tar.gz' : undefined;
}

/**
 * Reads a complete archive and returns its files as pip unpacks them (pip 26, `utils/unpacking.py`): the folder that all
 * entries have in common is removed from an sdist, and of entries with the same path the last one wins.
 *
 * @param isKept selects the files to keep in memory by path.
 * @throws {UnreadableArchive} for an archive that is damaged, ambiguous, of an unknown format or beyond a limit.
 */
export async function readFileTree(
  bytes: ArchiveBytes,
  format: Format | undefined,
  isKept: (path: string, size: number) => boolean,
  limits: ArchiveLimits,
): Promise<FileTree> {
  if (format === undefined) throw new UnreadableArchive('has a format that awspip does not read');
  if (bytes.size > limits.packed) throw new UnreadableArchive(`is larger than ${limits.packed} bytes`);
  const read = (collect: Collect): Promise<void> =>
    format === 'tar.gz' ? readTarGz(bytes, limits, collect) : readZip(bytes, limits, collect);
  const entries: ArchiveEntry[] = [];
  const contents = new Map<ArchiveEntry, Buffer>();
  let keptBytes = 0;
  const keep = (entry: ArchiveEntry) => (content: Buffer) => {
    keptBytes += content.length;
    if (keptBytes > limits.kept) throw new UnreadableArchive(`has more than ${limits.kept} bytes of code`);
    contents.set(entry, content);
  };
  await read((entry) => {
    entries.push(entry);
    const isWanted = entry.kind === 'file' && entry.size <= limits.entry && isKept(entry.path, entry.size);
    return isWanted ? keep(entry) : undefined;
  });
  const tree = unpack(entries, format !== 'wheel');
  const load = async (paths: ReadonlySet<string>): Promise<boolean> => {
    const missing = new Set(
      [...paths].flatMap((path) => {
        const entry = tree.find(path);
        const isLoadable = entry !== undefined && !contents.has(entry) && entry.size <= limits.entry;
        return isLoadable ? [entries.indexOf(entry)] : [];
      }),
    );
    if (missing.size === 0) return false;
    let index = -1;
    await read(() => {
      index += 1;
      const entry = entries[index];
      return entry !== undefined && missing.has(index) ? keep(entry) : undefined;
    });
    return true;
  };
  return {
    paths: tree.paths,
    folders: tree.folders,
    content: (path) => {
      const entry = tree.find(path);
      return entry === undefined ? undefined : contents.get(entry);
    },
    size: (path) => tree.find(path)?.size,
    load,
  };
}

type Unpacked = {
  readonly paths: ReadonlySet<string>;
  readonly folders: ReadonlySet<string>;
  readonly find: (path: string) => ArchiveEntry | undefined;
};

function unpack(entries: readonly ArchiveEntry[], isFlat: boolean): Unpacked {
  const depth = isFlat ? leadingFolders(entries.map(({ path }) => path)) : 0;
  const strip = (path: string): string => {
    let rest = path;
    for (let level = 0; level < depth; level += 1) [, rest] = splitLeadingFolder(rest);
    return normalise(rest);
  };
  const files = new Map<string, ArchiveEntry>();
  const links = new Map<string, string>();
  const folders = new Set<string>();
  for (const entry of entries) {
    if (entry.path.startsWith('/') || /^[a-z]:/i.test(entry.path)) {
      throw new UnreadableArchive(`has the absolute path \`${entry.path.slice(0, 100)}\``);
    }
    const path = strip(entry.path);
    if (path === '..' || path.startsWith('../')) {
      throw new UnreadableArchive(`has a path outside its folder, \`${entry.path.slice(0, 100)}\``);
    }
    if (entry.isLinkInOtherReaders === true) throw new UnreadableArchive(`has the link \`${path.slice(0, 100)}\``);
    if (links.has(path) && entry.kind !== 'folder') throw new UnreadableArchive(`has \`${path}\` twice, one a link`);
    for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1)) {
      const folder = path.slice(0, at);
      if (links.has(folder)) throw new UnreadableArchive(`has an entry below the link \`${folder.slice(0, 100)}\``);
      if (folders.has(folder)) break;
      folders.add(folder);
    }
    if (entry.kind === 'folder') folders.add(path);
    else if (entry.kind === 'file') files.set(path, entry);
    else if (entry.kind !== 'special') {
      if (files.has(path)) throw new UnreadableArchive(`has \`${path}\` twice, one a link`);
      links.set(path, linkTarget(entry, path, strip));
    }
  }
  const find = (path: string): ArchiveEntry | undefined => {
    let current: string = path;
    for (let hops = 0; hops < 16; hops += 1) {
      const file = files.get(current);
      if (file !== undefined) return file;
      const next = followLink(current, links);
      if (next === undefined) return undefined;
      current = next;
    }
    return undefined;
  };
  const paths = new Set(files.keys());
  for (const [link, target] of links) addLinked(link, target, { files, folders, paths });
  return { paths, folders, find };
}

/** Adds the paths that are visible through a link. A link to a folder shows its files below the link. */
function addLinked(
  link: string,
  target: string,
  { files, folders, paths }: { files: ReadonlyMap<string, ArchiveEntry>; folders: Set<string>; paths: Set<string> },
): void {
  if (files.has(target)) paths.add(link);
  else if (folders.has(target) || target === '') {
    folders.add(link);
    const prefix = target === '' ? '' : `${target}/`;
    for (const file of files.keys()) if (file.startsWith(prefix)) paths.add(`${link}/${file.slice(prefix.length)}`);
  } else paths.add(link);
}

function followLink(path: string, links: ReadonlyMap<string, string>): string | undefined {
  for (let at = path.length; at > 0; at = path.lastIndexOf('/', at - 1)) {
    const target = links.get(path.slice(0, at));
    if (target !== undefined) return normalise(`${target}${path.slice(at)}`);
  }
  return undefined;
}

/** A symbolic link is relative to its folder; a hard link names a path of the archive. */
function linkTarget(entry: ArchiveEntry, path: string, strip: (path: string) => string): string {
  const target = entry.target ?? '';
  if (entry.kind === 'hard-link') return strip(target);
  return normalise(`${path.slice(0, path.lastIndexOf('/') + 1)}${target}`);
}

/** Returns a relative path without `.`, `..` and repeated separators. */
function normalise(path: string): string {
  const parts: string[] = [];
  for (const part of path.replaceAll('\\', '/').split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..' && parts.length > 0 && parts.at(-1) !== '..') parts.pop();
    else parts.push(part);
  }
  return parts.join('/');
}

function splitLeadingFolder(path: string): readonly [string, string] {
  const relative = path.replace(/^\/+/, '').replace(/^\\+/, '');
  const at = relative.search(/[/\\]/);
  return at === -1 ? [relative, ''] : [relative.slice(0, at), relative.slice(at + 1)];
}

const maxLeading = 3;

/** Returns how many folders to remove: the one that pip removes, and others if the build files are below them. */
function leadingFolders(paths: readonly string[]): number {
  if (!hasLeadingFolder(paths)) return 0;
  let inner = paths;
  for (let depth = 1; depth <= maxLeading; depth += 1) {
    inner = inner.map((path) => splitLeadingFolder(path)[1]).filter((path) => path !== '');
    if (inner.some((path) => /^(?:setup\.py|setup\.cfg|pyproject\.toml)$/.test(path))) return depth;
    if (!hasLeadingFolder(inner)) break;
  }
  return 1;
}

function hasLeadingFolder(paths: readonly string[]): boolean {
  const leading = new Set(paths.map((path) => splitLeadingFolder(path)[0]));
  return leading.size === 1 && !leading.has('');
}
