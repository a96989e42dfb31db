import { oneLine } from '../../printable.ts';
import type { VetOutcome } from '../../review/types.ts';
import { count, describeRefusal, describeStep, list } from '../messages.ts';
import type { Output } from '../terminal.ts';

/** Returns what became of a request: what is vetted, and what approvers now have in their queue. */
export function requestText(
  { answer: { kind, record } }: VetOutcome,
  specs: readonly string[],
  now: number,
  { style }: Output,
): string {
  if (kind === 'secure') return `${list(specs)}: vetted; \`awspip install\` installs it now\n`;
  if (kind === 'still-running') return `${list(specs)}: still being vetted (${describeStep(record)})\n`;
  const fatal = record.refusals.filter((refusal) => refusal.fatal);
  const queued = fatal.filter((refusal) => refusal.kind === 'HELD' || refusal.kind === 'BLOCKED');
  const others = (record.refusalsOmitted ?? 0) > 0 ? [`… and ${record.refusalsOmitted} more`] : [];
  const lines = [
    ...fatal.map((refusal) => describeRefusal(refusal, now, style)),
    ...others,
    '',
    ...(queued.length === 0
      ? []
      : [`in the queue of the approvers: ${count(queued.length, 'release')} (request ${record.requestId})`]),
    ...(record.contact === undefined ? [] : [`contact: ${oneLine(record.contact)}`]),
    '`awspip holds --mine` shows what becomes of it',
  ];
  return `${lines.join('\n')}\n`;
}
