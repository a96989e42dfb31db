import type { PipCommand } from './grammar.ts';
import { configuredByVariables } from './root-options.ts';

/** From this verbosity down pip prints only errors: `-qq`. */
const errorsOnly = -2;

type Variables = Readonly<Record<string, string | undefined>>;

/** Whether pip prints only errors, by its command line and by `PIP_QUIET` and `PIP_VERBOSE`. */
export function isSilent(command: PipCommand, variables: Variables): boolean {
  return verbosity(command, variables) <= errorsOnly;
}

/** Whether pip prints more than usual: `-v`. */
export function isVerbose(command: PipCommand, variables: Variables): boolean {
  return verbosity(command, variables) > 0;
}

function verbosity(command: PipCommand, variables: Variables): number {
  const { options } = configuredByVariables(command, variables);
  const count = (name: string) => {
    const typed = command.options.filter((option) => option.name === name).length;
    return typed + (Number(options.findLast((option) => option.name === name)?.value) || 0);
  };
  return count('--verbose') - count('--quiet');
}
