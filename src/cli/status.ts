import { printable } from '../printable.ts';
import type { StatusView } from '../review/types.ts';
import type { ReleaseRecord, RequestRecord } from '../vetting/types.ts';
import { describeStep, list } from './messages.ts';
import type { Terminal } from './terminal.ts';

/** The records as people read them: what runs first, then decisions, newest first. */
export function statusText({ requests, releases }: StatusView, { style }: Pick<Terminal, 'style'>): string {
  const lines = [
    style.bold('being vetted'),
    ...orNothing(requests.map(requestLine)),
    '',
    style.bold('decided'),
    ...orNothing(releases.map((release) => releaseLine(release, style))),
  ];
  return `${lines.join('\n')}\n`;
}

function orNothing(lines: readonly string[]): readonly string[] {
  return lines.length > 0 ? lines : ['  nothing'];
}

function requestLine(record: RequestRecord): string {
  return `  ${list(record.roots)}: ${describeStep(record)}, asked by ${printable(record.requestedBy)} at ${record.createdAt}`;
}

function releaseLine(
  { name, version, status, score, reasons, updatedAt, cause }: ReleaseRecord,
  style: Terminal['style'],
): string {
  const colour = status === 'SECURE' ? style.green : status === 'HELD' ? style.yellow : style.red;
  const why = cause ?? (status === 'SECURE' ? '' : (reasons ?? []).map(({ text }) => text).join(', '));
  const points =
    score === undefined ? '' : `  score ${score.min === score.max ? score.min : `${score.min}-${score.max}`}`;
  return `  ${updatedAt}  ${colour(status.padEnd(7))}  ${printable(`${name} ${version}`)}${points}${why ? `  ${printable(why)}` : ''}`;
}
