import { type Command, Option } from 'commander';
import { decisionsInForce, readHistory, readQueue } from '../../review/queue.ts';
import { parseSpec, readSpan, shellQuote } from '../../review/spec.ts';
import { decideMode } from '../../settings/mode.ts';
import type { ResolvedSettings } from '../../settings/resolve.ts';
import { decisionsOf } from '../../vetting/audit.ts';
import type { Context } from '../context.ts';
import { jsonDocument } from '../json-document.ts';
import { auditText } from '../review/audit-text.ts';
import { type PagingFlags, pageOf, readLimit } from '../review/paging.ts';
import { decisionsText, historyText, holdsText } from '../review/queue-text.ts';
import { stdoutOutput } from '../terminal.ts';
import { verbSummaries } from '../verb-names.ts';

type Flags = PagingFlags & {
  readonly mine?: boolean;
  readonly since?: string;
  readonly name?: string;
  readonly expiring?: string;
  readonly json?: boolean;
};

/** Adds `awspip holds`, `approvals`, `history` and `audit`, which show the queue and the decisions. */
export function addQueue(program: Command, resolved: ResolvedSettings, context: Context): void {
  const { stdout } = context.terminal;
  const output = () => stdoutOutput(context.terminal);
  const open = async () => {
    const service = await (await context.compose(resolved)).reviewService();
    const mode = decideMode(resolved, context.environment.CI);
    return { service, mode, records: await service.records(mode), now: service.now() };
  };
  paged(program.command('holds'))
    .summary(verbSummaries.holds)
    .description(
      'Shows each release that somebody asked for and that is on hold or blocked: why, who asked and what needs it, what would allow it, and the decisions about it. A hold is kept until 90 days after the last request.',
    )
    .option('--mine', 'what you asked for')
    .option('--since <time>', 'what was asked for in this time: `12h`, `7d`, `2w`')
    .option('--name <glob>', 'the projects with this name; `*` matches any characters')
    .action(async (flags: Flags) => {
      const limit = readLimit(flags);
      const since = flags.since === undefined ? undefined : readSpan(flags.since);
      const { service, records, mode, now } = await open();
      const { mine, name } = flags;
      const requester = mine === true ? service.userName : undefined;
      const [queue, { contact }] = await Promise.all([
        readQueue(records, { requester, since: since && now - since, name }, now),
        service.policyNotes(mode),
      ]);
      const { shown, omitted } = pageOf(queue.items, limit);
      const command = commandOf('holds', flags);
      stdout.write(
        flags.json === true
          ? jsonDocument({ holds: shown, omitted, complete: queue.complete, contact })
          : holdsText({ ...queue, limit, command, contact, now }, output()),
      );
    });
  paged(program.command('approvals'))
    .summary(verbSummaries.approvals)
    .description('Shows the approvals and denials in force, the newest first.')
    .option('--expiring <time>', 'those that end within this time: `14d`')
    .option('--name <glob>', 'the projects with this name; `*` matches any characters')
    .action(async (flags: Flags) => {
      const limit = readLimit(flags);
      const within = flags.expiring === undefined ? undefined : readSpan(flags.expiring);
      const { records, now } = await open();
      const { entries, complete } = await records.auditEntries();
      const decisions = decisionsInForce(decisionsOf(entries), { now, within, name: flags.name });
      const { shown, omitted } = pageOf(decisions, limit);
      stdout.write(
        flags.json === true
          ? jsonDocument({ decisions: shown, omitted, complete })
          : decisionsText(decisions, { limit, command: commandOf('approvals', flags), complete, now }, output()),
      );
    });
  paged(program.command('audit'))
    .summary(verbSummaries.audit)
    .description(
      'Shows every decision and change of the policy, the newest first: who made it, from where, and what was before and after. On AWS, who is the identity of the credentials.',
    )
    .option('--since <time>', 'the entries of this time: `12h`, `7d`, `2w`')
    .action(async (flags: Flags) => {
      const limit = readLimit(flags);
      const span = flags.since === undefined ? undefined : readSpan(flags.since);
      const { records, now } = await open();
      const since = span === undefined ? undefined : new Date(now - span).toISOString();
      const { entries, complete } = await records.auditEntries({ since });
      const { shown, omitted } = pageOf(entries, limit);
      stdout.write(
        flags.json === true
          ? jsonDocument({ entries: shown, omitted, complete })
          : auditText(entries, { limit, command: commandOf('audit', flags), complete, now }, output()),
      );
    });
  paged(program.command('history'))
    .summary(verbSummaries.history)
    .description('Shows who asked for a project, what was decided about it and by whom, and its records, newest first.')
    .argument('<name>', 'a project')
    .action(async (text: string, flags: Flags) => {
      const limit = readLimit(flags);
      const { name } = parseSpec(text);
      const { records, now } = await open();
      const { events, complete } = await readHistory(records, name);
      const { shown, omitted } = pageOf(events, limit);
      stdout.write(
        flags.json === true
          ? jsonDocument({ name, events: shown, omitted, complete })
          : historyText(events, { limit, command: `awspip history ${name}`, complete, now }, output()),
      );
    });
}

/** Adds the options of every list. */
export function paged(command: Command): Command {
  return command
    .addOption(new Option('--limit <number>', 'the most entries to show; default: 20'))
    .option('--all', 'show every entry')
    .option('--json', 'print one JSON document');
}

/** Returns the command line that was typed, without the options of paging. */
function commandOf(verb: string, { mine, since, name, expiring }: Flags): string {
  return [
    `awspip ${verb}`,
    ...(mine === true ? ['--mine'] : []),
    ...(since === undefined ? [] : [`--since ${shellQuote(since)}`]),
    ...(expiring === undefined ? [] : [`--expiring ${shellQuote(expiring)}`]),
    ...(name === undefined ? [] : [`--name ${shellQuote(name)}`]),
  ].join(' ');
}
