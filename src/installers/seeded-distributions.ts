import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { openPromise } from 'yauzl';
import type { InstalledDistribution } from './installed-distributions.ts';
import { readStart } from './installed-distributions.ts';

/** Projects that `venv`, `ensurepip` and virtualenv install from wheels that they carry. */
const seededProjects = new Set<string>(['pip', 'setuptools', 'wheel']);
const maxRecordBytes = 4 * 1024 * 1024;
const maxNames = 1_000;

/** Where the wheels of `ensurepip` and virtualenv may be on this machine. */
export type SeedSearch = {
  readonly home: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Folders of the environments that the run used. virtualenv may be installed in one. */
  readonly sites: readonly string[];
  /** Prefixes of interpreters. */
  readonly prefixes: readonly string[];
  /** Epoch milliseconds of the run's start. A wheel that virtualenv downloaded since is not one that it had. */
  readonly startedAt: number;
};

/**
 * Checks whether a distribution was unpacked from a wheel that `ensurepip` or virtualenv carries: whether its `RECORD`
 * (PEP 376) has the digests of that wheel and no other modules.
 */
export async function isSeeded(distribution: InstalledDistribution, search: SeedSearch): Promise<boolean> {
  const { release, metadata, site } = distribution;
  if (!seededProjects.has(release.name) || release.from.kind !== 'unknown') return false;
  const installed = await readStart(path.join(metadata, 'RECORD'), maxRecordBytes);
  if (installed === undefined) return false;
  const start = `${release.name}-${release.version}`;
  const prefixes = [...(await basePrefixes(site.environment)), ...search.prefixes];
  for (const source of await seedSources(start, { ...search, prefixes })) {
    const record = source.endsWith('.whl') ? await recordOfWheel(source) : await recordOfFolder(source, start);
    if (record !== undefined && hasSameFiles(installed, record)) return true;
  }
  return false;
}

/** Checks whether an installed `RECORD` has the files of a wheel's, and otherwise only what installing adds. */
export function hasSameFiles(installed: string, original: string): boolean {
  const [own, reference] = [digestsOf(installed), digestsOf(original)];
  if (reference.size === 0) return false;
  for (const [file, digest] of reference) if (own.get(file) !== digest) return false;
  // Scripts go to other folders, and compiled modules and notes on the installation have no counterpart.
  return [...own.keys()].every(
    (file) =>
      reference.has(file) || /^\.\.[/\\]|\.pyc$|^[^/\\]+\.(?:dist-info|virtualenv)(?:[/\\][^/\\]+)?$/.test(file),
  );
}

/** Returns the digests of the modules and data that a `RECORD` lists. */
function digestsOf(record: string): ReadonlyMap<string, string> {
  const rows = record.split(/\r?\n/).flatMap((line) => {
    const [, file, digest] = /^"?(.*?)"?,(sha256=[\w-]+),\d*$/.exec(line) ?? [];
    return file === undefined || digest === undefined || /\.dist-info\/(?:RECORD|INSTALLER)$/.test(file)
      ? []
      : [[file, digest] as const];
  });
  return new Map(rows);
}

/** Returns the prefix of the interpreter for which a virtual environment was created (PEP 405). */
async function basePrefixes(environment: string): Promise<string[]> {
  const configuration = await readStart(path.join(environment, 'pyvenv.cfg'));
  const home = /^home[ \t]*=[ \t]*(.+?)[ \t]*$/m.exec(configuration ?? '')?.[1];
  return [environment, ...(home === undefined ? [] : [home, path.dirname(home)])];
}

/** Returns the wheels and unpacked wheels whose names begin with `start`. */
async function seedSources(start: string, search: SeedSearch): Promise<string[]> {
  const { prefixes, sites } = search;
  const libraries = await Promise.all(prefixes.map((prefix) => pythonLibraries(prefix)));
  const bundled = libraries.flat().map((library) => path.join(library, 'ensurepip', '_bundled'));
  const embedded = [...sites, ...libraries.flat().map((library) => path.join(library, 'site-packages'))].map((site) =>
    path.join(site, 'virtualenv', 'seed', 'wheels', 'embed'),
  );
  // Debian and Fedora keep the wheels of `ensurepip` in one folder for all interpreters.
  const carried = await namesIn([...bundled, ...embedded, '/usr/share/python-wheels'], start);
  const kept = await namesIn(await virtualenvFolders(search), start);
  const older = await Promise.all(
    kept.map(async (file) => (await isOlderThan(file, search.startedAt)) || !file.endsWith('.whl')),
  );
  return [...carried, ...kept.filter((_, at) => older[at])];
}

async function pythonLibraries(prefix: string): Promise<string[]> {
  const found = await Promise.all(
    ['lib', 'lib64'].map(async (library) => {
      const names = await readdir(path.join(prefix, library)).catch(() => []);
      return names.filter((name) => /^(?:python|pypy)\d/.test(name)).map((name) => path.join(prefix, library, name));
    }),
  );
  return [...found.flat(), path.join(prefix, 'Lib')];
}

/** Returns the folders in which virtualenv keeps wheels that it has downloaded, and in `image` unpacked ones. */
async function virtualenvFolders({ home, environment }: SeedSearch): Promise<string[]> {
  const { VIRTUALENV_OVERRIDE_APP_DATA, XDG_DATA_HOME, XDG_CACHE_HOME, LOCALAPPDATA } = environment;
  const data = [
    VIRTUALENV_OVERRIDE_APP_DATA,
    path.join(XDG_DATA_HOME || path.join(home, '.local', 'share'), 'virtualenv'),
    path.join(XDG_CACHE_HOME || path.join(home, '.cache'), 'virtualenv'),
    path.join(home, 'Library', 'Application Support', 'virtualenv'),
    path.join(home, 'Library', 'Caches', 'virtualenv'),
    ...(LOCALAPPDATA ? [path.join(LOCALAPPDATA, 'pypa', 'virtualenv')] : []),
  ].flatMap((folder) => folder || []);
  const versions = await Promise.all(data.map((folder) => childrenOf(path.join(folder, 'wheel'))));
  const kept = await Promise.all(versions.flat().map(childrenOf));
  const images = await Promise.all(versions.flat().map((folder) => childrenOf(path.join(folder, 'image'))));
  const kinds = await Promise.all(images.flat().map(childrenOf));
  return [...kept.flat(), ...kinds.flat()];
}

async function childrenOf(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  return names.slice(0, maxNames).map((name) => path.join(folder, name));
}

async function namesIn(folders: readonly string[], start: string): Promise<string[]> {
  const children = await Promise.all([...new Set(folders)].map(childrenOf));
  return children.flat().filter((file) => path.basename(file).startsWith(`${start}-`));
}

async function isOlderThan(file: string, time: number): Promise<boolean> {
  const stats = await stat(file).catch(() => undefined);
  return stats !== undefined && Math.max(stats.mtimeMs, stats.birthtimeMs) < time;
}

async function recordOfFolder(folder: string, start: string): Promise<string | undefined> {
  return readStart(path.join(folder, `${start}.dist-info`, 'RECORD'), maxRecordBytes);
}

/** Reads the `RECORD` of a wheel. Undefined for a file that is not one. */
async function recordOfWheel(file: string): Promise<string | undefined> {
  const zip = await openPromise(file, { autoClose: true }).catch(() => undefined);
  if (zip === undefined) return undefined;
  try {
    for await (const entry of zip.eachEntry()) {
      if (!/^[^/]+\.dist-info\/RECORD$/.test(entry.fileName) || entry.uncompressedSize > maxRecordBytes) continue;
      const chunks: Buffer[] = [];
      for await (const chunk of await zip.openReadStreamPromise(entry)) chunks.push(chunk as Buffer);
      return Buffer.concat(chunks).toString('utf8');
    }
  } catch {
    return undefined;
  } finally {
    zip.close();
  }
  return undefined;
}
