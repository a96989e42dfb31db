import path from 'node:path';
import { AwspipError } from '../errors.ts';
import { type PipCommand, parsePipArguments } from '../pip/grammar.ts';
import type { UnvettedSource } from '../pip/unvetted-source.ts';
import { type Installer, identifyInstaller, type PythonModule } from './installer.ts';
import type { InstallerRequest } from './installer-request.ts';
import { readInstallerRequest } from './read-installer-request.ts';

/** The command line of another installer, and what it requests. */
export type ExecCommand = {
  /** The program and its arguments. */
  readonly argv: readonly string[];
  readonly installer: Installer;
  /** The arguments of the installer itself, without a prefix such as `python -m`. */
  readonly args: readonly string[];
  /** The module of `python -m`, if the command is one. */
  readonly module?: PythonModule | undefined;
  readonly request: InstallerRequest;
  /** The equivalent command of pip. */
  readonly command: PipCommand;
};

/**
 * Reads the arguments of `awspip exec`. Relative paths are resolved against `folder`.
 *
 * @throws {AwspipError} `exec-no-command` (64) when there is no command.
 */
export function readExecCommand(execArguments: readonly string[], folder: string): ExecCommand {
  const argv = execArguments[0] === '--' ? execArguments.slice(1) : execArguments;
  if (argv.length === 0 || argv[0]?.startsWith('-')) {
    throw new AwspipError('exec-no-command', '`awspip exec` needs a command', {
      exit: 'usage',
      hint: 'put the command after `--`, as in `awspip exec -- uv sync`',
    });
  }
  const { installer, args, module } = identifyInstaller(argv);
  const request = readInstallerRequest(installer.name, args, folder);
  const command = parsePipArguments(installer.name === 'pip' ? request.pip : ['install', ...request.pip]);
  // Any program may fail because a release is missing, so a command without a pip verb counts as an install.
  return { argv, installer, args, module, request, command: { ...command, verb: command.verb ?? 'install' } };
}

/** Returns the name of the command's program, for messages. */
export function toolName({ installer, argv }: Pick<ExecCommand, 'installer' | 'argv'>): string {
  return installer.name === 'other' ? path.basename(argv[0] ?? '') : installer.name;
}

/** The command of each installer that adds a project. */
const addCommands: Readonly<Partial<Record<Installer['name'], string>>> = {
  pip: 'exec -- pip install',
  pipx: 'exec -- pipx install',
  pipenv: 'exec -- pipenv install',
  poetry: 'exec -- poetry add',
  pdm: 'exec -- pdm add',
  uvx: 'exec -- uvx',
};

/** Returns what to type between `awspip` and a requirement, so that the same installer adds it. */
export function addCommandOf({
  installer,
  args,
  request,
}: Pick<ExecCommand, 'installer' | 'args' | 'request'>): string {
  if (installer.name !== 'uv') return addCommands[installer.name] ?? 'vet';
  if (request.script !== undefined) return 'vet'; // It is unknown whether the script or its project needs the requirement.
  if (request.project !== undefined) return 'exec -- uv add';
  return args.includes('tool') ? 'exec -- uv tool install' : 'exec -- uv pip install';
}

/** The installers that use the relay if the index on their command line is replaced by it. */
const replaceable = new Set<Installer['name']>(['uv', 'uvx', 'pip', 'pip-compile', 'pip-sync', 'pipx']);

/**
 * Returns a check whether an installer can be made to use the vetted repository in place of a named default index. On
 * the command line, awspip replaces it. `uv add` would write it into the project. In files, uv prefers the relay, which
 * is its index by a variable, to `--index-url`, and pip is started so that it takes the relay for that index. If pip's
 * interpreter is unknown, pip asks PyPI, and the relay blocks that.
 */
export function canReplaceIndex({ installer, request, args }: Pick<ExecCommand, 'installer' | 'request' | 'args'>) {
  const isUv = installer.name === 'uv' || installer.name === 'uvx';
  const replacesInFiles = isUv || installer.name === 'pip';
  const writesIndex = installer.name === 'uv' && request.project !== undefined && args.includes('add');
  return ({ kind, where }: Pick<UnvettedSource, 'kind' | 'where'>): boolean =>
    where === 'argument' ? replaceable.has(installer.name) && !writesIndex : replacesInFiles && kind === 'index-url';
}

const singleEnvironment = new Set<Installer['name']>(['pip', 'pip-compile', 'pip-sync', 'uv', 'uvx']);

/**
 * Checks whether everything that a command requests is for one environment. A project may have groups that contradict
 * each other, and `pipx install A B` or tox make an environment for each.
 */
export function sharesEnvironment({ installer, request }: Pick<ExecCommand, 'installer' | 'request'>): boolean {
  return singleEnvironment.has(installer.name) && request.project === undefined;
}

/** Checks whether a command builds packages before all else, so that their build requirements are requested up front. */
export function buildsFirst({ installer, request }: Pick<ExecCommand, 'installer' | 'request'>): boolean {
  return request.isolated !== undefined || installer.name === 'pre-commit';
}
