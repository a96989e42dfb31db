import { oneLine } from '../../printable.ts';
import { hintLines, hintsBelow } from '../hint-lines.ts';
import { jsonDocument } from '../json-document.ts';
import { count, describeRefusal, describeSkipped } from '../messages.ts';
import type { Style } from '../terminal.ts';
import type { VetFinding, VetResult } from './vet-result.ts';

/** Returns the verdict as people read it. `now` in epoch milliseconds. */
export function vetText(result: VetResult, now: number, style: Style): string {
  const { findings, releases, exitCode, omitted, asked, contact } = result;
  const hints = hintsBelow(
    findings.map(({ level, refusal, ...hinted }) => ({
      ...hinted,
      name: level === 'note' ? undefined : refusal?.name,
    })),
  );
  const blocks = findings.map((finding, index) => findingText(finding, hints[index] ?? [], now, style));
  const vetted = releases.filter(({ status }) => status === 'SECURE').length;
  const failed = findings.filter(({ level }) => level !== 'note').length + omitted;
  const sum =
    exitCode === 0
      ? `${count(asked.length, 'requirement')} may be installed: ${count(vetted, 'package')} vetted`
      : `${count(failed, 'package')} may not be installed`;
  return `${[...blocks, ...(omitted > 0 ? [`and ${omitted} more`] : []), sum, ...contactLines(contact)].join('\n')}\n`;
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

/**
 * Returns JUnit XML: a case for every release, which fails if the release may not be installed.
 *
 * https://github.com/testmoapp/junitxml
 */
export function vetJunit({ findings, releases, requestId }: VetResult): string {
  const rejected = new Set(findings.map(({ subject }) => subject));
  const passed = releases
    .filter(({ name, version, status }) => status === 'SECURE' && !rejected.has(`${name} ${version}`))
    .map(({ name, version }) => `  <testcase classname="awspip" name="${xml(`${name} ${version}`)}"/>\n`);
  const cases = [...findings.map(junitCase), ...passed];
  const countOf = (name: ReturnType<typeof elementOf>) =>
    findings.filter((finding) => elementOf(finding) === name).length;
  const counts = `tests="${cases.length}" failures="${countOf('failure')}" errors="${countOf('error')}" skipped="${countOf('skipped')}"`;
  return `<?xml version="1.0" encoding="UTF-8"?>
<testsuites ${counts}>
 <testsuite name="awspip vet" id="${xml(requestId)}" ${counts}>
${cases.join('')} </testsuite>
</testsuites>
`;
}

/** Returns the element of a finding: `error` if awspip could not reach a verdict. */
function elementOf({ code, refusal, level }: VetFinding): 'skipped' | 'error' | 'failure' {
  if (level === 'note') return 'skipped';
  return code === 'vetting-failed' || refusal === undefined ? 'error' : 'failure';
}

function junitCase(finding: VetFinding): string {
  const { subject, message, code, level, hint, at } = finding;
  const location =
    at === undefined ? '' : ` file="${xml(at.file)}"${at.line === undefined ? '' : ` line="${at.line}"`}`;
  const element = elementOf(finding);
  const type = level === 'note' ? '' : ` type="${code}"`;
  return `  <testcase classname="awspip" name="${xml(subject)}"${location}>
   <${element} message="${xml(message)}"${type}>${xml(hint ?? '')}</${element}>
  </testcase>
`;
}

/** Escapes text for XML 1.0, and removes control characters and what XML cannot hold. */
function xml(text: string): string {
  return oneLine(text)
    .replace(/[^\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu, '')
    .replace(/[&<>"']/g, (symbol) => `&#${symbol.charCodeAt(0)};`);
}
