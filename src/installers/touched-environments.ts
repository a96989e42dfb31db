import { readdir, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { readStart } from './installed-distributions.ts';
import { preCommitStore } from './pre-commit-store.ts';
import type { RecordedProgram } from './shim-text.ts';
import { isEnvironment, type SiteFolder, sitesOf, walkForSites } from './site-folders.ts';

/** What is known of a run. */
export type RunFacts = {
  /** The command line, with the path of the program. */
  readonly argv: readonly string[];
  /** The working folder of the command. */
  readonly folder: string;
  /** Folders of the project. */
  readonly projects: readonly string[];
  readonly programs: readonly RecordedProgram[];
  /** Interpreters that an installer may install for. */
  readonly pythons: readonly string[];
  /** Folders of `--target`, `--prefix` and similar options. */
  readonly targets: readonly string[];
  readonly home: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly now: () => number;
  /** Returns the prefixes of an interpreter by running it. */
  readonly prefixesOf: (python: string) => Promise<readonly string[]>;
};

const maxPaths = 1_000;
const maxWalks = 10;
const maxScriptBytes = 256 * 1024;

/** Returns the folders of distributions that a run may have changed, each once. */
export async function touchedSites(facts: RunFacts): Promise<readonly SiteFolder[]> {
  const named = await namedPaths(facts);
  const used = facts.programs.map(({ folder }) => folder);
  const projects = await topFolders([facts.folder, ...facts.projects]);
  const others = await topFolders([...(await narrowFolders([...named, ...used], facts)), ...projects]);
  const walks = [...projects, ...others.filter((folder) => !projects.includes(folder)).slice(0, maxWalks)];
  const [walked, prefixes, tools, around] = await Promise.all([
    Promise.all(walks.map((folder) => walkForSites({ ...facts, folder }))),
    interpreterPrefixes(facts),
    toolEnvironments(facts),
    Promise.all(named.map(environmentsAround)),
  ]);
  const environments = [
    ...new Set([
      ...facts.targets,
      ...prefixes,
      ...systemPrefixes(facts),
      ...userBases(facts),
      ...tools,
      ...around.flat(),
    ]),
  ];
  const sites = [...(await Promise.all(environments.map(sitesOf))).flat(), ...walked.flat()];
  const folders = new Map(sites.toReversed().map((site) => [site.folder, site]));
  return [...folders.values()];
}

/** Returns the folders that are in no other of them. */
async function topFolders(folders: readonly string[]): Promise<string[]> {
  const real = [...new Set(await Promise.all(folders.map((folder) => realpath(folder).catch(() => folder))))];
  return real.filter((folder) => !real.some((other) => other !== folder && folder.startsWith(`${other}${path.sep}`)));
}

/** Returns the prefixes of the interpreters of a run, and of the programs that a script's first line names. */
export async function interpreterPrefixes(facts: RunFacts): Promise<string[]> {
  const { VIRTUAL_ENV, CONDA_PREFIX } = facts.environment;
  const isPython = (file: string) => /^(?:python|pypy)[\d.]*(?:\.exe)?$/i.test(path.basename(file));
  const programs = [
    ...new Set([
      ...((facts.argv[0] ?? '') ? [facts.argv[0] ?? ''] : []),
      ...facts.programs.map(({ program }) => program),
    ]),
  ];
  const interpreters = await Promise.all(programs.map(async (file) => (isPython(file) ? file : interpreterOf(file))));
  const pythons = [...new Set([...facts.pythons, ...interpreters.flatMap((file) => file ?? [])])];
  const prefixes = await Promise.all(pythons.map((python) => prefixesOfPython(python, facts)));
  return [VIRTUAL_ENV, CONDA_PREFIX].flatMap((folder) => folder || []).concat(prefixes.flat());
}

async function prefixesOfPython(python: string, facts: RunFacts): Promise<readonly string[]> {
  const files = [...new Set([python, await realpath(python).catch(() => python)])];
  const prefixes = files.map((file) => path.dirname(path.dirname(file)));
  const sites = await Promise.all(prefixes.map(sitesOf));
  // A program that starts the interpreter of a version manager stands elsewhere.
  return sites.flat().length > 0 ? prefixes : [...prefixes, ...(await facts.prefixesOf(python).catch(() => []))];
}

/** Returns the interpreter of a script's first line. pip writes long ones as `'''exec' PATH "$0" "$@"`. */
export async function interpreterOf(program: string): Promise<string | undefined> {
  const start = await readStart(program, 1_024);
  const [, direct, indirect] =
    /^#!([^\n]*?(?:python|pypy)[\d.]*)[ \t\n]|^#!\/bin\/sh\n'''exec' "?([^"\n]+?)"? "\$0"/.exec(start ?? '') ?? [];
  const file = (direct ?? indirect)?.trim();
  return file !== undefined && path.isAbsolute(file) && !/\benv /.test(file) ? file : undefined;
}

/** Returns the prefixes of all interpreters on PATH and of the system, which a login shell or sudo selects. */
function systemPrefixes({ environment }: RunFacts): string[] {
  const folders = (environment.PATH ?? '').split(path.delimiter).filter((folder) => path.isAbsolute(folder));
  return [...folders.map((folder) => path.dirname(folder)), '/usr', '/usr/local', '/opt/homebrew'].filter(
    (folder) => path.dirname(folder) !== folder,
  );
}

/** Returns the folders of packages that a user installs with `pip install --user`. */
function userBases({ home, environment }: RunFacts): string[] {
  const { PYTHONUSERBASE, APPDATA } = environment;
  return [
    PYTHONUSERBASE || path.join(home, '.local'),
    path.join(home, 'Library', 'Python'),
    ...(APPDATA ? [path.join(APPDATA, 'Python')] : []),
  ];
}

/**
 * Returns the environments that installers keep in folders of the user, for those that ran. Other commands change these
 * folders too, so the environments of an installer that did not run are not searched.
 */
async function toolEnvironments({ argv, programs, home, environment }: RunFacts): Promise<string[]> {
  const names = [
    argv[0] ?? '',
    ...argv.slice(1, 4),
    ...programs.flatMap(({ name, args }) => [name, ...args.slice(0, 3)]),
  ];
  const ran = new Set(
    names.map((name) =>
      path
        .basename(name)
        .replace(/\.exe$/i, '')
        .replaceAll('_', '-'),
    ),
  );
  const data = environment.XDG_DATA_HOME || path.join(home, '.local', 'share');
  const cache = environment.XDG_CACHE_HOME || path.join(home, '.cache');
  const variable = (name: string, fallback: string) => environment[name] || fallback;
  const poetry = variable('POETRY_CACHE_DIR', path.join(cache, 'pypoetry'));
  const hatch = variable('HATCH_DATA_DIR', path.join(data, 'hatch'));
  /** Folders, and how many levels below them environments are. */
  const folders: Readonly<Record<string, readonly (readonly [folder: string, depth: number])[]>> = {
    pipx: [
      [variable('PIPX_HOME', path.join(data, 'pipx')), 1],
      [path.join(variable('PIPX_HOME', path.join(data, 'pipx')), 'venvs'), 1],
      [path.join(home, '.local', 'pipx', 'venvs'), 1],
    ],
    uv: [[variable('UV_TOOL_DIR', path.join(data, 'uv', 'tools')), 1]],
    poetry: [[variable('POETRY_VIRTUALENVS_PATH', path.join(poetry, 'virtualenvs')), 1]],
    pipenv: [[variable('WORKON_HOME', path.join(data, 'virtualenvs')), 1]],
    hatch: [
      [path.join(hatch, 'env', 'virtual'), 3],
      [path.join(hatch, 'env', 'virtual'), 2],
    ],
    pdm: [[path.join(data, 'pdm', 'venvs'), 1]],
    'pre-commit': [[preCommitStore(environment, home), 2]],
  };
  const searched = Object.entries(folders).filter(([name]) => ran.has(name));
  const found = await Promise.all(
    searched.flatMap(([, list]) => list.map(([folder, depth]) => descendants(folder, depth))),
  );
  const usesConda = ['conda', 'mamba', 'micromamba'].some((name) => ran.has(name));
  const conda = usesConda ? await readStart(path.join(home, '.conda', 'environments.txt')) : undefined;
  return [...found.flat(), ...(conda ?? '').split('\n').filter((line) => path.isAbsolute(line))];
}

async function descendants(folder: string, depth: number): Promise<string[]> {
  if (depth === 0) return [folder];
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const folders = entries.filter((entry) => entry.isDirectory()).slice(0, maxPaths);
  return (await Promise.all(folders.map(({ name }) => descendants(path.join(folder, name), depth - 1)))).flat();
}

/** Folders of the system, which hold many files and no project. */
const systemFolders = /^\/(?:usr|bin|sbin|lib\w*|etc|proc|sys|dev|run|System|Library|private)(?:\/|$)/;

/** Returns those that are folders, and neither broad, such as `/tmp`, nor of the system or a parent of the home folder. */
async function narrowFolders(files: readonly string[], { home, folder }: RunFacts): Promise<string[]> {
  const found = await Promise.all(
    [...new Set(files)].map(async (file) => {
      const real = await realpath(file).catch(() => undefined);
      const isBroad = real === undefined || real.split(path.sep).filter(Boolean).length < 2 || systemFolders.test(real);
      if (isBroad || [home, folder].some((inner) => `${inner}${path.sep}`.startsWith(`${real}${path.sep}`))) return [];
      return (await stat(real)).isDirectory() ? [real] : [];
    }),
  );
  return found.flat();
}

/** Returns the paths that command lines and small scripts name, absolute. */
async function namedPaths(facts: RunFacts): Promise<string[]> {
  const { argv, folder, programs } = facts;
  const scripts = await Promise.all(argv.slice(0, 8).map((word) => readScript(path.resolve(folder, word))));
  const own = [...argv, ...scripts.flatMap((text) => text ?? [])].flatMap((text) => pathsIn(text, facts));
  const recorded = programs.flatMap(({ folder: from, args }) =>
    args.flatMap((text) => pathsIn(text, facts, true)).map((word) => path.resolve(from, word)),
  );
  return [...new Set([...own.map((word) => path.resolve(folder, word)), ...recorded])].slice(0, maxPaths);
}

/** Returns the text of a script. Programs and large files are left out. */
async function readScript(file: string): Promise<string | undefined> {
  const stats = await stat(file).catch(() => undefined);
  if (stats === undefined || !stats.isFile() || stats.size > maxScriptBytes) return undefined;
  const text = await readStart(file, maxScriptBytes);
  return text?.includes('\0') ? undefined : text;
}

/** Returns the words of a text that look like paths, with `~` and variables replaced. `all`: every word. */
export function pathsIn(
  text: string,
  { home, environment }: Pick<RunFacts, 'home' | 'environment'>,
  all = false,
): string[] {
  const words = [text, ...text.slice(0, maxScriptBytes).split(/[\s'"`;|&<>(){}[\],=]+/)];
  const paths = words
    .map((word) => word.replace(/^~(?=\/|$)/, home).replace(/\$(\w+)/g, (match, name) => environment[name] ?? match))
    .filter((word) => word !== '' && word.length < 4_096 && !word.includes('\0') && (all || /[/\\]/.test(word)));
  return [...new Set(paths)].slice(0, maxPaths);
}

/** Returns a folder, and the environment that a path is in: `/venv` for `/venv/bin/pip`. */
async function environmentsAround(file: string): Promise<string[]> {
  const parents = [path.dirname(file), path.dirname(path.dirname(file))];
  const environments = [...new Set([file, ...parents])].filter(
    (folder) => path.dirname(folder) !== folder && isEnvironment(folder),
  );
  const isFolder = (await stat(file).catch(() => undefined))?.isDirectory() === true;
  return isFolder && path.dirname(file) !== file ? [file, ...environments] : environments;
}
