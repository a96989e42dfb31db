import type { PipCommand } from './grammar.ts';
import { configuredByVariables } from './root-options.ts';

/** From this verbosity (`-qq`), pip prints only errors. */
const errorsOnly = -2;

/** Checks whether pip prints only errors, by its command line, `PIP_QUIET` and `PIP_VERBOSE`. */
export function isSilent(command: PipCommand, variables: Readonly<Record<string, string | undefined>>): boolean {
  const { options } = configuredByVariables(command, variables);
  const count = (name: string) => {
    const typed = command.options.filter((option) => option.name === name).length;
    return typed + (Number(options.findLast((option) => option.name === name)?.value) || 0);
  };
  return count('--verbose') - count('--quiet') <= errorsOnly;
}
