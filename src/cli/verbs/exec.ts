import type { Command } from 'commander';
import { verbSummaries } from '../verb-names.ts';

/** Adds `awspip exec` to the list of verbs. The command line after it is read by `readExec`. */
export function addExec(program: Command): Command {
  return program
    .command('exec')
    .summary(verbSummaries.exec)
    .description(
      'Runs another installer (uv, pipx, pip-tools, pipenv, poetry, tox, nox or a script) behind the relay. Its packages come from the vetted repository; missing packages are vetted.',
    )
    .usage('-- COMMAND [ARGUMENTS…]');
}
