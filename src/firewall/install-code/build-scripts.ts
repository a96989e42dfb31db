import { parseToml } from '../../toml.ts';
import type { InstallCode } from '../types.ts';
import { importedModules } from './python-imports.ts';
import { pythonReach } from './python-reach.ts';

const maxFiles = 64;
/** Building that runs more files than this hides something. */
const maxScripts = 16;

/** Tells the files of an sdist that its building may run: at its root, and in folders that are for building. */
export function buildFiles(): (path: string) => boolean {
  let left = maxFiles;
  return (path) => {
    const [, folder = '', ...below] = path.replace(/^\.\//, '').split('/');
    if (below.length === 0 && folder === 'pyproject.toml') return true;
    const isCode =
      below.length === 0 || (below.length === 1 && /^[._]|build|backend|tool|setup|script|packag/.test(folder));
    if (!isCode || !path.endsWith('.py')) return false;
    left -= 1;
    return left >= 0 || path.endsWith('/setup.py');
  };
}

/** What runs when an sdist is built: setup.py, modules beside it that it imports, and a build backend of its own. */
export function buildCode(entries: ReadonlyMap<string, string>, archive: string): InstallCode[] {
  const files = new Map([...entries].map(([path, text]) => [path.replace(/^\.\//, '').replace(/^[^/]+\//, ''), text]));
  const backend = backendFiles(files.get('pyproject.toml'));
  const scripts = new Set(['setup.py', ...backend].filter((path) => files.has(path)));
  for (const script of scripts) {
    for (const helper of helpersOf(script, files)) scripts.add(helper);
    if (scripts.size > maxScripts) break;
  }
  const unseen: InstallCode[] = [];
  const hide = (path: string, word: string): void => {
    unseen.push({ file: `${archive}: ${path}`.slice(0, 300), reach: 'hidden', word });
  };
  if (backend.length > 0 && !backend.some((path) => files.has(path)))
    hide('pyproject.toml', 'a build backend of its own');
  if (scripts.size > maxScripts) hide('setup.py', `more than ${maxScripts} scripts`);
  const seen = [...scripts].slice(0, maxScripts).flatMap((path) =>
    pythonReach(files.get(path) ?? '').map(({ reach, word }) => ({
      file: `${archive}: ${path}`.slice(0, 300),
      reach,
      word,
    })),
  );
  return [...unseen, ...seen];
}

/** Modules in the same folder, not packages: importing those is what installing is for. */
function helpersOf(script: string, files: ReadonlyMap<string, string>): string[] {
  const folder = script.slice(0, script.lastIndexOf('/') + 1);
  return importedModules(files.get(script) ?? '')
    .map((module) => `${folder}${module.replace(/^\.+/, '').split('.')[0]}.py`)
    .filter((path) => files.has(path));
}

/** Files of an in-tree backend (PEP 517, `backend-path`). */
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
