import { normaliseName } from '../index/names.ts';
import { parseRequirement, showRequirement } from '../index/requirement.ts';
import { isSpecifier, isVersion } from '../index/versions.ts';
import { scriptBlocks } from '../pip/project-file.ts';
import { poetryRange } from './poetry-range.ts';
import { asTable, maxFileLength, strings, type Table, tableAt, toml } from './toml-tables.ts';

/** The texts of the files that declare what a project needs. Undefined for a file that does not exist. */
export type ProjectFiles = {
  readonly pyproject?: string | undefined;
  /** The project files of the other members of its workspace. */
  readonly members?: readonly string[] | undefined;
  readonly pipfile?: string | undefined;
  /** A script that may have inline metadata (PEP 723). */
  readonly script?: string | undefined;
  readonly uvLock?: string | undefined;
  readonly poetryLock?: string | undefined;
  readonly pdmLock?: string | undefined;
  readonly pipfileLock?: string | undefined;
};

/** The requirements of a project. */
export type ProjectRequest = {
  /** PEP 508 requirements of every group and extra, because a lock file covers them all. */
  readonly roots: readonly string[];
  /** The range of Pythons that the project supports (PEP 440). */
  readonly requiresPython: string | undefined;
  /** The build requirements (PEP 518). */
  readonly buildRoots: readonly string[];
  /** The pins of the lock files, as `name==version`. */
  readonly pins: readonly string[];
  /** Local files and folders to install, as written, including `file:` URLs. */
  readonly paths: { readonly pyproject: readonly string[]; readonly pipfile: readonly string[] };
};

/** Returns the member patterns of a uv workspace, or undefined when the project file is not the root of one. */
export function workspaceOf(pyproject: string): { members: readonly string[]; exclude: readonly string[] } | undefined {
  const workspace = tableAt(toml(pyproject), 'tool', 'uv').workspace;
  if (workspace === undefined) return undefined;
  return { members: strings(asTable(workspace).members), exclude: strings(asTable(workspace).exclude) };
}

const maxItems = 10_000;

/** Reads the requirements of a project from its files, without running code. A file that cannot be parsed is ignored. */
export function parseProject(files: ProjectFiles): ProjectRequest {
  const pyproject = toml(files.pyproject);
  const projects = [pyproject, ...(files.members ?? []).map(toml)];
  const scripts = scriptBlocks(files.script ?? '').map(toml);
  const notFromIndex = new Set([...projects, ...scripts].flatMap(namesWithSources).map(normaliseName));
  const fromIndex = (texts: readonly string[]) =>
    texts.filter((text) => hasNoUrl(text) && !notFromIndex.has(normaliseName(parseRequirement(text)?.name ?? '')));
  const declared = [
    ...projects.flatMap((project) => [
      ...standardRequirements(project),
      ...dependenciesOfPoetry(project).flatMap(requirementOf),
    ]),
    ...scripts.flatMap(({ dependencies }) => strings(dependencies)),
  ];
  // uv and poetry lock for all platforms, pipenv only for this one.
  const roots = [
    ...withoutMarkers(fromIndex(declared)),
    ...fromIndex(dependenciesOfPipfile(toml(files.pipfile)).flatMap(requirementOf)),
  ];
  return {
    requiresPython: pythonRange(pyproject) ?? scripts.flatMap((script) => pythonRange({ project: script }) ?? [])[0],
    buildRoots: projects
      .flatMap((project) => strings(tableAt(project, 'build-system').requires))
      .filter(hasNoUrl)
      .slice(0, maxItems),
    roots: [...new Set(roots)].slice(0, maxItems),
    pins: unambiguousPins(lockedPins(files)),
    paths: {
      pyproject: [
        ...[pyproject, ...scripts].flatMap(localSources),
        ...[...declared, ...[pyproject, ...scripts].flatMap(overrides)].flatMap(localReference),
      ].slice(0, maxItems),
      pipfile: dependenciesOfPipfile(toml(files.pipfile))
        .flatMap(([, specification]) => localPaths(specification))
        .slice(0, maxItems),
    },
  };
}

/** Returns the pins of lock files as `name==version`, each once. A project may have several, for different platforms. */
export function lockedPins(
  files: Pick<ProjectFiles, 'uvLock' | 'poetryLock' | 'pdmLock' | 'pipfileLock'>,
): readonly string[] {
  const pins = new Set([
    ...lockedPackages(toml(files.uvLock)),
    ...lockedPackages(toml(files.poetryLock)),
    ...lockedPackages(toml(files.pdmLock)),
    ...pipfilePins(files.pipfileLock),
  ]);
  return [...pins].slice(0, maxItems);
}

/** Checks whether a text is a requirement that an index provides. */
export function hasNoUrl(text: string): boolean {
  const requirement = parseRequirement(text);
  return requirement !== undefined && requirement.url === undefined;
}

/** Reads `[project] requires-python`, or poetry's `python = "^3.9"`. */
function pythonRange(pyproject: Table): string | undefined {
  const standard = tableAt(pyproject, 'project')['requires-python'];
  const poetry = tableAt(pyproject, 'tool', 'poetry', 'dependencies').python;
  const range = typeof standard === 'string' ? standard : typeof poetry === 'string' ? poetryRange(poetry) : undefined;
  return range !== undefined && isSpecifier(range) ? range : undefined;
}

/** Reads the local paths of `[tool.uv.sources]` (one source, or several by marker) and of poetry's tables. */
function localSources(pyproject: Table): string[] {
  const sources = Object.values(tableAt(pyproject, 'tool', 'uv', 'sources'));
  return [...sources, ...dependenciesOfPoetry(pyproject).map(([, specification]) => specification)].flatMap(localPaths);
}

/** Reads the local paths of a source: `{ path = "../x" }`, `{ file = "x.whl" }`, `{ url = "file:///x.whl" }`. */
function localPaths(source: unknown): string[] {
  if (Array.isArray(source)) return source.flatMap(localPaths);
  const { path, file, url } = asTable(source);
  const local = typeof url === 'string' && /^file:/i.test(url) ? [url] : [];
  return [path, file, ...local].filter(
    (value): value is string => typeof value === 'string' && !/^https?:/i.test(value),
  );
}

/**
 * Removes the markers of requirements, because a lock file covers all Pythons and platforms. If several requirements
 * name the same project, their markers stay, because they may contradict each other.
 */
function withoutMarkers(texts: readonly string[]): string[] {
  const parsed = [...new Set(texts)].flatMap((text) => parseRequirement(text) ?? []);
  const times = new Map<string, number>();
  for (const { name } of parsed) times.set(name, (times.get(name) ?? 0) + 1);
  return parsed.map(({ marker, ...rest }) => {
    const keepsMarker = marker !== undefined && (times.get(rest.name) ?? 0) > 1;
    return showRequirement(keepsMarker ? { ...rest, marker } : rest);
  });
}

/** Reads the requirements that uv uses in place of those that projects declare. */
function overrides(file: Table): string[] {
  const uv = tableAt(file, 'tool', 'uv');
  return ['override-dependencies', 'constraint-dependencies', 'build-constraint-dependencies'].flatMap((key) =>
    strings(uv[key]),
  );
}

/** Returns the URL of a requirement such as `name @ file:///x.whl`. */
function localReference(text: string): string[] {
  const url = parseRequirement(text)?.url;
  return url !== undefined && /^file:/i.test(url) ? [url] : [];
}

/**
 * Returns the names of projects that come from no index: those with a source of uv, and the project itself. The sources
 * of a workspace root also apply to its members.
 */
function namesWithSources(file: Table): string[] {
  const self = tableAt(file, 'project').name;
  return [...Object.keys(tableAt(file, 'tool', 'uv', 'sources')), ...(typeof self === 'string' ? [self] : [])];
}

/** Reads `[project]` (PEP 621) with its extras, dependency groups (PEP 735), and the older `dev-dependencies` of uv and PDM. */
function standardRequirements(pyproject: Table): string[] {
  const project = tableAt(pyproject, 'project');
  return [
    ...strings(project.dependencies),
    ...Object.values(tableAt(project, 'optional-dependencies')).flatMap(strings),
    ...Object.values(tableAt(pyproject, 'dependency-groups')).flatMap(strings),
    ...strings(tableAt(pyproject, 'tool', 'uv')['dev-dependencies']),
    ...Object.values(tableAt(pyproject, 'tool', 'pdm', 'dev-dependencies')).flatMap(strings),
  ];
}

type Dependency = [name: string, specification: unknown];

function dependenciesOfPoetry(pyproject: Table): Dependency[] {
  const poetry = tableAt(pyproject, 'tool', 'poetry');
  const groups = Object.values(tableAt(poetry, 'group')).map((group) => tableAt(asTable(group), 'dependencies'));
  const tables = [tableAt(poetry, 'dependencies'), tableAt(poetry, 'dev-dependencies'), ...groups];
  return tables.flatMap((table) => Object.entries(table)).filter(([name]) => name !== 'python');
}

function dependenciesOfPipfile(pipfile: Table): Dependency[] {
  return ['packages', 'dev-packages'].flatMap((key) => Object.entries(tableAt(pipfile, key)));
}

/**
 * Converts `name = "^1"` or `name = { version = "^1", extras = ["x"], markers = "…" }` to a PEP 508 requirement. Returns
 * none for a path, a Git repository or a URL.
 */
function requirementOf([name, specification]: Dependency): string[] {
  if (typeof specification === 'string') return [`${name}${poetryRange(specification) ?? ''}`];
  const { version, extras, markers, git, path, url, file, ref } = asTable(specification);
  if ([git, path, url, file, ref].some((source) => source !== undefined)) return [];
  const extraNames = strings(extras);
  const range = typeof version === 'string' ? (poetryRange(version) ?? '') : '';
  const marker = typeof markers === 'string' ? ` ; ${markers}` : '';
  return [`${name}${extraNames.length > 0 ? `[${extraNames.join(',')}]` : ''}${range}${marker}`];
}

/** Reads the pins of `[[package]]` tables in uv.lock, poetry.lock and pdm.lock whose source is an index. */
function lockedPackages(lock: Table): string[] {
  const packages = Array.isArray(lock.package) ? lock.package.slice(0, maxItems) : [];
  return packages.map(asTable).flatMap(({ name, version, source, ...others }) => {
    const { registry, type } = asTable(source);
    const hasOwnSource = ['git', 'path', 'url'].some((key) => others[key] !== undefined); // PDM
    const isFromIndex = (source === undefined && !hasOwnSource) || registry !== undefined || type === 'legacy';
    return isFromIndex && typeof name === 'string' && typeof version === 'string' && isVersion(version)
      ? [`${name}==${version}`]
      : [];
  });
}

function pipfilePins(text: string | undefined): string[] {
  if (text === undefined || text.length > maxFileLength) return [];
  try {
    const lock = asTable(JSON.parse(text));
    return ['default', 'develop'].flatMap((key) =>
      Object.entries(tableAt(lock, key)).flatMap(([name, specification]) => {
        const { version } = asTable(specification);
        return typeof version === 'string' && version.startsWith('==') ? [`${name}${version}`] : [];
      }),
    );
  } catch {
    return [];
  }
}

/** Removes the pins of projects that are pinned twice, for two platforms: it is unknown which of them applies here. */
function unambiguousPins(pins: readonly string[]): string[] {
  const nameOf = (pin: string) => normaliseName(pin.split('==', 1)[0] ?? '');
  const times = new Map<string, number>();
  for (const pin of pins) times.set(nameOf(pin), (times.get(nameOf(pin)) ?? 0) + 1);
  return pins.filter((pin) => times.get(nameOf(pin)) === 1);
}
