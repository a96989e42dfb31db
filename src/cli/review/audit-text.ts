import { oneLine } from '../../printable.ts';
import type { AuditEntry } from '../../vetting/audit.ts';
import { list } from '../messages.ts';
import type { Output } from '../terminal.ts';
import { localTime } from '../times.ts';
import { wrap } from '../wrap.ts';
import { omittedLines, pageOf } from './paging.ts';
import { decisionText } from './queue-text.ts';

/** Returns entries of the audit log, newest first: when, who, from where, and what was before and after. */
export function auditText(
  entries: readonly AuditEntry[],
  {
    limit,
    command,
    complete,
    now,
  }: { readonly limit: number; readonly command: string; readonly complete: boolean; readonly now: number },
  { columns }: Output,
): string {
  if (entries.length === 0) return 'no entries\n';
  const { shown, omitted } = pageOf(entries, limit);
  const blocks = shown.map((entry) => {
    const { by, identity, from } = entry.actor;
    const who = `${oneLine(by)}${identity === undefined ? '' : ` (${oneLine(identity)})`} from ${oneLine(from)}`;
    const lines = [`${localTime(entry.at, now)}  ${who}`, ...changeTexts(entry, now).map((text) => `  ${text}`)];
    return lines.map((line) => wrap(line, columns, '    ')).join('\n');
  });
  return `${[
    ...blocks,
    ...omittedLines(omitted, `${command} --all`),
    ...(complete ? [] : ['the log has more entries than were read; narrow it with `--since`']),
  ].join('\n')}\n`;
}

function changeTexts(entry: AuditEntry, now: number): readonly string[] {
  switch (entry.kind) {
    case 'decision': {
      const { before, after } = entry;
      const subject = oneLine(`${after.name}${after.specifier}`);
      const earlier = before === null ? [] : [`before: ${decisionText({ ...before, specifier: '==' }, now)}`];
      return [`${subject} ${decisionText({ ...after, specifier: '==' }, now)}`, ...earlier];
    }
    case 'archive': {
      const { name, before, after, reason } = entry;
      const why = reason === undefined ? '' : `: ${oneLine(reason)}`;
      return [`${oneLine(name)} ${list(after.versions)} ${oneLine(before.status)} → ${oneLine(after.status)}${why}`];
    }
    case 'mode': {
      const { mode, until, reason } = entry.after;
      const end = until === undefined ? '' : ` until ${localTime(until, now)}`;
      const before = entry.before === null ? 'file' : entry.before.mode;
      return [`mode ${oneLine(before)} → ${oneLine(mode)}${end}: ${oneLine(reason)}`];
    }
    case 'policy': {
      const { before, after, changes } = entry;
      return [`policy ${oneLine(before?.version ?? 'none')} → ${oneLine(after.version)}`, ...changes.map(oneLine)];
    }
  }
}
