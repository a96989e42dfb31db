import type { Command } from 'commander';

/** The verb in the list of verbs; what follows it is another program's command line and never read by this. */
export function addExec(program: Command): Command {
  return program
    .command('exec')
    .summary('another installer behind the same relay: uv, pipx, pip-tools, pipenv, poetry, tox, nox, scripts')
    .description('Runs a command whose packages come from the vetted repository; what it misses is vetted.')
    .usage('-- COMMAND [ARGUMENTS…]');
}
