import { createHash } from 'node:crypto';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { printable } from '../../printable.ts';
import { jsonDocument } from '../json-document.ts';
import { type SarifRule, sarifRules } from './sarif-rules.ts';

/** A position in a file. The path is absolute or relative to the working folder. */
export type SarifLocation = {
  readonly file: string;
  readonly line?: number | undefined;
  /** The text at the start of the line, from which the columns follow. */
  readonly text?: string | undefined;
};

/** One result of a SARIF log. */
export type SarifFinding = {
  readonly rule: SarifRule;
  readonly level: 'error' | 'warning' | 'note';
  /** What the result is about, for the fingerprint: `name version`. */
  readonly subject: string;
  readonly message: string;
  /** Without one, the result is at the fallback of the log. */
  readonly at?: SarifLocation | undefined;
  readonly properties?: Readonly<Record<string, unknown>> | undefined;
};

export type SarifLog = {
  /** The verb and the run: `vet/<request ID>`. */
  readonly run: string;
  readonly exitCode: number;
  readonly findings: readonly SarifFinding[];
  /** Why something could not be checked. */
  readonly failures: readonly string[];
};

export type SarifFacts = {
  readonly version: string;
  readonly cwd: string;
  /** The top folder of the checkout, to which paths are relative. */
  readonly root: string;
  /** The file of results without a location. */
  readonly fallback: string;
};

/**
 * The number of results that GitHub stores. Of more, it stores 5,000, and it rejects a log with more than 25,000.
 *
 * https://docs.github.com/en/code-security/code-scanning/troubleshooting-sarif-uploads/results-exceed-limit
 */
const maxResults = 5_000;

const levels: readonly SarifFinding['level'][] = ['error', 'warning', 'note'];

/**
 * Returns a SARIF 2.1.0 log for code scanning. Every result has a location with a region, because GitHub rejects others.
 *
 * https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html,
 * https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning
 */
export function sarifLog({ run, exitCode, findings, failures }: SarifLog, facts: SarifFacts): string {
  const shown = levels.flatMap((level) => findings.filter((finding) => finding.level === level)).slice(0, maxResults);
  const codes = [...new Set(shown.map(({ rule }) => rule))];
  const left = findings.length - shown.length;
  const notifications = [
    ...failures.map((text) => ({ level: 'error', message: { text: messageText(text) } })),
    ...(left > 0 ? [{ level: 'warning', message: { text: `left out ${left} more results` } }] : []),
  ];
  const log = {
    $schema: 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: { name: 'awspip', version: facts.version, semanticVersion: facts.version, rules: codes.map(ruleOf) },
        },
        originalUriBaseIds: { '%SRCROOT%': { uri: `${pathToFileURL(facts.root).href.replace(/\/$/, '')}/` } },
        invocations: [
          { executionSuccessful: failures.length === 0, exitCode, toolExecutionNotifications: notifications },
        ],
        // GitHub takes all before the last slash as the category, and keeps one analysis for each category.
        automationDetails: { id: `awspip/${run}` },
        columnKind: 'utf16CodeUnits',
        results: shown.map((finding) => resultOf(finding, codes, facts)),
      },
    ],
  };
  return jsonDocument(log);
}

function ruleOf(id: SarifRule) {
  const { meaning, help, severity } = sarifRules[id];
  return {
    id,
    name: id.replace(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase()),
    shortDescription: { text: sentence(meaning) },
    fullDescription: { text: sentence(meaning) },
    help: { text: help.replaceAll('`', ''), markdown: help },
    properties: {
      tags: severity === undefined ? ['supply-chain'] : ['security', 'supply-chain'],
      precision: 'high',
      ...(severity !== undefined && { 'security-severity': severity }),
    },
  };
}

function resultOf(finding: SarifFinding, codes: readonly SarifRule[], facts: SarifFacts) {
  const { rule, level, subject, message, at, properties } = finding;
  return {
    ruleId: rule,
    ruleIndex: codes.indexOf(rule),
    level,
    message: { text: messageText(message) },
    locations: [{ physicalLocation: physicalLocation(at, facts) }],
    partialFingerprints: fingerprints(rule, subject),
    properties: { release: printable(subject), ...properties },
  };
}

/**
 * Returns fingerprints without the line, so that an alert stays the same when its requirement moves. GitHub reads only
 * the first one.
 */
function fingerprints(rule: string, subject: string): Readonly<Record<string, string>> {
  const hash = createHash('sha256').update(`${rule}:${subject}`).digest('hex').slice(0, 16);
  return { primaryLocationLineHash: `${hash}:1`, 'awspip/v1': `${rule}:${printable(subject)}` };
}

function physicalLocation(at: SarifLocation | undefined, facts: SarifFacts) {
  // Standard input and `<(…)` are no files of the checkout.
  const { file, line, text } =
    at === undefined || at.file === '-' || at.file.startsWith('/dev/') ? { file: facts.fallback } : at;
  const startLine = line !== undefined && line > 0 ? line : 1;
  const endColumn = 1 + Math.max(1, text?.length ?? 1);
  return {
    artifactLocation: artifactLocation(file, facts),
    region: { startLine, startColumn: 1, endLine: startLine, endColumn },
  };
}

/** Returns the URI of a file: relative to the checkout, or absolute outside of it. */
function artifactLocation(file: string, { cwd, root }: SarifFacts) {
  const absolute = path.resolve(cwd, file);
  const relative = path.relative(root, absolute);
  if (relative === '' || relative.startsWith('..') || path.isAbsolute(relative)) {
    return { uri: pathToFileURL(absolute).href };
  }
  return { uri: relative.split(path.sep).map(encodeURIComponent).join('/'), uriBaseId: '%SRCROOT%' };
}

/** GitHub cuts longer messages. A message without text is not valid. */
const maxMessageLength = 1_000;

function messageText(text: string): string {
  // A cut must not leave half of a character.
  return (
    printable(text)
      .slice(0, maxMessageLength)
      .replace(/[\ud800-\udbff]$/, '') || 'no details'
  );
}

function sentence(text: string): string {
  return `${text[0]?.toUpperCase()}${text.slice(1)}.`;
}
