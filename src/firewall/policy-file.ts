import * as v from 'valibot';
import { AwspipError } from '../errors.ts';
import { type JsonLines, parseJsonWithLines } from './parse-json-with-lines.ts';
import type { Policy } from './policy.ts';
import { policySchema } from './policy-schema.ts';

/** The maximum size of a policy file. */
export const maxPolicyBytes = 1_048_576;
const limits = { maxDepth: 16, maxValues: 10_000 };
const maxProblems = 10;

/**
 * Parses a policy file (JSON). Missing keys have the values of the `recommended` policy. Unknown keys are errors.
 *
 * @throws AwspipError `policy-invalid` (78), with each invalid key and its line
 */
export function loadPolicy(text: string): Policy {
  if (text.length > maxPolicyBytes) throw invalid([`the file is larger than ${maxPolicyBytes} bytes`]);
  const json = parse(text);
  const result = v.safeParse(policySchema, json.value);
  if (!result.success) throw invalid(describeIssues(result.issues, json));
  const { $schema: _, ...policy } = result.output;
  return policy;
}

function parse(text: string): JsonLines {
  const parsed = parseJsonWithLines(text.replace(/^\uFEFF/, ''), limits);
  if ('problem' in parsed) {
    const looksLikeYaml = parsed.line === 1 && /^[\s]*([a-z_-]+\s*:|---|%YAML|#)/i.test(text.slice(0, 200));
    const note = looksLikeYaml ? ' (a policy file is JSON, not YAML or TOML)' : '';
    throw invalid([`line ${parsed.line}: ${parsed.problem}${note}`]);
  }
  return parsed;
}

type Issue = v.InferIssue<typeof policySchema>;

function describeIssues(issues: readonly Issue[], { lineOf }: JsonLines): string[] {
  const described = issues.map((issue) => {
    const keys = (issue.path ?? []).map(({ key }) => key as string | number);
    return { line: lineOf(keys), text: describe(issue, keys) };
  });
  const lines = described.toSorted((a, b) => a.line - b.line).map(({ line, text }) => `line ${line}: ${text}`);
  const omitted = lines.length - maxProblems;
  return omitted > 0 ? [...lines.slice(0, maxProblems), `and ${omitted} more`] : lines;
}

function describe(issue: Issue, keys: readonly (string | number)[]): string {
  const keyPath = keys.join('.');
  if (issue.expected === 'never') return `\`${shorten(keyPath)}\` is not a key of a policy`;
  if (issue.received === 'undefined') return `\`${shorten(keyPath)}\` is missing`;
  if (keyPath === '') return `a policy must be an object, is ${shorten(issue.received)}`;
  return `\`${shorten(keyPath)}\`: ${reason(issue)}`;
}

/** Returns the message of an issue. The default messages of valibot describe types, these describe what to write. */
function reason({ message, expected, received }: Issue): string {
  if (!message.startsWith('Invalid ')) return message;
  const description = (expected ?? '')
    .replace(/[()]/g, '')
    .replaceAll('"', '`')
    .replaceAll(' | ', ' or ')
    .replace('>=', 'at least ')
    .replace('<=', 'at most ')
    .replace(/^(number|string|boolean)$/, 'a $1');
  return description === '' ? shorten(message) : `must be ${description}, is ${shorten(received)}`;
}

const shorten = (text: string): string => (text.length > 120 ? `${text.slice(0, 120)}…` : text);

function invalid(lines: readonly string[]): AwspipError {
  return new AwspipError(
    'policy-invalid',
    `the policy file is not valid\n${lines.map((line) => `  ${line}`).join('\n')}`,
    { exit: 'configuration', hint: 'run `awspip policy show` to see a valid policy' },
  );
}
