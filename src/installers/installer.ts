import path from 'node:path';

/** The installers that awspip knows. `other` is any other program, which may start one of them. */
export type InstallerName =
  | 'uv'
  | 'uvx'
  | 'pip'
  | 'pip-compile'
  | 'pip-sync'
  | 'pipx'
  | 'pipenv'
  | 'poetry'
  | 'tox'
  | 'nox'
  | 'other';

/** An installer, or a program that may start one. */
export type Installer = {
  readonly name: InstallerName;
  /**
   * Whether it only installs packages, so that the relay is its proxy for every connection. Other programs run tests
   * and scripts of the user, whose HTTPS connections stay as they are.
   */
  readonly installsOnly: boolean;
};

const packageInstallers = new Set<InstallerName>([
  ...(['uv', 'uvx', 'pip', 'pip-compile', 'pip-sync', 'pipx', 'pipenv', 'poetry'] as const),
]);
const known = new Set<string>([...packageInstallers, 'tox', 'nox']);

/** Recognizes an installer by its command line: `uv`, `/opt/bin/tox`, `pip3.12`, `python -m nox`. */
export function identifyInstaller([command = '', ...args]: readonly string[]): {
  installer: Installer;
  args: readonly string[];
} {
  const base = path
    .basename(command.replaceAll('\\', '/'))
    .toLowerCase()
    .replace(/\.(?:exe|cmd|bat)$/, '');
  if (/^(?:python|pypy)[\d.]*$/.test(base)) {
    const module = moduleOf(args);
    if (module !== undefined) return { installer: installerNamed(module.name), args: module.args };
  }
  return { installer: installerNamed(base), args };
}

function installerNamed(base: string): Installer {
  const name = /^pip[\d.]*$/.test(base) ? 'pip' : base;
  if (!known.has(name)) return { name: 'other', installsOnly: false };
  return { name: name as InstallerName, installsOnly: packageInstallers.has(name as InstallerName) };
}

/** Reads `-m MODULE` as Python does: also `-mpip`, in a cluster, and after options that take a value. */
function moduleOf(args: readonly string[]): { name: string; args: readonly string[] } | undefined {
  for (let at = 0; at < args.length; at += 1) {
    // Flags, then at most one option with a value, which may be the next argument.
    const [, letter = '', joined = ''] = /^-(?=.)[^-mcXW]*([mcXW]?)(.*)$/.exec(args[at] ?? '') ?? ['', 'c'];
    const consumed = letter !== '' && joined === '' ? 1 : 0;
    if (letter === 'm') {
      const name = joined || args[at + 1];
      return name === undefined ? undefined : { name: modules[name] ?? name, args: args.slice(at + 1 + consumed) };
    }
    if (letter === 'c') return undefined;
    at += consumed;
  }
  return undefined;
}

const modules: Readonly<Partial<Record<string, string>>> = { piptools: 'pip-compile' };

/**
 * Checks whether an installer may start an interactive program of the user. Then its stderr stays the terminal, and
 * missing packages are known only from the requests to the relay.
 */
export function runsPrograms({ name }: Installer, args: readonly string[]): boolean {
  if (name === 'other' || name === 'uvx') return true;
  const positionals = args.filter((arg) => !arg.startsWith('-'));
  return positionals.slice(0, 2).some((verb) => verb === 'run' || verb === 'shell');
}
