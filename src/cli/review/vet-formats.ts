import { printable } from '../../printable.ts';
import { count, describeRefusal } from '../messages.ts';
import type { Terminal } from '../terminal.ts';
import { presentDecisions } from './decision-hints.ts';
import type { VetFinding, VetResult } from './vet-result.ts';

/** The decision as people read it. */
export function vetText(result: VetResult, terminal: Pick<Terminal, 'style'>): string {
  const { findings, releases, exitCode, omitted, asked } = result;
  const lines = findings.map((finding) => findingText(finding, terminal));
  const secure = releases.filter(({ status }) => status === 'SECURE').length;
  const sum =
    exitCode === 0
      ? `${count(asked.length, 'requirement')} may be installed: ${count(secure, 'release')} vetted`
      : `${count(findings.filter(({ level }) => level !== 'note').length + omitted, 'release')} may not be installed`;
  return `${[...lines, ...(omitted > 0 ? [`and ${omitted} more`] : []), ...hintsOf(findings, terminal), sum].join('\n')}\n`;
}

function findingText({ refusal, level, at, message }: VetFinding, terminal: Pick<Terminal, 'style'>): string {
  const location = at === undefined ? '' : `${printable(at.file)}${at.line === undefined ? '' : `:${at.line}`}: `;
  if (level === 'note') return terminal.style.dim(`${location}${printable(message)}`);
  return `${location}${refusal === undefined ? printable(message) : describeRefusal(refusal, terminal)}`;
}

const maxHints = 10;

/** Each way out once, and the exact lines to type. */
function hintsOf(findings: readonly VetFinding[], { style }: Pick<Terminal, 'style'>): string[] {
  const stopping = findings.filter(({ level }) => level !== 'note');
  const ways = new Set(stopping.flatMap(({ hint }) => (hint === undefined ? [] : [printable(hint)])));
  const decisions = presentDecisions(stopping.flatMap(({ refusal }) => (refusal === undefined ? [] : [refusal])));
  return [...[...ways].slice(0, maxHints), ...decisions].map((way) => `${style.cyan('hint:')} ${way}`);
}

/** One JSON document; the form of refusals is that of the report of an install. */
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
 * JUnit's XML as build servers read it: a case for every release, failed where it may not be installed.
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

/** What awspip could not find out, against what it found out. */
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

/** Text for XML 1.0: what it cannot hold at all is left out. */
function xml(text: string): string {
  return text
    .replace(/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu, '')
    .replace(/[&<>"'\t\n\r]/g, (symbol) => `&#${symbol.charCodeAt(0)};`);
}
