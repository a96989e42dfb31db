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

export type FindPip = {
  /** `--awspip-python` or `AWSPIP_PYTHON`: a path, or a name on PATH. */
  readonly python?: string | undefined;
  /** `VIRTUAL_ENV`. */
  readonly virtualEnv?: string | undefined;
  /** `PATH`. */
  readonly path: string;
  /** awspip's own files, which are never used as an interpreter, under any name. */
  readonly ownPaths: readonly string[];
  /** Interpreters without pip. */
  readonly without?: readonly string[];
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
export async function findPip(wanted: FindPip): Promise<PipProgram> {
  const { python, virtualEnv } = wanted;
  if (python !== undefined && python !== '') return explicitPip(python, wanted);
  const active = virtualEnv ? virtualPython(virtualEnv, wanted) : undefined;
  if (active !== undefined) return unlessWithout(program(active, 'virtual-environment'), wanted);
  const onPath = ['python3', 'python'].flatMap((name) => onPathAs(name, wanted));
  const found = onPath.find((candidate) => !wanted.without?.includes(candidate));
  if (found !== undefined) return program(found, 'path');
  if (onPath[0] !== undefined) throw noPip(onPath[0]);
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
export function requireSupportedPip(version: string): void {
  const read = /^(\d{1,4})\.(\d{1,4})(?!\d)/.exec(version);
  const [year, release] = minPipVersion.split('.').map(Number);
  const is = [Number(read?.[1]), Number(read?.[2])];
  const supported = read && (is[0] !== year ? (is[0] ?? 0) > (year ?? 0) : (is[1] ?? 0) >= (release ?? 0));
  if (supported) return;
  throw new AwspipError(
    'pip-too-old',
    `pip ${version.slice(0, 40)} is not supported: awspip needs pip ${minPipVersion} or later`,
    {
      exit: 'configuration',
      hint: 'upgrade pip with `python3 -m pip install --upgrade pip`, or pass another Python with `--awspip-python PATH`',
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

const disk: DiskPort = {
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

function explicitPip(python: string, wanted: FindPip): PipProgram {
  const isPath = /[/\\]/.test(python);
  const found = isPath ? usable(python, wanted) : onPathAs(python, wanted)[0];
  if (found !== undefined) return unlessWithout(program(found, 'option'), wanted);
  throw new AwspipError('no-python', `\`${python}\` is not a Python executable`, {
    exit: 'configuration',
    hint: 'pass the path of a Python interpreter with `--awspip-python PATH`',
  });
}

function virtualPython(virtualEnv: string, wanted: FindPip): string | undefined {
  const windows = isWindows(wanted);
  return usable(windows ? join(virtualEnv, 'Scripts', 'python.exe') : join(virtualEnv, 'bin', 'python'), wanted);
}

/** Finds a program on PATH. Ignores relative entries, because the working directory is untrusted. */
function onPathAs(name: string, wanted: FindPip): string[] {
  const names = isWindows(wanted) && !name.endsWith('.exe') ? [`${name}.exe`, name] : [name];
  const found = wanted.path
    .split(delimiter)
    .filter((folder) => isAbsolute(folder))
    .flatMap((folder) => names.map((file) => join(folder, file)))
    .find((candidate) => usable(candidate, wanted) !== undefined);
  return found === undefined ? [] : [found];
}

function usable(candidate: string, { disk: port = disk, ownPaths }: FindPip): string | undefined {
  if (!port.isExecutable(candidate)) return undefined;
  const real = port.realPath(candidate);
  const own = ownPaths.some((path) => path === candidate || port.realPath(path) === real);
  return own || /^awspip/.test(basename(real)) ? undefined : resolve(candidate);
}

function unlessWithout(found: PipProgram, wanted: FindPip): PipProgram {
  if (wanted.without?.includes(found.python)) throw noPip(found.python);
  return found;
}

function program(python: string, from: PipProgram['from']): PipProgram {
  return { command: [python, '-m', 'pip'], python, from };
}

const isWindows = (wanted: FindPip) => (wanted.platform ?? process.platform) === 'win32';
