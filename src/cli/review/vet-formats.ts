import { oneLine } from '../../printable.ts';
import { hintLines, hintsBelow } from '../hint-lines.ts';
import { jsonDocument } from '../json-document.ts';
import { count, describeRefusal, describeSkipped } from '../messages.ts';
import type { Style } from '../terminal.ts';
import type { VetFinding, VetResult } from './vet-result.ts';

/** Returns the verdict as people read it. `now` in epoch milliseconds. */
export function vetText(result: VetResult, now: number, style: Style): string {
  const { findings, releases, exitCode, omitted, asked, contact } = result;
  const vetted = releases.filter(({ status }) => status === 'SECURE').length;
  const failed = findings.filter(({ level }) => level !== 'note').length + omitted;
  const sum =
    exitCode === 0
      ? `${count(asked.length, 'requirement')} may be installed: ${count(vetted, 'package')} vetted`
      : `${count(failed, 'package')} may not be installed`;
  return `${[...findingBlocks(result, now, style), sum, ...contactLines(contact)].join('\n')}\n`;
}

/** Returns the findings as people read them, with hints, each a block of lines. `now` in epoch milliseconds. */
export function findingBlocks(
  { findings, omitted }: Pick<VetResult, 'findings' | 'omitted'>,
  now: number,
  style: Style,
): readonly string[] {
  const hints = hintsBelow(
    findings.map(({ level, refusal, ...hinted }) => ({
      ...hinted,
      name: level === 'note' ? undefined : refusal?.name,
    })),
  );
  const blocks = findings.map((finding, index) => findingText(finding, hints[index] ?? [], now, style));
  return [...blocks, ...(omitted > 0 ? [`and ${omitted} more`] : [])];
}

const contactLines = (contact: string | undefined): readonly string[] =>
  contact === undefined ? [] : [`contact for holds and blocks: ${oneLine(contact)}`];

/** Returns the finding with its hints below it. */
function findingText(finding: VetFinding, hints: readonly string[], now: number, style: Style): string {
  const { refusal, level, at, message, replacement = '' } = finding;
  const location = at === undefined ? '' : `${oneLine(at.file)}${at.line === undefined ? '' : `:${at.line}`}: `;
  if (level === 'note' && refusal !== undefined) {
    return style.dim(`${location}${describeSkipped(refusal, now)}${replacement}`);
  }
  const text = `${location}${refusal === undefined ? oneLine(message) : describeRefusal(refusal, now, style)}`;
  const lines = hintLines(hints, style);
  return lines.length === 0 ? text : `${text}\n\n${lines.join('\n')}\n`;
}

/** Returns one JSON document. Refusals have the form of those in the report of an install. */
export function vetJson(result: VetResult, facts: { readonly version: string; readonly stack: string }): string {
  const { findings, asked, releases, ...rest } = result;
  return jsonDocument({
    schemaVersion: 2,
    awspipVersion: facts.version,
    stack: facts.stack,
    ...rest,
    requirements: asked,
    releases: releases.map(({ name, version, status }) => ({ name, version, status })),
    findings,
  });
}
