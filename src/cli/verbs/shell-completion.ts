import { Argument, type Command } from 'commander';
import type { Context } from '../context.ts';
import { verbSummaries } from '../verb-names.ts';

/** Adds `awspip shell-completion`. Its name is not `completion`, which is a verb of pip. */
export function addShellCompletion(program: Command, { terminal: { stdout } }: Context): void {
  program
    .command('shell-completion')
    .summary(verbSummaries['shell-completion'])
    .description(
      "Prints a script that completes awspip's verbs, pip's commands, and the options and values of both. The script " +
        'starts nothing while you type, except for the names of installed packages.',
    )
    .addArgument(new Argument('<shell>', 'the shell that reads the script').choices(['bash', 'zsh', 'fish']))
    .action(async (shell: 'bash' | 'zsh' | 'fish') => {
      const [{ completionTable }, { completionScript }] = await Promise.all([
        import('../completion/completion-table.ts'),
        import('../completion/completion-script.ts'),
      ]);
      stdout.write(completionScript(shell, completionTable(program)));
    });
}
