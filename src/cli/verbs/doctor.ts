import type { Command } from 'commander';
import type { Check } from '../../doctor/types.ts';
import { exitCodes } from '../../errors.ts';
import { oneLine } from '../../printable.ts';
import type { ResolvedSettings } from '../../settings/resolve.ts';
import type { Context } from '../context.ts';
import { hintLines } from '../hint-lines.ts';
import { jsonLine } from '../json-document.ts';
import type { Style } from '../terminal.ts';
import { withLocalTimes } from '../times.ts';
import { verbSummaries } from '../verb-names.ts';

/** Adds `awspip doctor`, which prints one line per check. `end` is called with the exit code of the first failure. */
export function addDoctor(
  program: Command,
  resolved: ResolvedSettings,
  context: Context,
  end: (code: number) => void,
): void {
  program
    .command('doctor')
    .summary(verbSummaries.doctor)
    .description(
      'Checks Python, pip, settings and their sources, what builds can read, credentials, token, repository, table and workflow; for the local stack also the index and the signal sources. Exits with the code of the first check that fails.',
    )
    .option('--live', 'also check what only a deployment can show; takes minutes')
    .option('--bypass', 'try which ways to install packages without awspip are open')
    .option('--json', 'print one JSON line per check')
    .action(async ({ live = false, bypass = false, json }: { live?: boolean; bypass?: boolean; json?: boolean }) => {
      const { terminal } = context;
      let failed: Check | undefined;
      for await (const check of (await context.compose(resolved)).doctor(resolved, { live, bypass })) {
        terminal.stdout.write(json ? jsonLine(check) : checkText(check, terminal.stdoutStyle));
        if (check.state === 'fail') failed ??= check;
      }
      if (failed !== undefined) end(exitCodes[failed.exit ?? 'bug'].code);
    });
}

/** Returns a check as people read it, with times in local form. */
function checkText({ name, state, detail, hint }: Check, style: Style): string {
  const colour = { pass: style.green, warn: style.bold, fail: style.red, skip: style.dim }[state];
  const hints = hintLines([hint], style).map((line) => `      ${line}\n`);
  return `${colour(state)}  ${style.bold(name)}: ${withLocalTimes(oneLine(detail), Date.now())}\n${hints.join('')}`;
}
