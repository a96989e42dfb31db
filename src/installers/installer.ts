import path from 'node:path';

/** The installers that awspip knows, and whether each only installs packages. `other` is any other program. */
const installsOnly = {
  uv: true,
  uvx: true,
  pip: true,
  'pip-compile': true,
  'pip-sync': true,
  pipx: true,
  pipenv: true,
  poetry: true,
  pdm: true,
  hatch: false,
  'pre-commit': false,
  'pyproject-build': false,
  tox: false,
  nox: false,
  other: false,
} as const satisfies Record<string, boolean>;

export type InstallerName = keyof typeof installsOnly;

/** The names of the installers, with `other`. */
export const installerNames = Object.keys(installsOnly) as readonly InstallerName[];

/** An installer, or a program that may start one. */
export type Installer = {
  readonly name: InstallerName;
  /**
   * Whether it only installs packages, so that the relay is its proxy for every connection. Other programs run tests
   * and scripts of the user, whose HTTPS connections stay as they are.
   */
  readonly installsOnly: boolean;
};

/** A module that Python runs with `-m`. */
export type PythonModule = {
  readonly name: string;
  /** The options of Python before it. */
  readonly flags: readonly string[];
};

/** Recognizes an installer by its command line: `uv`, `/opt/bin/tox`, `pip3.12`, `python -m nox`. */
export function identifyInstaller([command = '', ...args]: readonly string[]): {
  installer: Installer;
  args: readonly string[];
  module?: PythonModule;
} {
  const base = path
    .basename(command.replaceAll('\\', '/'))
    .toLowerCase()
    .replace(/\.(?:exe|cmd|bat)$/, '');
  if (/^(?:python|pypy)[\d.]*t?$/.test(base)) {
    const module = moduleOf(args);
    if (module !== undefined) {
      const { name, flags } = module;
      const installer = installerNamed(modules[name] ?? name.replace(/^pip\..*$/, 'pip'));
      return { installer, args: module.args, module: { name: installer.name === 'pip' ? 'pip' : name, flags } };
    }
  }
  return { installer: installerNamed(base), args };
}

function installerNamed(base: string): Installer {
  const name = /^pip-?[\d.]*$/.test(base) ? 'pip' : base;
  const known = installerNames.find((installer) => installer === name) ?? 'other';
  return { name: known, installsOnly: installsOnly[known] };
}

/** Reads `-m MODULE` as Python does: also `-mpip`, in a cluster, and after options that take a value. */
function moduleOf(args: readonly string[]): (PythonModule & { args: readonly string[] }) | undefined {
  const flags: string[] = [];
  for (let at = 0; at < args.length; at += 1) {
    const argument = args[at] ?? '';
    // The only long options that may precede a module are this one, whose value is a word, and flags.
    if (argument.startsWith('--') && argument !== '--') {
      const values = argument === '--check-hash-based-pycs' ? 1 : 0;
      flags.push(...args.slice(at, at + 1 + values));
      at += values;
      continue;
    }
    // Flags, then at most one option with a value, which may be the next argument.
    const [, cluster = '', letter = '', joined = ''] = /^-(?=.)([^-mcXWQ]*)([mcXWQ]?)(.*)$/.exec(argument) ?? [
      '',
      '',
      'c',
    ];
    const consumed = letter !== '' && joined === '' ? 1 : 0;
    if (letter === 'm') {
      const name = joined || args[at + 1];
      if (cluster !== '') flags.push(`-${cluster}`);
      return name === undefined ? undefined : { name, flags, args: args.slice(at + 1 + consumed) };
    }
    if (letter === 'c') return undefined;
    flags.push(...args.slice(at, at + 1 + consumed));
    at += consumed;
  }
  return undefined;
}

/** The installers whose module has another name. */
const modules: Readonly<Partial<Record<string, string>>> = {
  piptools: 'pip-compile',
  pre_commit: 'pre-commit',
  build: 'pyproject-build',
};
const programRunners = new Set<InstallerName>(['other', 'uvx', 'hatch', 'pre-commit']);

/**
 * Checks whether an installer may start an interactive program of the user. Then its stderr stays the terminal, and
 * missing packages are known only from the requests to the relay.
 */
export function runsPrograms({ name }: Installer, args: readonly string[]): boolean {
  if (programRunners.has(name)) return true;
  const positionals = args.filter((arg) => !arg.startsWith('-'));
  return positionals.slice(0, 2).some((verb) => verb === 'run' || verb === 'shell');
}
