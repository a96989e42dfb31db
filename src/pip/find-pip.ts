import { accessSync, constants, realpathSync, statSync } from 'node:fs';
import { basename, delimiter, isAbsolute, join, resolve } from 'node:path';
import { AwspipError } from '../errors.ts';

/** A pip that can be run. */
export type PipProgram = {
  /** `[python, '-m', 'pip']`. */
  readonly command: readonly string[];
  /** Absolute path of the interpreter. */
  readonly python: string;
  /** The source of the choice. Only `path` has alternatives. */
  readonly from: 'option' | 'virtual-environment' | 'path';
  /** pip's version, if known. */
  readonly version?: string;
};

/** The disk access of `findPip`. */
type DiskPort = {
  readonly isExecutable: (path: string) => boolean;
  /** Resolves symbolic links. Returns the path itself if it does not exist. */
  readonly realPath: (path: string) => string;
};

export type PipSearch = {
  /** `--awspip-python` or `AWSPIP_PYTHON`: a path, or a name on PATH. */
  readonly python?: string | undefined;
  /** `VIRTUAL_ENV`. */
  readonly virtualEnv?: string | undefined;
  /** `PATH`. */
  readonly path: string;
  /** awspip's own files, which are never used as an interpreter, under any name. */
  readonly ownPaths: readonly string[];
  /** Interpreters without pip. */
  readonly excludedPythons?: readonly string[];
  readonly platform?: string;
  readonly disk?: DiskPort;
};

/** The oldest supported pip. */
const minPipVersion = '20.3';

/**
 * Finds the pip to run: the requested one, that of the active virtual environment, `python3 -m pip`, or `python -m
 * pip`. Starts no process. If an interpreter turns out to have no pip, the caller adds it to `excludedPythons` and
 * searches again.
 *
 * @throws {AwspipError} `no-python` or `no-pip` (configuration).
 */
export async function findPip(search: PipSearch): Promise<PipProgram> {
  const { python, virtualEnv } = search;
  if (python !== undefined && python !== '') return explicitPip(python, search);
  const activePython = virtualEnv ? virtualPython(virtualEnv, search) : undefined;
  if (activePython !== undefined) return requireNotExcluded(pipOf(activePython, 'virtual-environment'), search);
  const pythons = ['python3', 'python'].flatMap((name) => findOnPath(name, search));
  const firstPython = pythons.find((candidate) => !search.excludedPythons?.includes(candidate));
  if (firstPython !== undefined) return pipOf(firstPython, 'path');
  if (pythons[0] !== undefined) throw noPip(pythons[0]);
  throw new AwspipError('no-python', 'no Python found: neither `python3` nor `python` is on PATH', {
    exit: 'configuration',
    hint: 'install Python 3, or pass its path with `--awspip-python PATH`',
  });
}

/**
 * Checks that a version of pip is supported.
 *
 * @throws {AwspipError} `pip-too-old` (configuration), also for an unreadable version.
 */
export function requireSupportedPip(version: string, python = 'python3'): void {
  const match = /^(\d{1,4})\.(\d{1,4})(?!\d)/.exec(version);
  const [year, release] = minPipVersion.split('.').map(Number);
  const parts = [Number(match?.[1]), Number(match?.[2])];
  const supported = match && (parts[0] !== year ? (parts[0] ?? 0) > (year ?? 0) : (parts[1] ?? 0) >= (release ?? 0));
  if (supported) return;
  throw new AwspipError(
    'pip-too-old',
    `pip ${version.slice(0, 40)} is not supported: awspip needs pip ${minPipVersion} or later`,
    {
      exit: 'configuration',
      hint: `upgrade pip with \`${python} -m pip install --upgrade pip\`, or pass another Python with \`--awspip-python PATH\``,
    },
  );
}

/** Returns the error for a required interpreter without pip. */
export function noPip(python: string): AwspipError {
  return new AwspipError('no-pip', `\`${python}\` has no pip`, {
    exit: 'configuration',
    hint: `install pip with \`${python} -m ensurepip\`, or pass another Python with \`--awspip-python PATH\``,
  });
}

const localDisk: DiskPort = {
  isExecutable(path) {
    try {
      accessSync(path, constants.X_OK);
      return statSync(path).isFile();
    } catch {
      return false;
    }
  },
  realPath(path) {
    try {
      return realpathSync(path);
    } catch {
      return path;
    }
  },
};

function explicitPip(python: string, search: PipSearch): PipProgram {
  const isPath = /[/\\]/.test(python);
  const explicitPath = isPath ? usableProgram(python, search) : findOnPath(python, search)[0];
  if (explicitPath !== undefined) return requireNotExcluded(pipOf(explicitPath, 'option'), search);
  throw new AwspipError('no-python', `\`${python}\` is not a Python executable`, {
    exit: 'configuration',
    hint: 'pass the path of a Python interpreter with `--awspip-python PATH`',
  });
}

export function virtualPython(virtualEnv: string, search: PipSearch): string | undefined {
  const windows = isWindows(search);
  return usableProgram(windows ? join(virtualEnv, 'Scripts', 'python.exe') : join(virtualEnv, 'bin', 'python'), search);
}

/** Finds a program on PATH. Ignores relative entries, because the working directory is untrusted. */
export function findOnPath(name: string, search: PipSearch): string[] {
  const names = isWindows(search) && !name.endsWith('.exe') ? [`${name}.exe`, name] : [name];
  const path_ = search.path
    .split(delimiter)
    .filter((folder) => isAbsolute(folder))
    .flatMap((folder) => names.map((file) => join(folder, file)))
    .find((candidate) => usableProgram(candidate, search) !== undefined);
  return path_ === undefined ? [] : [path_];
}

function usableProgram(candidate: string, { disk: port = localDisk, ownPaths }: PipSearch): string | undefined {
  if (!port.isExecutable(candidate)) return undefined;
  const real = port.realPath(candidate);
  const isAwspip = ownPaths.some((path) => path === candidate || port.realPath(path) === real);
  return isAwspip || /^awspip/.test(basename(real)) ? undefined : resolve(candidate);
}

function requireNotExcluded(pip: PipProgram, search: PipSearch): PipProgram {
  if (search.excludedPythons?.includes(pip.python)) throw noPip(pip.python);
  return pip;
}

function pipOf(python: string, from: PipProgram['from']): PipProgram {
  return { command: [python, '-m', 'pip'], python, from };
}

const isWindows = (search: PipSearch) => (search.platform ?? process.platform) === 'win32';
