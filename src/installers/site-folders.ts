import { type Dirent, existsSync, readdirSync } from 'node:fs';
import { readdir, realpath } from 'node:fs/promises';
import path from 'node:path';
import { openSlices } from '../slices.ts';

/** A folder of installed distributions. */
export type SiteFolder = {
  /** Absolute, without symbolic links. */
  readonly folder: string;
  /** The environment's folder, for messages. The folder itself for `--target`. */
  readonly environment: string;
  /** Whether Python searches modules there, so that every `.egg-info` in it is installed. */
  readonly isSite: boolean;
};

/** Limits of the search: folders, and milliseconds. */
const maxFolders = 20_000;
const maxMilliseconds = 3_000;
const maxEntries = 5_000;
const maxDepth = 8;
const maxDepthInHome = 5;

/** Folders that hold no environment, or very many files. */
const skipped = new Set(
  `node_modules .git .hg .svn .bzr __pycache__ .mypy_cache .pytest_cache .ruff_cache .cargo .rustup .npm .m2
  .gradle .terraform`.split(/\s+/),
);
/** Folders of a home folder whose names begin with a dot and that may hold an environment of the command. */
const environmentNames = /^\.(?:v?env|venv|tox|nox|hatch|virtualenv|direnv|pixi)/;
const siteNames = /^(?:site|dist)-packages$/;

/** Returns the folders of distributions of an environment: of a virtual one, of a prefix, or of `--target`. */
export async function sitesOf(environment: string): Promise<SiteFolder[]> {
  const libraries = ['lib', 'lib64', path.join('local', 'lib'), path.join('lib', 'pypy')];
  const versions = await Promise.all(
    libraries.map(async (library) => {
      const names = await entriesOf(path.join(environment, library));
      return names.filter((name) => /^(?:python|pypy)\d/.test(name)).map((name) => path.join(library, name));
    }),
  );
  const candidates = [
    // dpkg installs into `lib/python3/dist-packages`, where no installer of Python packages does.
    ...versions.flat().filter((name) => path.basename(name) !== 'python3'),
    'Lib',
    ...(await entriesOf(environment))
      .filter((name) => /^3\.\d+$/.test(name))
      .map((name) => path.join(name, 'lib', 'python')),
  ].flatMap((name) => ['site-packages', 'dist-packages'].map((site) => path.join(environment, name, site)));
  const found = await Promise.all(candidates.map((folder) => siteFolder(folder, environment, true)));
  const own = (await holdsDistributions(environment)) ? await siteFolder(environment, environment, false) : [];
  return [...found.flat(), ...own];
}

/** Checks whether a folder looks like an environment, so that a path inside it is about that environment. */
export function isEnvironment(folder: string): boolean {
  return ['pyvenv.cfg', 'conda-meta', path.join('bin', 'python'), path.join('bin', 'python3')].some((name) =>
    existsSync(path.join(folder, name)),
  );
}

type Walk = {
  readonly folder: string;
  /** The user's home folder: in it, and above it, only a few levels are searched. */
  readonly home: string;
  readonly now: () => number;
};

/** Searches a folder for folders of distributions, the nearest first, within limits of depth, number and time. */
export async function walkForSites({ folder, home, now }: Walk): Promise<SiteFolder[]> {
  const end = now() + maxMilliseconds;
  const root = await realpath(folder).catch(() => folder);
  const realHome = await realpath(home).catch(() => home);
  const isHome = `${realHome}${path.sep}`.startsWith(root.endsWith(path.sep) ? root : `${root}${path.sep}`);
  const depthLimit = isHome ? maxDepthInHome : maxDepth;
  const found: SiteFolder[] = [];
  const slices = openSlices();
  let level = [root];
  let visited = 0;
  for (let depth = 0; depth <= depthLimit && level.length > 0; depth += 1) {
    const next: string[] = [];
    for (const current of level) {
      visited += 1;
      if (visited > maxFolders || now() > end) return found;
      await slices.next();
      const entries = entriesWithTypes(current);
      const names = entries.map(({ name }) => name);
      if (isForeignCache(current, names)) continue;
      if (names.some(isDistribution))
        found.push(...(await siteFolder(current, environmentOf(current), siteNames.test(path.basename(current)))));
      for (const entry of entries) {
        const child = path.join(current, entry.name);
        if (!entry.isDirectory() || skipped.has(entry.name) || isDistribution(entry.name)) continue;
        if (siteNames.test(entry.name)) found.push(...(await siteFolder(child, environmentOf(child), true)));
        else if (!isHome || !entry.name.startsWith('.') || environmentNames.test(entry.name)) next.push(child);
      }
    }
    level = next;
  }
  return found;
}

/**
 * Checks whether a folder is a cache (https://bford.info/cachedir/), such as uv's. Environments may carry the same mark.
 */
function isForeignCache(folder: string, names: readonly string[]): boolean {
  return (
    names.includes('CACHEDIR.TAG') && !names.includes('pyvenv.cfg') && !environmentNames.test(path.basename(folder))
  );
}

/** Checks whether a name is that of installed metadata: PEP 376, or of setuptools' eggs. */
export function isDistribution(name: string): boolean {
  return name.endsWith('.dist-info');
}

async function holdsDistributions(folder: string): Promise<boolean> {
  return (await entriesOf(folder)).some(isDistribution);
}

/** Synchronous, because a walk reads hundreds of folders, and each promise takes longer than its folder. */
function entriesWithTypes(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

async function entriesOf(folder: string): Promise<string[]> {
  return (await readdir(folder).catch(() => [])).slice(0, maxEntries);
}

/** Returns the environment that a site folder belongs to. */
function environmentOf(site: string): string {
  const match =
    /^(.*?)[/\\](?:(?:local[/\\])?lib(?:64)?[/\\](?:python|pypy)[^/\\]*|Lib)[/\\](?:site|dist)-packages$/.exec(site);
  return match?.[1] || site;
}

async function siteFolder(folder: string, environment: string, isSite: boolean): Promise<SiteFolder[]> {
  const real = await realpath(folder).catch(() => undefined);
  return real === undefined ? [] : [{ folder: real, environment, isSite }];
}
