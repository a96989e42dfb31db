import { parseToml } from '../../toml.ts';
import type { InstallCode } from '../types.ts';
import { importedModules } from './python-imports.ts';
import { pythonReach } from './python-reach.ts';

const maxFiles = 64;
/** A build that runs more scripts than this counts as hidden code. */
const maxScripts = 16;

/**
 * Returns a filter for the files of an sdist that its build may run: those at the root and in folders with a build-related
 * name. It accepts at most 64 files, and always `setup.py`.
 */
export function buildFiles(): (path: string) => boolean {
  let remaining = maxFiles;
  return (path) => {
    const [, folder = '', ...below] = path.replace(/^\.\//, '').split('/');
    if (below.length === 0 && folder === 'pyproject.toml') return true;
    const isCode =
      below.length === 0 || (below.length === 1 && /^[._]|build|backend|tool|setup|script|packag/.test(folder));
    if (!isCode || !path.endsWith('.py')) return false;
    remaining -= 1;
    return remaining >= 0 || path.endsWith('/setup.py');
  };
}

/** Returns the findings in the build code of an sdist: `setup.py`, an in-tree backend, and the modules they import. */
export function buildCode(entries: ReadonlyMap<string, string>, archive: string): InstallCode[] {
  const files = new Map([...entries].map(([path, text]) => [path.replace(/^\.\//, '').replace(/^[^/]+\//, ''), text]));
  const backend = backendFiles(files.get('pyproject.toml'));
  const scripts = new Set(['setup.py', ...backend].filter((path) => files.has(path)));
  for (const script of scripts) {
    for (const module of localImports(script, files)) scripts.add(module);
    if (scripts.size > maxScripts) break;
  }
  const hidden: InstallCode[] = [];
  const addHidden = (path: string, word: string): void => {
    hidden.push({ file: `${archive}: ${path}`.slice(0, 300), reach: 'hidden', word });
  };
  if (backend.length > 0 && !backend.some((path) => files.has(path))) {
    addHidden('pyproject.toml', 'a missing in-tree build backend');
  }
  if (scripts.size > maxScripts) addHidden('setup.py', `more than ${maxScripts} scripts`);
  const found = [...scripts].slice(0, maxScripts).flatMap((path) =>
    pythonReach(files.get(path) ?? '').map(({ reach, word }) => ({
      file: `${archive}: ${path}`.slice(0, 300),
      reach,
      word,
    })),
  );
  return [...hidden, ...found];
}

/** Returns the modules in the same folder that a script imports. Packages are excluded, as they are what is installed. */
function localImports(script: string, files: ReadonlyMap<string, string>): string[] {
  const folder = script.slice(0, script.lastIndexOf('/') + 1);
  return importedModules(files.get(script) ?? '')
    .map((module) => `${folder}${module.replace(/^\.+/, '').split('.')[0]}.py`)
    .filter((path) => files.has(path));
}

/** Returns the candidate files of an in-tree build backend (PEP 517, `backend-path`). */
function backendFiles(pyproject: string | undefined): string[] {
  const system = readBuildSystem(pyproject);
  const module = typeof system['build-backend'] === 'string' ? system['build-backend'].split(':')[0] : undefined;
  const paths: unknown = system['backend-path'];
  if (module === undefined || !Array.isArray(paths)) return [];
  const modulePath = module.replaceAll('.', '/');
  return paths.slice(0, 10).flatMap((path) => {
    const folder = String(path).replace(/^(\.?\/)+|^\.$|\/+$/g, '');
    const base = folder === '' ? modulePath : `${folder}/${modulePath}`;
    return [`${base}.py`, `${base}/__init__.py`];
  });
}

function readBuildSystem(pyproject: string | undefined): Readonly<Record<string, unknown>> {
  if (pyproject === undefined || pyproject.length > 1_048_576) return {};
  try {
    const system = parseToml(pyproject)['build-system'];
    return typeof system === 'object' && system !== null ? (system as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
