import { isolatedArguments } from '../pip/environment.ts';
import type { PipProgram } from '../pip/find-pip.ts';
import type { ExecCommand } from './exec-command.ts';

/**
 * Returns the process of an installer: its program and arguments. `argv` is the command line with copies of files. As
 * in `awspip install`, `--isolated` is left out, and `python -m` runs no module of the working directory.
 */
export function installerProcess(
  exec: ExecCommand,
  program: string,
  argv: readonly string[],
): { readonly pip: PipProgram; readonly args: readonly string[] } {
  const { installer, module, command } = exec;
  const start = argv.length - exec.args.length;
  const own = argv.slice(start);
  const args = installer.name === 'pip' ? isolatedArguments({ ...command, argv: own }) : own;
  const prefix = argv.slice(1, start);
  const words = module !== undefined && installer.installsOnly ? [...module.flags, '-m', module.name] : prefix;
  // `pipCommand` starts what follows `-m` itself, so a program of the user gets its words as they are.
  const isOwnModule = words === prefix;
  return {
    pip: { command: isOwnModule ? [program] : [program, ...words], python: program, from: 'option' },
    args: isOwnModule ? [...prefix, ...args] : args,
  };
}
