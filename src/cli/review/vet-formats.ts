import { printable } from '../../printable.ts';
import { count, describeRefusal } from '../messages.ts';
import { hintLines } from '../present-error.ts';
import type { Terminal } from '../terminal.ts';
import type { VetFinding, VetResult } from './vet-result.ts';

/** Returns the verdict as people read it. `now` in epoch milliseconds. */
export function vetText(result: VetResult, now: number, terminal: Pick<Terminal, 'style'>): string {
  const { findings, releases, exitCode, omitted, asked } = result;
  const blocks = findings.map((finding) => findingText(finding, now, terminal));
  const vetted = releases.filter(({ status }) => status === 'SECURE').length;
  const failed = findings.filter(({ level }) => level !== 'note').length + omitted;
  const sum =
    exitCode === 0
      ? `${count(asked.length, 'requirement')} may be installed: ${count(vetted, 'package')} vetted`
      : `${count(failed, 'package')} may not be installed`;
  return `${[...blocks, ...(omitted > 0 ? [`and ${omitted} more`] : []), sum].join('\n')}\n`;
}

/** Returns the finding with its hints below it. */
function findingText(finding: VetFinding, now: number, terminal: Pick<Terminal, 'style'>): string {
  const { refusal, level, at, message, hint, secondHint } = finding;
  const location = at === undefined ? '' : `${printable(at.file)}${at.line === undefined ? '' : `:${at.line}`}: `;
  if (level === 'note') return terminal.style.dim(`${location}${printable(message)}`);
  const text = `${location}${refusal === undefined ? printable(message) : describeRefusal(refusal, now, terminal)}`;
  const hints = hintLines([hint, secondHint], terminal.style);
  return hints.length === 0 ? text : `${text}\n\n${hints.join('\n')}\n`;
}

/** Returns one JSON document. Refusals have the form of those in the report of an install. */
export function vetJson(result: VetResult, facts: { readonly version: string; readonly stack: string }): string {
  const { findings, asked, releases, ...rest } = result;
  const document = {
    schemaVersion: 1,
    awspipVersion: facts.version,
    stack: facts.stack,
    ...rest,
    requirements: asked,
    releases: releases.map(({ name, version, status }) => ({ name, version, status })),
    findings,
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

/**
 * Returns JUnit XML: a case for every release, which fails if the release may not be installed.
 *
 * https://github.com/testmoapp/junitxml
 */
export function vetJunit({ findings, releases, requestId }: VetResult): string {
  const against = new Set(findings.map(({ subject }) => subject));
  const passed = releases
    .filter(({ name, version, status }) => status === 'SECURE' && !against.has(`${name} ${version}`))
    .map(({ name, version }) => `  <testcase classname="awspip" name="${xml(`${name} ${version}`)}"/>\n`);
  const cases = [...findings.map(junitCase), ...passed];
  const number = (level: (finding: VetFinding) => boolean) => findings.filter(level).length;
  const errors = number(isError);
  const failures = number((finding) => finding.level !== 'note' && !isError(finding));
  const skipped = number(({ level }) => level === 'note');
  const counts = `tests="${cases.length}" failures="${failures}" errors="${errors}" skipped="${skipped}"`;
  return `<?xml version="1.0" encoding="UTF-8"?>
<testsuites ${counts}>
 <testsuite name="awspip vet" id="${xml(requestId)}" ${counts}>
${cases.join('')} </testsuite>
</testsuites>
`;
}

/** Whether awspip could not reach a verdict. */
const isError = ({ code, refusal }: VetFinding): boolean => code === 'vetting-failed' || refusal === undefined;

function junitCase(finding: VetFinding): string {
  const { subject, message, code, level, hint, at } = finding;
  const location =
    at === undefined ? '' : ` file="${xml(at.file)}"${at.line === undefined ? '' : ` line="${at.line}"`}`;
  const element = level === 'note' ? 'skipped' : isError(finding) ? 'error' : 'failure';
  const type = level === 'note' ? '' : ` type="${code}"`;
  return `  <testcase classname="awspip" name="${xml(subject)}"${location}>
   <${element} message="${xml(message)}"${type}>${xml(hint ?? '')}</${element}>
  </testcase>
`;
}

/** Escapes text for XML 1.0, and removes the characters that XML cannot hold. */
function xml(text: string): string {
  return text
    .replace(/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu, '')
    .replace(/[&<>"'\t\n\r]/g, (symbol) => `&#${symbol.charCodeAt(0)};`);
}
