import * as v from 'valibot';
import { AwspipError } from '../errors.ts';
import { readCondition } from './conditions/condition.ts';
import { ConditionError } from './conditions/condition-error.ts';
import { mergePolicies } from './merge-policies.ts';
import { keyStep, type ParsedPolicy, type Position, parsePolicyText } from './parse-policy-text.ts';
import { type Policy, recommendedPolicy, referencePolicy } from './policy.ts';
import { policySchema } from './policy-schema.ts';

/** The maximum size of a policy file. */
export const maxPolicyBytes = 1_048_576;
const maxProblems = 10;

/** A policy file that was checked on its own. Its keys are as in the file. */
export type PolicyDocument = {
  readonly value: Readonly<Record<string, unknown>>;
  /** The policy file that it extends; undefined if it extends a policy of awspip or none. */
  readonly extendedFile: string | undefined;
};

const shipped = [recommendedPolicy, referencePolicy];

/**
 * Parses a policy file (YAML, or JSON with comments). Missing keys have the values of the policy that it extends, or else
 * of the `recommended` policy. Unknown keys are errors.
 *
 * @throws AwspipError `policy-invalid` (78), with each invalid key and its line and column
 */
export function loadPolicy(text: string): Policy {
  const document = readDocument(text);
  if (document.extendedFile === undefined) return combineDocuments([document]);
  throw invalid(
    [`\`extends\` names the file ${shorten(document.extendedFile)}, which is not available here`],
    'run `awspip policy show FILE --json` to write both files as one',
  );
}

/**
 * Parses and checks one policy file.
 *
 * @throws AwspipError `policy-invalid` (78)
 */
export function readDocument(text: string): PolicyDocument {
  if (Buffer.byteLength(text) > maxPolicyBytes) throw invalid([`the file is larger than ${maxPolicyBytes} bytes`]);
  const parsed = parsePolicyText(text);
  if ('problem' in parsed) throw invalid([`${positionText(parsed)}: ${parsed.problem}`]);
  if (typeof parsed.value !== 'object' || parsed.value === null || Array.isArray(parsed.value)) {
    throw invalid([`${positionText(parsed.positionOf([]))}: a policy must be an object`]);
  }
  const result = v.safeParse(policySchema, parsed.value);
  if (!result.success) throw invalid(describeIssues(result.issues, parsed));
  const extended = result.output.extends;
  const isShipped = extended === undefined || shipped.some(({ name }) => name === extended);
  return {
    value: parsed.value as PolicyDocument['value'],
    extendedFile: isShipped ? undefined : extended,
  };
}

/** Returns the policy of a file and the files that it extends, which come after it. */
export function combineDocuments(documents: readonly PolicyDocument[]): Policy {
  const merged = documents.reduceRight<Readonly<Record<string, unknown>> | undefined>((base, { value }) => {
    const extended = base ?? shipped.find(({ name }) => name === value.extends);
    return extended === undefined ? value : mergePolicies(extended, value);
  }, undefined);
  const result = v.safeParse(policySchema, merged);
  if (!result.success)
    throw invalid(result.issues.slice(0, maxProblems).map((issue) => describe(issue, keysOf(issue))));
  const { $schema: _, extends: __, ...policy } = result.output;
  return policy;
}

const positionText = ({ line, column }: Position): string => `line ${line}, column ${column}`;

type Issue = v.InferIssue<typeof policySchema>;

const keysOf = (issue: Issue): (string | number)[] => (issue.path ?? []).map(({ key }) => key as string | number);

function describeIssues(issues: readonly Issue[], parsed: ParsedPolicy): string[] {
  const described = issues.map((issue) => {
    const keys = keysOf(issue);
    return { position: positionOf(issue, keys, parsed), text: describe(issue, keys) };
  });
  const lines = described
    .toSorted(({ position: a }, { position: b }) => a.line - b.line || a.column - b.column)
    .map(({ position, text }) => `${positionText(position)}: ${text}`);
  const omitted = lines.length - maxProblems;
  return omitted > 0 ? [...lines.slice(0, maxProblems), `and ${omitted} more`] : lines;
}

/** Returns the position of an issue; in a condition, that of the wrong part. */
function positionOf(issue: Issue, keys: readonly (string | number)[], parsed: ParsedPolicy): Position {
  if (issue.expected === 'never') return parsed.positionOf([...keys, keyStep]);
  const { input } = issue;
  if (keys.at(-1) !== 'when' || typeof input !== 'string') return parsed.positionOf(keys);
  try {
    readCondition(input);
  } catch (error) {
    if (error instanceof ConditionError) return parsed.positionIn(keys, error.offset);
  }
  return parsed.positionOf(keys);
}

function describe(issue: Issue, keys: readonly (string | number)[]): string {
  const keyPath = keys.join('.');
  if (issue.expected === 'never') return `\`${shorten(keyPath)}\` is not a key of a policy`;
  if (issue.received === 'undefined') return `\`${shorten(keyPath)}\` is missing`;
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

function invalid(
  lines: readonly string[],
  hint = 'run `awspip policy show --json` to see a valid policy',
): AwspipError {
  return new AwspipError(
    'policy-invalid',
    `the policy file is not valid\n${lines.map((line) => `  ${line}`).join('\n')}`,
    { exit: 'configuration', hint },
  );
}
