import { parseToml } from '../../toml.ts';
import type { FileTree } from '../archives/file-tree.ts';

/** What a build by pip runs first. */
export type BuildPlan = {
  /** Scripts that run, by path. */
  readonly scripts: readonly string[];
  /** Modules that are imported, by dotted name, with the members that are called; all members if there are none. */
  readonly modules: readonly {
    readonly name: string;
    readonly attribute?: string | undefined;
    readonly paths: readonly string[];
  }[];
  /** Folders that Python searches for modules, best first. */
  readonly searchPaths: readonly string[];
  /** Scripts that a build system of other languages runs. */
  readonly generators: readonly string[];
  /** Command lines of other build files. */
  readonly commands: readonly { readonly path: string; readonly line: number; readonly words: readonly string[] }[];
  /** The in-tree build backend, if the archive lacks it. */
  readonly missingBackend?: string | undefined;
};

type Table = Readonly<Record<string, unknown>>;

/** Sections of tools that pip does not run. */
const otherTools =
  /^(?:ruff|mypy|black|pytest|coverage|tox|isort|pylint|pyright|basedpyright|bandit|towncrier|commitizen|semantic_release|cibuildwheel|flake8|interrogate|pydocstyle|codespell|vulture|pyre|pytype|nox|poe|taskipy|docformatter|autopep8|yapf|deptry|uv|rye|pixi|bumpversion|bumpver|tbump|check-manifest|djlint|check-wheel-contents|check-sdist|repo-review|spin|asv|numpydoc_validation|sphinx|pydoclint|importlinter|typos|ty|pyrefly|mutmut|git-cliff|release|tomcli|tomlsort|slotscheck|doit|invoke|briefcase|nitpick|usort|ufmt|fixit|creosote|refurb|pyproject-fmt|pyupgrade|cruft|pre-commit|dephell|pyoxidizer|setuptools_scm)$/;

/**
 * Finds what runs when pip builds an sdist: the backend (PEP 517), `setup.py`, hooks of the common backends, modules that
 * `attr:` imports, and entry points of a shipped egg-info.
 */
export function buildPlan(tree: FileTree, text: (path: string) => string | undefined): BuildPlan {
  const pyproject = readToml(text('pyproject.toml'));
  const system = table(pyproject['build-system']);
  const backend = typeof system['build-backend'] === 'string' ? system['build-backend'] : undefined;
  const backendPaths = strings(system['backend-path']).map(normaliseFolder);
  const searchPaths = [...backendPaths, '', 'src'];
  const modules: { name: string; attribute?: string | undefined; paths: readonly string[] }[] = [];
  const scripts: string[] = [];
  let missingBackend: string | undefined;
  const [backendModule = '', backendObject] = (backend ?? '').split(':');
  if (backend !== undefined && backendPaths.length > 0) {
    modules.push({ name: backendModule, paths: backendPaths });
    const base = backendModule.split('.')[0] ?? '';
    const isThere = [...tree.paths].some((path) =>
      backendPaths.some((folder) => path.startsWith(folder === '' ? base : `${folder}/${base}`)),
    );
    if (!isThere) missingBackend = backendModule;
  }
  void backendObject;
  const isSetuptools =
    backend === undefined ||
    /^(?:setuptools|skbuild|numpy|torch|pbr|mesonpy_setuptools)\b/.test(backend) ||
    backendPaths.length > 0;
  if (
    tree.paths.has('setup.py') &&
    (isSetuptools || !/^(?:flit|hatchling|poetry|pdm|maturin|mesonpy|scikit_build_core|uv_build)/.test(backend ?? ''))
  )
    scripts.push('setup.py');
  if (isSetuptools) {
    for (const name of [
      'setuptools',
      'distutils',
      'wheel',
      'pkg_resources',
      '_distutils_hack',
      'sitecustomize',
      'usercustomize',
    ])
      modules.push({ name, paths: [''] });
  }
  const tools = table(pyproject.tool);
  addSetuptools(table(tools.setuptools), modules);
  addSetupConfiguration(text('setup.cfg'), modules);
  addHatch(table(tools.hatch), readToml(text('hatch.toml')), tree, scripts);
  addPdm(backend, table(tools.pdm), tree, scripts, modules);
  addPoetry(table(tools.poetry), scripts);
  addFlit(backend, table(tools.flit), table(pyproject.project), modules);
  for (const path of ['project.py']) if (/^sipbuild/.test(backend ?? '') && tree.paths.has(path)) scripts.push(path);
  addEntryPoints(tree, text, modules);
  const generators: string[] = [];
  const commands = addMeson(backend, tree, text, generators);
  for (const [section, value] of Object.entries(tools))
    if (!otherTools.test(section)) addReferences(value, tree, modules, scripts, 0);
  return {
    scripts: [...new Set(scripts.map(normaliseFolder))].filter((path) => tree.paths.has(path)),
    modules,
    searchPaths,
    generators: [...new Set(generators.map(normaliseFolder))].filter((path) => tree.paths.has(path)),
    commands,
    missingBackend,
  };
}

function addSetuptools(
  setuptools: Table,
  modules: { name: string; attribute?: string | undefined; paths: readonly string[] }[],
): void {
  for (const value of Object.values(table(setuptools.dynamic))) {
    const attribute = table(value).attr;
    if (typeof attribute === 'string') addAttribute(attribute, modules, folders(setuptools['package-dir']));
  }
  for (const command of Object.values(table(setuptools.cmdclass))) {
    if (typeof command === 'string')
      modules.push({
        name: command.replace(/[.:][^.:]*$/, ''),
        attribute: command.split(/[.:]/).at(-1),
        paths: ['', ...folders(setuptools['package-dir'])],
      });
  }
}

function addSetupConfiguration(
  configuration: string | undefined,
  modules: { name: string; attribute?: string | undefined; paths: readonly string[] }[],
): void {
  if (configuration === undefined) return;
  const packageFolders = [...configuration.matchAll(/^\s*=\s*([\w./-]+)\s*$/gm)].map(([, folder = '']) =>
    normaliseFolder(folder),
  );
  for (const [, attribute = ''] of configuration.matchAll(/(?:=|:)\s*attr:\s*([\w.:]+)/g))
    addAttribute(attribute, modules, ['src', 'lib', ...packageFolders]);
  for (const [, value = ''] of configuration.matchAll(
    /^[ \t]*(?:cmdclass|setup[-_]hooks?|pre[-_]hook[\w.]*|post[-_]hook[\w.]*|commands|command[-_]packages)[ \t]*=((?:[^\n]|\n[ \t]+)*)/gm,
  )) {
    for (const [reference] of value.matchAll(/[A-Za-z_][\w]*(?:[.:][A-Za-z_]\w*)*/g)) {
      const name = reference.replace(':', '.');
      modules.push({ name, paths: ['', 'src'] });
      if (name.includes('.'))
        modules.push({
          name: name.slice(0, name.lastIndexOf('.')),
          attribute: name.slice(name.lastIndexOf('.') + 1),
          paths: ['', 'src'],
        });
    }
  }
}

/** Adds the module of `attr: package.module.NAME`. setuptools imports it only if the value is no literal. */
function addAttribute(
  attribute: string,
  modules: { name: string; attribute?: string | undefined; paths: readonly string[] }[],
  paths: readonly string[],
): void {
  const at = Math.max(attribute.lastIndexOf('.'), attribute.lastIndexOf(':'));
  const name = at === -1 ? '__init__' : attribute.slice(0, at);
  modules.push({ name, attribute: `=${attribute.slice(at + 1)}`, paths: ['', ...paths, 'src', 'lib'] });
}

function addHatch(hatch: Table, own: Table, tree: FileTree, scripts: string[]): void {
  const visit = (value: unknown, key: string, depth: number): void => {
    if (depth > 6 || typeof value !== 'object' || value === null) return;
    for (const [name, inner] of Object.entries(value)) {
      if (name === 'custom' && (key === 'hooks' || key === 'targets')) {
        const path = table(inner).path;
        scripts.push(typeof path === 'string' ? path : 'hatch_build.py');
      }
      if (name === 'version' && table(inner).source === 'code') scripts.push(...strings([table(inner).path]));
      visit(inner, name, depth + 1);
    }
  };
  visit({ hatch }, '', 0);
  visit(own, '', 0);
  const isUsed = Object.keys(hatch).length + Object.keys(own).length > 0;
  if (isUsed && tree.paths.has('hatch_build.py') && /\bcustom\b/.test(JSON.stringify({ hatch, own }, bigIntText)))
    scripts.push('hatch_build.py');
}

const bigIntText = (_key: string, value: unknown): unknown => (typeof value === 'bigint' ? String(value) : value);

function addPdm(
  backend: string | undefined,
  pdm: Table,
  tree: FileTree,
  scripts: string[],
  modules: { name: string; attribute?: string | undefined; paths: readonly string[] }[],
): void {
  const build = table(pdm.build);
  const hook =
    build['custom-hook'] ??
    pdm['build-script'] ??
    (typeof pdm.build === 'string' ? pdm.build : undefined) ??
    'pdm_build.py';
  if (
    typeof hook === 'string' &&
    tree.paths.has(normaliseFolder(hook)) &&
    (Object.keys(pdm).length > 0 || /^pdm/.test(backend ?? ''))
  )
    scripts.push(hook);
  const getter = table(pdm.version).getter;
  if (typeof getter === 'string')
    modules.push({ name: getter.split(':')[0] ?? '', attribute: getter.split(':')[1], paths: ['', 'src'] });
}

function addPoetry(poetry: Table, scripts: string[]): void {
  const { build } = poetry;
  scripts.push(...strings([build, table(build).script]));
}

/** flit imports the module if its docstring and version are no literals. */
function addFlit(
  backend: string | undefined,
  flit: Table,
  project: Table,
  modules: { name: string; attribute?: string | undefined; paths: readonly string[] }[],
): void {
  if (!/^flit/.test(backend ?? '')) return;
  const name = table(flit.module).name ?? table(flit.metadata).module ?? project.name;
  const isDynamic = strings(project.dynamic).length > 0 || Object.keys(table(flit.metadata)).length > 0;
  if (typeof name === 'string' && isDynamic)
    modules.push({ name: name.replaceAll('-', '_'), attribute: '=__version__', paths: ['', 'src'] });
}

/** Adds entry points of a shipped egg-info that setuptools loads while it builds. */
function addEntryPoints(
  tree: FileTree,
  text: (path: string) => string | undefined,
  modules: { name: string; attribute?: string | undefined; paths: readonly string[] }[],
): void {
  for (const path of tree.paths) {
    if (!/^(?:[^/]+\/){0,2}[^/]+\.(?:egg-info|dist-info)\/entry_points\.txt$/.test(path)) continue;
    let isBuildGroup = false;
    for (const line of (text(path) ?? '').split('\n', 5_000)) {
      const group = /^\s*\[([^\]]+)\]/.exec(line)?.[1];
      if (group !== undefined) isBuildGroup = /^(?:distutils|setuptools|egg_info)\b/.test(group.trim());
      const target = isBuildGroup ? /=\s*([\w.]+)\s*(?::\s*([\w.]+))?/.exec(line) : null;
      if (target?.[1] !== undefined) modules.push({ name: target[1], attribute: target[2], paths: ['', 'src'] });
    }
  }
}

/** Adds the scripts that meson runs while it configures or builds. */
function addMeson(
  backend: string | undefined,
  tree: FileTree,
  text: (path: string) => string | undefined,
  scripts: string[],
): BuildPlan['commands'] {
  const commands: { path: string; line: number; words: readonly string[] }[] = [];
  if (!/^mesonpy/.test(backend ?? '')) return commands;
  for (const path of tree.paths) {
    if (!/(?:^|\/)meson\.build$/.test(path) || /(?:^|\/)(?:subprojects|vendored-meson|tests?)\//.test(path)) continue;
    const folder = path.slice(0, path.lastIndexOf('/') + 1);
    const build = text(path) ?? '';
    for (const { 0: call, index } of build.matchAll(
      /\b(?:run_command|find_program|custom_target|run_target|add_\w+_script|generator)\s*\([^)]*\)?/g,
    )) {
      for (const [, script = ''] of call.matchAll(/['"]([\w./-]+\.py)['"]/g)) {
        for (const candidate of [folder + script, script])
          if (tree.paths.has(normaliseFolder(candidate))) scripts.push(candidate);
      }
      if (!/^(?:run_command|custom_target|run_target)/.test(call)) continue;
      const words = [...call.matchAll(/'((?:[^'\\\n]|\\.)*)'/g)].map(([, word = '']) => word);
      const line = build.slice(0, index).split('\n').length;
      commands.push({ path, line, words: call.startsWith('run_command') ? words : words.slice(1) });
    }
  }
  return commands;
}

/** Adds what the options of any other backend refer to: `module:function`. */
function addReferences(
  value: unknown,
  tree: FileTree,
  modules: { name: string; attribute?: string | undefined; paths: readonly string[] }[],
  scripts: string[],
  depth: number,
): void {
  if (depth > 6 || modules.length > 200) return;
  if (typeof value === 'string') {
    const reference = /^([A-Za-z_][\w.]*):([A-Za-z_][\w.]*)$/.exec(value);
    if (reference?.[1] !== undefined) modules.push({ name: reference[1], attribute: reference[2], paths: ['', 'src'] });
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    if (
      /^(?:scripts|gui-scripts|gui_scripts|plugins|entry-points|entry_points|entrypoints|envs|dev-dependencies|group|urls)$/.test(
        key,
      )
    )
      continue;
    if (/(?:script|hook|factory|provider)s?$/.test(key) && typeof inner === 'string' && inner.endsWith('.py'))
      scripts.push(inner);
    addReferences(inner, tree, modules, scripts, depth + 1);
  }
}

const table = (value: unknown): Table => (typeof value === 'object' && value !== null ? (value as Table) : {});
const strings = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((item) => typeof item === 'string').slice(0, 20) : [];
const folders = (value: unknown): string[] => strings(Object.values(table(value))).map(normaliseFolder);

function normaliseFolder(path: string): string {
  return path
    .replaceAll('\\', '/')
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/');
}

function readToml(source: string | undefined): Table {
  if (source === undefined || source.length > 1_048_576) return {};
  try {
    return parseToml(source);
  } catch {
    return {};
  }
}
