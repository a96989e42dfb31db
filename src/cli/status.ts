import { oneLine } from '../printable.ts';
import type { StatusView } from '../review/types.ts';
import { skippedCause } from '../vetting/skipped-cause.ts';
import type { ReleaseRecord, RequestRecord } from '../vetting/types.ts';
import { describeStep, list, scoreText, statusTexts } from './messages.ts';
import { modeLine } from './review/mode-text.ts';
import type { Output } from './terminal.ts';
import { localTime } from './times.ts';
import { wrap } from './wrap.ts';

/** Returns the requests under way, then the latest decisions, newest first. `now` in epoch milliseconds. */
export function statusText(
  { requests, stopped, failed, releases, mode }: StatusView,
  now: number,
  output: Output,
): string {
  const { style } = output;
  const observed = modeLine(mode, now);
  const lines = [
    ...(observed === undefined ? [] : [wrap(observed, output.columns, '  '), '']),
    style.bold('Being vetted'),
    ...orNone(requests.map((request) => requestBlock(request, now, output))),
    '',
    ...stoppedLines(stopped, now, output),
    ...failedLines(failed, now, output),
    style.bold('Latest decisions'),
    ...orNone(releases.map((release) => releaseBlock(release, now, output))),
    ...(releases.length === 0 ? [] : ['', '`awspip holds` lists everything on hold or blocked, with who asked for it']),
  ];
  return `${lines.join('\n')}\n`;
}

function stoppedLines(stopped: readonly RequestRecord[], now: number, output: Output): readonly string[] {
  if (stopped.length === 0) return [];
  return [
    output.style.bold('Stopped without a result; the next command that needs them starts them again'),
    ...stopped.map((request) => requestBlock(request, now, output)),
    '',
  ];
}

const maxFailed = 5;

function failedLines(failed: readonly RequestRecord[], now: number, { style, columns }: Output): readonly string[] {
  if (failed.length === 0) return [];
  const blocks = failed
    .slice(0, maxFailed)
    .flatMap(({ roots, cause, requestedBy, requestId, updatedAt }) => [
      wrap(`  ${list(roots)}: ${oneLine(cause ?? 'no cause was recorded')}`, columns, '    '),
      style.dim(
        wrap(
          `    requested by ${oneLine(requestedBy)}, ${localTime(updatedAt, now)}, ID ${oneLine(requestId)}`,
          columns,
          '    ',
        ),
      ),
    ]);
  const omitted = failed.length > maxFailed ? [`  … and ${failed.length - maxFailed} more`] : [];
  return [
    style.bold('Failed in the last 7 days; the next command that needs them starts them again'),
    ...blocks,
    ...omitted,
    '',
  ];
}

function orNone(blocks: readonly string[]): readonly string[] {
  return blocks.length > 0 ? blocks : ['  none'];
}

function requestBlock(record: RequestRecord, now: number, { style, columns }: Output): string {
  const who = `requested by ${oneLine(record.requestedBy)}, ${localTime(record.createdAt, now)}`;
  return [
    wrap(`  ${list(record.roots)}: ${describeStep(record)}`, columns, '    '),
    style.dim(wrap(`    ${who}`, columns, '    ')),
  ].join('\n');
}

const statusWidth = 'being checked'.length;

function releaseBlock(record: ReleaseRecord, now: number, { style, columns }: Output): string {
  const { name, version, status, updatedAt } = record;
  const colour = { SECURE: style.green, HELD: style.magenta, BLOCKED: style.red, ERROR: style.red } as const;
  const isSkipped = record.cause === skippedCause;
  const paint = status in colour && !isSkipped ? colour[status as keyof typeof colour] : style.dim;
  const state = paint((isSkipped ? 'skipped' : statusTexts[status]).padEnd(statusWidth));
  const indent = ' '.repeat(statusWidth + 4);
  const why = reasonOf(record);
  return [
    wrap(`  ${state}  ${oneLine(`${name} ${version}`)}  ${style.dim(localTime(updatedAt, now))}`, columns, indent),
    ...(why === '' ? [] : [style.dim(wrap(`${indent}${why}`, columns, indent))]),
  ].join('\n');
}

function reasonOf({ status, score, reasons, cause }: ReleaseRecord): string {
  if (cause !== undefined) return oneLine(cause);
  if (status === 'SECURE') return '';
  const points = score === undefined ? '' : `score ${scoreText(score)}`;
  const texts = (reasons ?? []).map(({ text }) => oneLine(text)).join(', ');
  return [points, texts].filter((part) => part !== '').join(': ');
}
