import type { FileTree } from '../archives/file-tree.ts';
import { decodeSource } from '../python/decode-source.ts';
import type { CodeHost, FoundModule } from '../python/machine.ts';
import { hole } from '../python/values.ts';

const maxSearchPaths = 40;
const maxFiles = 12;

export type PythonHost = CodeHost & { readonly wanted: ReadonlySet<string> };

/** Serves the files of an archive to the interpreter, with Python's rules for finding modules. */
export function pythonHost(tree: FileTree, searchPaths: readonly string[]): PythonHost {
  const paths = new Set(searchPaths);
  const wanted = new Set<string>();
  let searchesAll = false;
  const byName = new Map<string, string[]>();
  const add = (name: string, path: string): void => {
    const known = byName.get(name);
    if (known === undefined) byName.set(name, [path]);
    else known.push(path);
  };
  for (const path of tree.paths) {
    const name = path.slice(path.lastIndexOf('/') + 1);
    add(name, path);
    const module = /^([^.]+)\.(?:cpython|cp3|pypy|abi)[^/]*\.(?:so|pyd|pyc|pyo|dll)$/.exec(name)?.[1];
    if (module !== undefined) add(`native:${module}`, path);
  }
  const locate = (base: string): FoundModule => findAt(tree, byName, base);
  const findAbsolute = (name: string): FoundModule => {
    const relative = name.replaceAll('.', '/');
    for (const folder of paths) {
      const found = locate(folder === '' ? relative : `${folder}/${relative}`);
      if (found !== undefined) return found;
    }
    if (!searchesAll) return undefined;
    const nested = [
      ...(byName.get(`${relative}.py`) ?? []),
      ...(byName.get('__init__.py') ?? []).filter((path) => path.endsWith(`/${relative}/__init__.py`)),
    ];
    const [path] = nested;
    return path === undefined ? undefined : { kind: 'source', path, isPackage: path.endsWith('__init__.py') };
  };
  return {
    wanted,
    findModule: (name, from) => {
      const level = /^\.*/.exec(name)?.[0].length ?? 0;
      if (level === 0) return findAbsolute(name);
      const parts = from.split('/').slice(0, -level);
      if (from.split('/').length < level) return undefined;
      const base = [
        ...parts,
        ...name
          .slice(level)
          .split('.')
          .filter((part) => part !== ''),
      ].join('/');
      return name.length === level ? locatePackage(tree, base) : locate(base);
    },
    findFiles: (path, from) => findFiles(tree, byName, path, from),
    read: (path) => {
      const content = tree.content(path);
      if (content === undefined) {
        wanted.add(path);
        return undefined;
      }
      const source = decodeSource(content);
      return source.kind === 'text' ? { text: source.text } : { why: source.why };
    },
    isInPackage: (path) => path.includes('/') && tree.paths.has(`${path.slice(0, path.lastIndexOf('/'))}/__init__.py`),
    addSearchPath: (path) => {
      const [, below] = /^\ufffc\/([^\ufffc]+)$/.exec(path ?? '') ?? [];
      const folder = below ?? (path?.includes(hole) === true ? undefined : path);
      if (folder !== undefined) return addTo(paths, folder);
      const isNew = !searchesAll;
      searchesAll = true;
      return isNew;
    },
  };
}

function addTo(paths: Set<string>, path: string): boolean {
  const folder = normalise(path);
  if (paths.has(folder) || paths.size >= maxSearchPaths || path.startsWith('/')) return false;
  paths.add(folder);
  return true;
}

function locatePackage(tree: FileTree, folder: string): FoundModule {
  const path = folder === '' ? '__init__.py' : `${folder}/__init__.py`;
  return tree.paths.has(path) ? { kind: 'source', path, isPackage: true } : undefined;
}

/** Finds a module at a path without its ending: a package, then native code, then source, then compiled code. */
function findAt(tree: FileTree, byName: ReadonlyMap<string, readonly string[]>, base: string): FoundModule {
  const folder = locatePackage(tree, base);
  const source = `${base}.py`;
  const compiled = compiledFile(byName, base);
  if (folder !== undefined) return folder;
  if (compiled !== undefined && !isFromSource(tree, compiled, source)) return { kind: 'native', path: compiled };
  if (tree.paths.has(source)) return { kind: 'source', path: source, isPackage: false };
  return undefined;
}

/** Names that decide what code does, as compiled code contains them. */
const notable =
  /\b(?:system|[pP]open\w*|subprocess|socket|urlopen|urlretrieve|urllib|requests|http|exec\w*|eval|b64decode|base64|marshal|zlib|check_call|check_output|spawn\w*|ctypes|connect|startfile|__import__|import_module|importlib|getattr|environ|write)\b/g;

/**
 * Checks whether Python runs the source of a module, and not compiled code that is next to it. Compiled code in
 * `__pycache__` may replace the source, so that each notable name in it must be in the source as well (PEP 552, PEP 3147).
 */
function isFromSource(tree: FileTree, compiled: string, source: string): boolean {
  if (!tree.paths.has(source) || !/\.py[co]$/.test(compiled)) return false;
  if (!compiled.includes('__pycache__/')) return true;
  const [code, text] = [tree.content(compiled), tree.content(source)?.toString('latin1')];
  const isUnchecked = code === undefined || code.length < 16 || (code.readUInt32LE(4) & 0b11) === 0b01;
  if (isUnchecked || text === undefined) return false;
  return (code.toString('latin1').match(notable) ?? []).every((name) => text.includes(name));
}

/** Returns the path of native or compiled code for a module. A file in `__pycache__` can replace its source. */
function compiledFile(byName: ReadonlyMap<string, readonly string[]>, base: string): string | undefined {
  const at = base.lastIndexOf('/');
  const [folder, name] = [base.slice(0, at + 1), base.slice(at + 1)];
  for (const ending of ['.so', '.pyd', '.pyc', '.pyo', '.abi3.so']) {
    if (byName.get(name + ending)?.includes(base + ending) === true) return base + ending;
  }
  for (const ending of ['.pyc', '.so', '.pyd', '.abi3.so']) {
    if (byName.get(`__init__${ending}`)?.includes(`${base}/__init__${ending}`) === true)
      return `${base}/__init__${ending}`;
  }
  const tagged = byName
    .get(`native:${name}`)
    ?.find((path) => path.startsWith(folder) && !path.slice(folder.length).includes('/'));
  return tagged ?? byName.get(`native:${name}`)?.find((path) => path.startsWith(`${folder}__pycache__/`));
}

/** Finds files by a path with holes: relative to the root or to the folder of the script, else by its last part. */
function findFiles(
  tree: FileTree,
  byName: ReadonlyMap<string, readonly string[]>,
  path: string,
  from: string,
): readonly string[] {
  const plain = normalise(path.replace(/^\/+/, ''));
  if (!plain.includes(hole)) {
    const folder = from.slice(0, from.lastIndexOf('/') + 1);
    const found = [plain, normalise(folder + plain)].find((candidate) => tree.paths.has(candidate));
    if (found !== undefined) return [found];
    // A script may run in another folder.
    return path.startsWith('./') ? (byName.get(plain) ?? []).slice(0, maxFiles) : [];
  }
  const name = plain.slice(plain.lastIndexOf('/') + 1);
  if (name.includes(hole)) return [];
  const pattern = new RegExp(
    `(?:^|/)${plain
      .split(/\ufffc+/)
      .map(escapePattern)
      .join('.*')}$`.replace('(?:^|/).*/', '(?:^|.*/)'),
  );
  return (byName.get(name) ?? []).filter((candidate) => pattern.test(candidate)).slice(0, maxFiles);
}

const escapePattern = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

function normalise(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..') parts.pop();
    else parts.push(part);
  }
  return parts.join('/');
}
