import { accessSync, constants, realpathSync, statSync } from 'node:fs';
import { basename, delimiter, isAbsolute, join, resolve } from 'node:path';
import { AwspipError } from '../errors.ts';

/** A pip that can be run. */
export type PipProgram = {
  /** `[python, '-m', 'pip']`. */
  readonly command: readonly string[];
  /** Absolute path of the interpreter. */
  readonly python: string;
  /** Where the choice comes from; `path` alone has others to fall back on. */
  readonly from: 'option' | 'virtual-environment' | 'path';
  /** pip's version, when it is known. */
  readonly version?: string;
};

/** What `findPip` asks the disk. */
type DiskPort = {
  readonly isExecutable: (path: string) => boolean;
  /** The path behind all links; the path itself when there is none. */
  readonly realPath: (path: string) => string;
};

export type FindPip = {
  /** `--awspip-python` or `AWSPIP_PYTHON`: a path, or a name on PATH. */
  readonly python?: string | undefined;
  /** `VIRTUAL_ENV`. */
  readonly virtualEnv?: string | undefined;
  /** `PATH`. */
  readonly path: string;
  /** awspip's own files: never taken for an interpreter, under whatever name they stand on PATH. */
  readonly ownPaths: readonly string[];
  /** Interpreters that turned out to have no pip. */
  readonly without?: readonly string[];
  readonly platform?: string;
  readonly disk?: DiskPort;
};

/** The oldest pip that the relay was tried with. */
const minPipVersion = '20.3';

/**
 * The pip to run: the one asked for, that of the active virtual environment, `python3 -m pip`, `python -m pip`.
 * Starts no process; that an interpreter has no pip shows when it runs, and then `without` finds the next.
 * @throws AwspipError configuration when there is none.
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
  throw new AwspipError('no-python', 'there is no Python on this machine: neither `python3` nor `python` is on PATH', {
    exit: 'configuration',
    hint: 'install Python 3, or name one with `--awspip-python PATH`',
  });
}

/**
 * @throws AwspipError configuration when a pip's version is below the oldest supported one, or cannot be read.
 */
export function requireSupportedPip(version: string): void {
  const read = /^(\d{1,4})\.(\d{1,4})(?!\d)/.exec(version);
  const [year, release] = minPipVersion.split('.').map(Number);
  const is = [Number(read?.[1]), Number(read?.[2])];
  const supported = read && (is[0] !== year ? (is[0] ?? 0) > (year ?? 0) : (is[1] ?? 0) >= (release ?? 0));
  if (supported) return;
  throw new AwspipError(
    'pip-too-old',
    `pip ${version.slice(0, 40)} is not supported, only ${minPipVersion} and later`,
    {
      exit: 'configuration',
      hint: 'upgrade it with `python3 -m pip install --upgrade pip`, or name another Python with `--awspip-python PATH`',
    },
  );
}

/** The failure when an interpreter that had to be used has no pip. */
export function noPip(python: string): AwspipError {
  return new AwspipError('no-pip', `\`${python}\` has no pip`, {
    exit: 'configuration',
    hint: `install it with \`${python} -m ensurepip\`, or name another Python with \`--awspip-python PATH\``,
  });
}

/** The disk itself. */
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
  throw new AwspipError('no-python', `\`${python}\` is not a Python that can be run`, {
    exit: 'configuration',
    hint: 'give the path of an interpreter with `--awspip-python PATH`, or leave it out to use the one on PATH',
  });
}

function virtualPython(virtualEnv: string, wanted: FindPip): string | undefined {
  const windows = isWindows(wanted);
  return usable(windows ? join(virtualEnv, 'Scripts', 'python.exe') : join(virtualEnv, 'bin', 'python'), wanted);
}

/** Relative entries of PATH are left out: what lies in the working directory is a stranger's. */
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
