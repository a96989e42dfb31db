import * as v from 'valibot';
import { AwspipError } from '../errors.ts';
import { type JsonLines, scanJson } from './json-lines.ts';
import type { Policy } from './policy.ts';
import { policySchema } from './policy-schema.ts';

/** Bytes a policy file may have. */
export const maxPolicyBytes = 1_048_576;
const bounds = { maxDepth: 16, longest: 10_000 };
const maxProblems = 10;

/**
 * Reads a policy file (JSON). What it leaves out is as in the `recommended` policy; what it does not know it refuses.
 * @throws AwspipError `policy-invalid`, naming each wrong field with its line
 */
export function loadPolicy(text: string): Policy {
  if (text.length > maxPolicyBytes) throw invalid([`it is larger than ${maxPolicyBytes} bytes`]);
  const json = parse(text);
  const result = v.safeParse(policySchema, json.value);
  if (!result.success) throw invalid(describeIssues(result.issues, json));
  const { $schema: _, ...policy } = result.output;
  return policy;
}

function parse(text: string): JsonLines {
  const scanned = scanJson(text.replace(/^\uFEFF/, ''), bounds);
  if ('problem' in scanned) {
    const yaml = scanned.line === 1 && /^[\s]*([a-z_-]+\s*:|---|%YAML|#)/i.test(text.slice(0, 200));
    throw invalid([
      `line ${scanned.line}: ${scanned.problem}${yaml ? ' (a policy file is JSON, not YAML or TOML)' : ''}`,
    ]);
  }
  return scanned;
}

type Issue = v.InferIssue<typeof policySchema>;

function describeIssues(issues: readonly Issue[], { lineOf }: JsonLines): string[] {
  const described = issues.map((issue) => {
    const keys = (issue.path ?? []).map(({ key }) => key as string | number);
    return { line: lineOf(keys), text: describe(issue, keys) };
  });
  const lines = described.toSorted((a, b) => a.line - b.line).map(({ line, text }) => `line ${line}: ${text}`);
  const more = lines.length - maxProblems;
  return more > 0 ? [...lines.slice(0, maxProblems), `and ${more} more`] : lines;
}

function describe(issue: Issue, keys: readonly (string | number)[]): string {
  const keyPath = keys.join('.');
  if (issue.expected === 'never') return `\`${shorten(keyPath)}\` is no key of a policy`;
  if (issue.received === 'undefined') return `\`${shorten(keyPath)}\` is missing`;
  if (keyPath === '') return `a policy is an object, not ${shorten(issue.received)}`;
  return `\`${shorten(keyPath)}\`: ${reason(issue)}`;
}

/** valibot's own words speak of types in code; ours of what to write. */
function reason({ message, expected, received }: Issue): string {
  if (!message.startsWith('Invalid ')) return message;
  const wanted = (expected ?? '')
    .replace(/[()]/g, '')
    .replaceAll('"', '`')
    .replaceAll(' | ', ' or ')
    .replace('>=', 'at least ')
    .replace('<=', 'at most ');
  return wanted === '' ? shorten(message) : `must be ${wanted}, is ${shorten(received)}`;
}

const shorten = (text: string): string => (text.length > 120 ? `${text.slice(0, 120)}…` : text);

function invalid(lines: readonly string[]): AwspipError {
  return new AwspipError(
    'policy-invalid',
    `the policy file is not valid\n${lines.map((one) => `  ${one}`).join('\n')}`,
    { exit: 'configuration', hint: 'see what a policy may say: `awspip policy show`' },
  );
}
