import { AwspipError } from '../errors.ts';
import { type PipCommand, parsePipArguments } from '../pip/grammar.ts';
import { readToolRequest } from './arguments.ts';
import { type Tool, toolOf } from './installer.ts';
import type { ToolRequest } from './tool-request.ts';

/** Another installer's command line, and what it asks for. */
export type Exec = {
  /** The program and its arguments. */
  readonly argv: readonly string[];
  readonly tool: Tool;
  /** Arguments of the tool itself: without `python -m tox`. */
  readonly args: readonly string[];
  readonly ask: ToolRequest;
  /** What it asks for, as pip would be asked. */
  readonly command: PipCommand;
};

/**
 * Reads `awspip exec -- CMD …`.
 *
 * @throws {AwspipError} `exec-nothing` (64) when no command is given.
 */
export function readExec(words: readonly string[], folder: string): Exec {
  const argv = words[0] === '--' ? words.slice(1) : words;
  if (argv.length === 0 || argv[0]?.startsWith('-')) {
    throw new AwspipError('exec-nothing', '`awspip exec` was given no command', {
      exit: 'usage',
      hint: 'write it behind `--`, as in `awspip exec -- uv sync`',
    });
  }
  const { tool, args } = toolOf(argv);
  const ask = readToolRequest(tool.name, args, folder);
  const command = parsePipArguments(tool.name === 'pip' ? ask.pip : ['install', ...ask.pip]);
  // Whatever it is called, a failure of it may be for want of a release.
  return { argv, tool, args, ask, command: { ...command, verb: command.verb ?? 'install' } };
}

/** How each tool is told to take one more project. */
const adds: Readonly<Partial<Record<Tool['name'], string>>> = {
  pip: 'exec -- pip install',
  pipx: 'exec -- pipx install',
  pipenv: 'exec -- pipenv install',
  poetry: 'exec -- poetry add',
  uvx: 'exec -- uvx',
};

/** What to type between `awspip` and a requirement, to have it the same way. */
export function lineOf({ tool, args, ask }: Pick<Exec, 'tool' | 'args' | 'ask'>): string {
  if (tool.name !== 'uv') return adds[tool.name] ?? 'vet';
  if (ask.script !== undefined) return 'vet'; // to the script or to the project: only uv knows
  if (ask.project !== undefined) return 'exec -- uv add';
  return args.includes('tool') ? 'exec -- uv tool install' : 'exec -- uv pip install';
}
