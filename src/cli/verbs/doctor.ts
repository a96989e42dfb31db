import type { Command } from 'commander';
import type { Check } from '../../doctor/types.ts';
import { exitCodes } from '../../errors.ts';
import { printable } from '../../printable.ts';
import type { ResolvedSettings } from '../../settings/resolve.ts';
import type { Context } from '../context.ts';
import type { Terminal } from '../terminal.ts';

/** `awspip doctor`: one line for each thing an install needs; the exit code of the first that fails. */
export function addDoctor(
  program: Command,
  resolved: ResolvedSettings,
  context: Context,
  end: (code: number) => void,
): void {
  program
    .command('doctor')
    .summary('checks everything an install needs, a line each')
    .description(
      'Python, pip, settings and where they come from, credentials, token, repository, table and workflow; ends with the exit code of the first that fails.',
    )
    .option(
      '--live',
      'also checks on the deployed system what cannot be known without an account; takes minutes',
      false,
    )
    .option('--json', 'one JSON line for each check', false)
    .action(async ({ live, json }: { live: boolean; json: boolean }) => {
      const { terminal } = context;
      let failed: Check | undefined;
      for await (const check of (await context.compose(resolved)).doctor(resolved, { live })) {
        terminal.stdout.write(json ? `${JSON.stringify(check)}\n` : checkLine(check, terminal));
        if (check.state === 'fail') failed ??= check;
      }
      if (failed !== undefined) end(exitCodes[failed.exit ?? 'bug'].code);
    });
}

function checkLine({ name, state, detail, hint }: Check, { style }: Pick<Terminal, 'style'>): string {
  const colour = { pass: style.green, fail: style.red, skip: style.yellow }[state];
  const way = hint === undefined ? '' : `      ${style.cyan('hint:')} ${printable(hint)}\n`;
  return `${colour(state)}  ${style.bold(name)}: ${printable(detail)}\n${way}`;
}
