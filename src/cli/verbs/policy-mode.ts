import type { Command } from 'commander';
import { AwspipError } from '../../errors.ts';
import { readModeState, setMode } from '../../review/set-mode.ts';
import { decideMode } from '../../settings/mode.ts';
import type { ResolvedSettings } from '../../settings/resolve.ts';
import type { PolicySwitch } from '../../vetting/policy-switch.ts';
import type { Context } from '../context.ts';
import { jsonDocument } from '../json-document.ts';
import { modeText } from '../review/mode-text.ts';

const modes = ['observe', 'enforce', 'file'] as const;

type Flags = {
  readonly reason?: string;
  readonly until?: string;
  readonly days?: string;
  readonly json?: boolean;
};

/** Adds `awspip policy mode`, which shows the mode of the deployment or sets it over that of the policy file. */
export function addPolicyMode(policy: Command, resolved: ResolvedSettings, context: Context): void {
  policy
    .command('mode')
    .summary('show or set whether the policy is enforced or only observed')
    .description(
      'Without a mode, shows the mode in force. `observe`: what would be on hold or blocked is allowed and recorded; known malware and the block list stay blocked. `enforce`: the policy applies, also if its file says `observe`. `file`: the policy file decides.',
    )
    .argument('[mode]', modes.map((mode) => `\`${mode}\``).join(', '))
    .option('--reason <text>', 'why, for the audit log')
    .option('--until <date>', 'the last day; for `observe`, 14 days if absent')
    .option('--days <number>', 'the number of days')
    .option('--json', 'print one JSON document')
    .action(async (typed: string | undefined, { json, ...flags }: Flags) => {
      const { records: openRecords, userName, now, unique } = await (await context.compose(resolved)).reviewService();
      const records = await openRecords(decideMode(resolved, context.environment.CI));
      const state =
        typed === undefined
          ? await readModeState(records, now())
          : await setMode({ mode: readMode(typed), ...flags }, { records, userName, now: now(), id: unique() });
      context.terminal.stdout.write(json ? jsonDocument(state) : modeText(state, now()));
    });
}

function readMode(typed: string): PolicySwitch['mode'] {
  const mode = modes.find((name) => name === typed);
  if (mode !== undefined) return mode;
  throw new AwspipError('mode-invalid', `\`${typed.slice(0, 50)}\` is not a mode`, {
    exit: 'usage',
    hint: 'give `observe`, `enforce` or `file`',
  });
}
