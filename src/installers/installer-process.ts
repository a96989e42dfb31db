import { isolatedArguments } from '../pip/environment.ts';
import type { PipProgram } from '../pip/find-pip.ts';
import type { ExecCommand } from './exec-command.ts';
import { readStart } from './installed-distributions.ts';
import { interpreterOf } from './touched-environments.ts';

/**
 * Returns the process of an installer: its program and arguments. `argv` is the command line with copies of files. As
 * in `awspip install`, `--isolated` is left out, and `python -m` runs no module of the working directory. `interpreter`
 * is that of the program pip, which then runs as `python -m pip`, so that it takes the relay for its default index.
 */
export function installerProcess(
  exec: ExecCommand,
  program: string,
  argv: readonly string[],
  interpreter?: string,
): { readonly pip: PipProgram; readonly args: readonly string[] } {
  const { installer, module, command } = exec;
  const start = argv.length - exec.args.length;
  const own = argv.slice(start);
  const args = installer.name === 'pip' ? isolatedArguments({ ...command, argv: own }) : own;
  if (interpreter !== undefined) {
    return { pip: { command: [interpreter, '-m', 'pip'], python: interpreter, from: 'option' }, args };
  }
  const prefix = argv.slice(1, start);
  const words = module !== undefined && installer.installsOnly ? [...module.flags, '-m', module.name] : prefix;
  // `pipCommand` starts what follows `-m` itself, so a program of the user gets its words as they are.
  const isOwnModule = words === prefix;
  return {
    pip: { command: isOwnModule ? [program] : [program, ...words], python: program, from: 'option' },
    args: isOwnModule ? [...prefix, ...args] : args,
  };
}

const maxScriptBytes = 4_096;

/** Returns the interpreter of the program pip, from its first line. Undefined for others and for `python -m pip`. */
export async function pipInterpreter(
  { installer, module }: Pick<ExecCommand, 'installer' | 'module'>,
  program: string,
): Promise<string | undefined> {
  if (installer.name !== 'pip' || module !== undefined) return undefined;
  // Another program of that name, such as a wrapper, runs as it is.
  return /\bfrom pip\b/.test((await readStart(program, maxScriptBytes)) ?? '') ? interpreterOf(program) : undefined;
}
