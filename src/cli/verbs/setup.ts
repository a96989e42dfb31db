import type { Command } from 'commander';
import { AwspipError } from '../../errors.ts';
import type { ResolvedSettings } from '../../settings/resolve.ts';
import type { Context } from '../context.ts';
import { setUpFromStack } from './stack-settings.ts';

/** `awspip setup …`: makes this machine or project ready. */
export function addSetup(program: Command, resolved: ResolvedSettings, context: Context): Command {
  return program
    .command('setup')
    .summary('makes this machine or project ready')
    .option('--from-stack <name>', 'write the settings of a deployed stack to your settings file')
    .option('--project', "with --from-stack: to the project's pyproject.toml instead", false)
    .action(async ({ fromStack, project }: { fromStack?: string; project: boolean }) => {
      if (fromStack !== undefined) return setUpFromStack(fromStack, { project }, resolved, context);
      throw new AwspipError('setup-unclear', 'nothing was said to set up', {
        exit: 'usage',
        hint: '`awspip setup --from-stack NAME`',
      });
    });
}
