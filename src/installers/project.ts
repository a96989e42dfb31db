import { normaliseName } from '../index/names.ts';
import { parseRequirement, showRequirement } from '../index/requirement.ts';
import { isSpecifier, isVersion } from '../index/versions.ts';
import { scriptBlocks } from '../pip/project-file.ts';
import { parseToml } from '../toml.ts';
import { poetryRange } from './poetry-range.ts';

/** Files of a project that say what it needs; undefined where there is none. */
export type ProjectFiles = {
  readonly pyproject?: string | undefined;
  /** Project files of the other members of its workspace. */
  readonly members?: readonly string[] | undefined;
  readonly pipfile?: string | undefined;
  /** A script that may state its needs in itself (PEP 723). */
  readonly script?: string | undefined;
  readonly uvLock?: string | undefined;
  readonly poetryLock?: string | undefined;
  readonly pipfileLock?: string | undefined;
};

export type ProjectRequest = {
  /** PEP 508, every group and extra: a lock file holds them all. */
  readonly roots: readonly string[];
  /** The Pythons that the project supports (PEP 440), where it says so in one place or another. */
  readonly requiresPython: string | undefined;
  /** What building the project needs (PEP 518), where it says so. */
  readonly buildRoots: readonly string[];
  /** What lock files pin, as `name==version`. */
  readonly pins: readonly string[];
  /** Files and folders of this machine that are to be installed, as written; `file:` addresses among them. */
  readonly paths: { readonly pyproject: readonly string[]; readonly pipfile: readonly string[] };
};

/** The members of a uv workspace, as its root lists them; undefined for any other project file. */
export function workspaceOf(pyproject: string): { members: readonly string[]; exclude: readonly string[] } | undefined {
  const workspace = tableAt(toml(pyproject), 'tool', 'uv').workspace;
  if (workspace === undefined) return undefined;
  return { members: texts(asTable(workspace).members), exclude: texts(asTable(workspace).exclude) };
}

type Table = Readonly<Record<string, unknown>>;

const maxItems = 10_000;
const maxFileLength = 32 * 1024 * 1024;

/** What a project needs by its own files, read without running anything; files that cannot be read say nothing. */
export function readProject(files: ProjectFiles): ProjectRequest {
  const pyproject = toml(files.pyproject);
  const projects = [pyproject, ...(files.members ?? []).map(toml)];
  const scripts = scriptBlocks(files.script ?? '').map(toml);
  const elsewhere = new Set([...projects, ...scripts].flatMap(namesFromElsewhere).map(normaliseName));
  const fromIndex = (texts: readonly string[]) =>
    texts.filter((text) => isOfIndex(text) && !elsewhere.has(normaliseName(parseRequirement(text)?.name ?? '')));
  const written = [
    ...projects.flatMap((project) => [
      ...standardNeeds(project),
      ...dependenciesOfPoetry(project).flatMap(requirementOf),
    ]),
    ...scripts.flatMap(({ dependencies }) => texts(dependencies)),
  ];
  // uv and poetry lock for everyone, pipenv for this machine.
  const roots = [
    ...forEveryone(fromIndex(written)),
    ...fromIndex(dependenciesOfPipfile(toml(files.pipfile)).flatMap(requirementOf)),
  ];
  const pins = new Set([
    ...lockedPackages(toml(files.uvLock)),
    ...lockedPackages(toml(files.poetryLock)),
    ...pipfilePins(files.pipfileLock),
  ]);
  return {
    requiresPython: pythonRange(pyproject) ?? scripts.flatMap((script) => pythonRange({ project: script }) ?? [])[0],
    buildRoots: projects
      .flatMap((project) => texts(tableAt(project, 'build-system').requires))
      .filter(isOfIndex)
      .slice(0, maxItems),
    roots: [...new Set(roots)].slice(0, maxItems),
    pins: onceNamed([...pins]).slice(0, maxItems),
    paths: {
      pyproject: [
        ...[pyproject, ...scripts].flatMap(localSources),
        ...[...written, ...[pyproject, ...scripts].flatMap(overrides)].flatMap(localReference),
      ].slice(0, maxItems),
      pipfile: dependenciesOfPipfile(toml(files.pipfile))
        .flatMap(([, said]) => localPaths(said))
        .slice(0, maxItems),
    },
  };
}

function isOfIndex(text: string): boolean {
  const requirement = parseRequirement(text);
  return requirement !== undefined && requirement.url === undefined;
}

/** `[project] requires-python`, or poetry's `python = "^3.9"`. */
function pythonRange(pyproject: Table): string | undefined {
  const said = tableAt(pyproject, 'project')['requires-python'];
  const poetry = tableAt(pyproject, 'tool', 'poetry', 'dependencies').python;
  const range = typeof said === 'string' ? said : typeof poetry === 'string' ? poetryRange(poetry) : undefined;
  return range !== undefined && isSpecifier(range) ? range : undefined;
}

/** `[tool.uv.sources]` (one source, or several by marker) and poetry's tables. */
function localSources(pyproject: Table): string[] {
  const sources = Object.values(tableAt(pyproject, 'tool', 'uv', 'sources'));
  return [...sources, ...dependenciesOfPoetry(pyproject).map(([, said]) => said)].flatMap(localPaths);
}

/** `{ path = "../x" }`, `{ file = "x.whl" }`, `{ url = "file:///x.whl" }`. */
function localPaths(said: unknown): string[] {
  if (Array.isArray(said)) return said.flatMap(localPaths);
  const { path, file, url } = asTable(said);
  const local = typeof url === 'string' && /^file:/i.test(url) ? [url] : [];
  return [path, file, ...local].filter((one): one is string => typeof one === 'string' && !/^https?:/i.test(one));
}

/**
 * Requirements without their markers, as a lock file holds what any Python and platform needs. Where several speak of one
 * project, they may be for different ones and contradict each other: those keep theirs.
 */
function forEveryone(texts: readonly string[]): string[] {
  const parsed = [...new Set(texts)].flatMap((text) => parseRequirement(text) ?? []);
  const times = new Map<string, number>();
  for (const { name } of parsed) times.set(name, (times.get(name) ?? 0) + 1);
  return parsed.map(({ marker, ...rest }) => {
    const kept = marker !== undefined && (times.get(rest.name) ?? 0) > 1;
    return showRequirement(kept ? { ...rest, marker } : rest);
  });
}

/** What uv takes in place of what projects say they need. */
function overrides(file: Table): string[] {
  const uv = tableAt(file, 'tool', 'uv');
  return ['override-dependencies', 'constraint-dependencies', 'build-constraint-dependencies'].flatMap((key) =>
    texts(uv[key]),
  );
}

/** `name @ file:///x.whl` among the dependencies. */
function localReference(text: string): string[] {
  const url = parseRequirement(text)?.url;
  return url !== undefined && /^file:/i.test(url) ? [url] : [];
}

/** What comes from no index: sources of uv (those of a workspace's root hold for its members, too), the project itself. */
function namesFromElsewhere(file: Table): string[] {
  const self = tableAt(file, 'project').name;
  return [...Object.keys(tableAt(file, 'tool', 'uv', 'sources')), ...(typeof self === 'string' ? [self] : [])];
}

/** `[project]` (PEP 621), its extras, dependency groups (PEP 735), and uv's own older table. */
function standardNeeds(pyproject: Table): string[] {
  const project = tableAt(pyproject, 'project');
  return [
    ...texts(project.dependencies),
    ...Object.values(tableAt(project, 'optional-dependencies')).flatMap(texts),
    ...Object.values(tableAt(pyproject, 'dependency-groups')).flatMap(texts),
    ...texts(tableAt(pyproject, 'tool', 'uv')['dev-dependencies']),
  ];
}

type Dependency = [name: string, said: unknown];

function dependenciesOfPoetry(pyproject: Table): Dependency[] {
  const poetry = tableAt(pyproject, 'tool', 'poetry');
  const groups = Object.values(tableAt(poetry, 'group')).map((group) => tableAt(asTable(group), 'dependencies'));
  const tables = [tableAt(poetry, 'dependencies'), tableAt(poetry, 'dev-dependencies'), ...groups];
  return tables.flatMap((table) => Object.entries(table)).filter(([name]) => name !== 'python');
}

function dependenciesOfPipfile(pipfile: Table): Dependency[] {
  return ['packages', 'dev-packages'].flatMap((key) => Object.entries(tableAt(pipfile, key)));
}

/** `name = "^1"` or `name = { version = "^1", extras = ["x"], markers = "…" }`; nothing for paths, git and addresses. */
function requirementOf([name, said]: Dependency): string[] {
  if (typeof said === 'string') return [`${name}${poetryRange(said) ?? ''}`];
  const { version, extras, markers, git, path, url, file, ref } = asTable(said);
  if ([git, path, url, file, ref].some((elsewhere) => elsewhere !== undefined)) return [];
  const chosen = texts(extras);
  const range = typeof version === 'string' ? (poetryRange(version) ?? '') : '';
  const marker = typeof markers === 'string' ? ` ; ${markers}` : '';
  return [`${name}${chosen.length > 0 ? `[${chosen.join(',')}]` : ''}${range}${marker}`];
}

/** `[[package]]` of uv.lock and poetry.lock, where it comes from an index. */
function lockedPackages(lock: Table): string[] {
  const packages = Array.isArray(lock.package) ? lock.package.slice(0, maxItems) : [];
  return packages.map(asTable).flatMap(({ name, version, source }) => {
    const from = asTable(source);
    const indexed = source === undefined || from.registry !== undefined || from.type === 'legacy';
    return indexed && typeof name === 'string' && typeof version === 'string' && isVersion(version)
      ? [`${name}==${version}`]
      : [];
  });
}

function pipfilePins(text: string | undefined): string[] {
  if (text === undefined || text.length > maxFileLength) return [];
  try {
    const lock = asTable(JSON.parse(text));
    return ['default', 'develop'].flatMap((key) =>
      Object.entries(tableAt(lock, key)).flatMap(([name, said]) => {
        const { version } = asTable(said);
        return typeof version === 'string' && version.startsWith('==') ? [`${name}${version}`] : [];
      }),
    );
  } catch {
    return [];
  }
}

/** A lock that pins a project twice (for two platforms) pins it for nobody here. */
function onceNamed(pins: readonly string[]): string[] {
  const nameOf = (pin: string) => normaliseName(pin.split('==', 1)[0] ?? '');
  const times = new Map<string, number>();
  for (const pin of pins) times.set(nameOf(pin), (times.get(nameOf(pin)) ?? 0) + 1);
  return pins.filter((pin) => times.get(nameOf(pin)) === 1);
}

function toml(text: string | undefined): Table {
  if (text === undefined || text.length > maxFileLength) return {};
  try {
    return asTable(parseToml(text));
  } catch {
    return {};
  }
}

function tableAt(table: Table, ...keys: readonly string[]): Table {
  return keys.reduce((at, key) => asTable(Object.hasOwn(at, key) ? at[key] : undefined), table);
}

function asTable(value: unknown): Table {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Table) : {};
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
}
