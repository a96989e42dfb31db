import path from 'node:path';

/** An installer that is not pip, by what is known of it. `other`: any program that may start one. */
export type ToolName =
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

export type Tool = {
  readonly name: ToolName;
  /**
   * True: it fetches packages and nothing else, so that every way to the network leads to the relay. False: it runs
   * programs of the user's (tests, scripts), whose own https connections are none of our business.
   */
  readonly closed: boolean;
};

const closed = new Set<ToolName>(['uv', 'uvx', 'pip', 'pip-compile', 'pip-sync', 'pipx', 'pipenv', 'poetry']);
const known = new Set<string>([...closed, 'tox', 'nox']);

/** Recognises a tool by its command line: `uv`, `/opt/bin/tox`, `pip3.12`, `python -m nox`. */
export function toolOf([command = '', ...args]: readonly string[]): { tool: Tool; args: readonly string[] } {
  const base = path
    .basename(command.replaceAll('\\', '/'))
    .toLowerCase()
    .replace(/\.(?:exe|cmd|bat)$/, '');
  if (/^(?:python|pypy)[\d.]*$/.test(base)) {
    const module = moduleOf(args);
    if (module !== undefined) return { tool: named(module.name), args: module.args };
  }
  return { tool: named(base), args };
}

function named(base: string): Tool {
  const name = /^pip[\d.]*$/.test(base) ? 'pip' : base;
  if (!known.has(name)) return { name: 'other', closed: false };
  return { name: name as ToolName, closed: closed.has(name as ToolName) };
}

/** `-m MODULE` as Python reads its options: also `-mpip`, in a cluster, and behind options that take a value. */
function moduleOf(args: readonly string[]): { name: string; args: readonly string[] } | undefined {
  for (let at = 0; at < args.length; at += 1) {
    // Flags, then at most one letter with a value, which may stand in the next word.
    const [, letter = '', joined = ''] = /^-(?=.)[^-mcXW]*([mcXW]?)(.*)$/.exec(args[at] ?? '') ?? ['', 'c'];
    const taken = letter !== '' && joined === '' ? 1 : 0;
    if (letter === 'm') {
      const name = joined || args[at + 1];
      return name === undefined ? undefined : { name: modules[name] ?? name, args: args.slice(at + 1 + taken) };
    }
    if (letter === 'c') return undefined;
    at += taken;
  }
  return undefined;
}

const modules: Readonly<Partial<Record<string, string>>> = { piptools: 'pip-compile' };

/**
 * Whether it may hand the terminal to a program of the user's: then its stderr stays the terminal, and only what the
 * relay saw tells what was missing.
 */
export function runsPrograms({ name }: Tool, args: readonly string[]): boolean {
  if (name === 'other' || name === 'uvx') return true;
  const words = args.filter((arg) => !arg.startsWith('-'));
  return words.slice(0, 2).some((word) => word === 'run' || word === 'shell');
}
