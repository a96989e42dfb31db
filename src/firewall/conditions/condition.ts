import { type ASTNode, Environment } from '@marcbachmann/cel-js';
import { checkCost, childrenOf, maxTextLength } from './check-cost.ts';
import { ConditionError } from './condition-error.ts';
import { nearestName } from './nearest-name.ts';
import { Severity, UnknownSeverity } from './severity.ts';
import { type ConditionSubject, conditionSignals, conditionTypes, type Reading } from './signal-table.ts';

/** The maximum length of a condition. */
export const maxConditionLength = 4_000;

/** The result of a condition. `unknown`: the names whose signals are unknown, with the reason of the first. */
export type ConditionResult = { readonly value: boolean } | UnknownResult;

export type UnknownResult = { readonly unknown: readonly string[]; readonly source: string; readonly why: string };

/** A comparison of a number or list with a literal, which can be decided from a part of the value. */
type Comparison = {
  readonly name: string;
  readonly start: number;
  readonly end: number;
  readonly decide: (reading: Reading) => boolean | undefined;
  /** The literal number. */
  readonly limit: number | undefined;
};

/** A checked condition. */
export type Condition = {
  /** The names of signals in it. */
  readonly names: readonly string[];
  readonly comparisons: readonly Comparison[];
  /** Whether a name is used outside of comparisons with a literal. */
  readonly usesFreely: (name: string) => boolean;
  readonly evaluate: (subject: ConditionSubject) => ConditionResult;
};

const limits = { maxAstNodes: 1_000, maxDepth: 32, maxListElements: 500, maxMapEntries: 10, maxCallArguments: 4 };

function openEnvironment(): Environment {
  const environment = new Environment({ limits });
  environment.registerType('severity', { ctor: Severity, fields: {} } as never);
  const operators = {
    '<': (order: number) => order < 0,
    '<=': (order: number) => order <= 0,
    '>': (order: number) => order > 0,
    '>=': (order: number) => order >= 0,
    '==': (order: number) => order === 0,
  };
  for (const [operator, test] of Object.entries(operators)) {
    environment.registerOperator(`severity ${operator} string`, (left: Severity, right: string) =>
      test(left.compare(right)),
    );
  }
  environment.registerOperator('severity in list<string>', (left: Severity, right: readonly string[]) =>
    [...right].some((text) => left.compare(text) === 0),
  );
  for (const [type, fields] of Object.entries(conditionTypes)) environment.registerType(type, { fields } as never);
  for (const [name, { type }] of Object.entries(conditionSignals)) environment.registerVariable(name, type);
  return environment;
}

let opened: Environment | undefined;
const environment = (): Environment => {
  opened ??= openEnvironment();
  return opened;
};

const maxCached = 1_000;
const cache = new Map<string, Condition>();

/**
 * Parses and checks a condition in CEL. Conditions are cached by their text.
 *
 * @throws ConditionError for wrong syntax, unknown names, wrong types, and conditions that could take long
 */
export function readCondition(text: string): Condition {
  const cached = cache.get(text);
  if (cached !== undefined) return cached;
  const condition = compile(text);
  if (cache.size >= maxCached) cache.clear();
  cache.set(text, condition);
  return condition;
}

function compile(text: string): Condition {
  if (text.length > maxConditionLength) {
    throw new ConditionError(`a condition is longer than ${maxConditionLength} characters`, maxConditionLength);
  }
  const { root, evaluate } = parse(text, environment());
  const names = new Set<string>();
  const uses = new Map<string, number>();
  collectNames(root, new Set(), (name) => {
    names.add(name);
    uses.set(name, (uses.get(name) ?? 0) + 1);
  });
  const comparisons = findComparisons(root, text).filter(({ name }) => names.has(name));
  const compared = (name: string): number => comparisons.filter((comparison) => comparison.name === name).length;
  let decided: Evaluate | undefined;
  const evaluatePartly: Evaluate = (context) => {
    decided ??= rewrite(text, comparisons);
    return decided(context);
  };
  return {
    names: [...names],
    comparisons,
    usesFreely: (name) => (uses.get(name) ?? 0) > compared(name),
    evaluate: (subject) => run(subject, { names: [...names], comparisons, evaluate, evaluatePartly }),
  };
}

type Evaluate = (context: Record<string, unknown>) => unknown;

type Parts = {
  readonly names: readonly string[];
  readonly comparisons: readonly Comparison[];
  readonly evaluate: Evaluate;
  /** Evaluates the condition with a value for each decided comparison. */
  readonly evaluatePartly: Evaluate;
};

function parse(text: string, parser: Environment): { readonly root: ASTNode; readonly evaluate: Evaluate } {
  try {
    const parsed = parser.parse(text);
    checkCost(parsed.ast);
    const checked = parsed.check();
    if (!checked.valid) throw checked.error;
    if (checked.type !== 'bool')
      throw new ConditionError(`a condition must be true or false, this is ${checked.type}`, 0);
    return { root: parsed.ast, evaluate: parsed as Evaluate };
  } catch (error) {
    throw conditionError(error);
  }
}

function conditionError(error: unknown): ConditionError {
  if (error instanceof ConditionError) return error;
  if (error instanceof RangeError) return new ConditionError('nested too deeply', 0);
  const { code, summary, range } = error as { code?: string; summary?: string; range?: { start: number } };
  const message = summary ?? (error instanceof Error ? error.message : 'not a condition');
  const unknownName = code === 'unknown_variable' ? /: (\w+)$/.exec(message)?.[1] : undefined;
  const field = code === 'no_such_key' ? /: (\w+)$/.exec(message)?.[1] : undefined;
  const known = unknownName === undefined ? fieldNames : Object.keys(conditionSignals);
  const nearest = nearestName(unknownName ?? field ?? '', known);
  const suggestion = nearest === undefined ? '' : `; did you mean \`${nearest}\`?`;
  if (unknownName !== undefined)
    return new ConditionError(`\`${unknownName}\` is not a signal${suggestion}`, range?.start ?? 0);
  const first = message.replace(/\.?\s*\n[\s\S]*$/, '').slice(0, 200);
  return new ConditionError(`${first.charAt(0).toLowerCase()}${first.slice(1)}${suggestion}`, range?.start ?? 0);
}

const fieldNames = Object.values(conditionTypes).flatMap((fields) => Object.keys(fields));

/** Reports each use of a signal. The variable of `exists` and similar macros is none. */
function collectNames(node: ASTNode, bound: ReadonlySet<string>, report: (name: string) => void): void {
  if (node.op === 'id' && typeof node.args === 'string') {
    if (!bound.has(node.args) && Object.hasOwn(conditionSignals, node.args)) report(node.args);
    return;
  }
  const children = childrenOf(node) as readonly ASTNode[];
  const isLoop = node.op === 'rcall' && children.length === 3 && children[1]?.op === 'id';
  if (!isLoop) {
    for (const child of children) collectNames(child, bound, report);
    return;
  }
  const [receiver, variable, body] = children as [ASTNode, ASTNode, ASTNode];
  const name = String(variable.args);
  if (Object.hasOwn(conditionSignals, name)) {
    throw new ConditionError(`\`${name}\` is a signal, so it cannot name the values of a list`, variable.start);
  }
  collectNames(receiver, bound, report);
  collectNames(body, new Set([...bound, name]), report);
}

const comparisonPattern = /^([a-zA-Z]\w*)\s*(<=|>=|==|!=|<|>)\s*(-?\d+(?:\.\d+)?)$/;
const mirroredPattern = /^(-?\d+(?:\.\d+)?)\s*(<=|>=|==|!=|<|>)\s*([a-zA-Z]\w*)$/;
const containsPattern = /^("[^"\\]*"|'[^'\\]*')\s+in\s+([a-zA-Z]\w*)$/;
const mirrored: Readonly<Record<string, string>> = { '<': '>', '<=': '>=', '>': '<', '>=': '<=' };

function findComparisons(root: ASTNode, text: string): readonly Comparison[] {
  const found: Comparison[] = [];
  const visit = (node: ASTNode): void => {
    const comparison = readComparison(node, text.slice(node.start, node.end));
    if (comparison !== undefined) found.push(comparison);
    else for (const child of childrenOf(node)) visit(child as ASTNode);
  };
  visit(root);
  return found;
}

function readComparison({ start, end }: ASTNode, text: string): Comparison | undefined {
  const contains = containsPattern.exec(text);
  if (contains !== null) {
    const [, quoted = '', name = ''] = contains;
    if (conditionSignals[name]?.type !== 'list<string>') return undefined;
    const text = quoted.slice(1, -1);
    const decide = (reading: Reading): boolean | undefined => {
      if ('value' in reading) return (reading.value as readonly string[]).includes(text);
      return 'includes' in reading && reading.includes.includes(text) ? true : undefined;
    };
    return { name, start, end, decide, limit: undefined };
  }
  const direct = comparisonPattern.exec(text);
  const reverse = mirroredPattern.exec(text);
  const [name, operator, literal] =
    direct !== null
      ? [direct[1], direct[2], direct[3]]
      : reverse !== null
        ? [reverse[3], mirrored[reverse[2] ?? ''] ?? reverse[2], reverse[1]]
        : [];
  if (name === undefined || operator === undefined || literal === undefined) return undefined;
  const limit = Number(literal);
  if (conditionSignals[name]?.type !== 'int') return undefined;
  return { name, start, end, decide: (reading) => compareBound(reading, operator, limit), limit };
}

/** Decides a comparison of a value of which only the minimum or maximum is known; undefined if it can't be decided. */
function compareBound(reading: Reading, operator: string, limit: number): boolean | undefined {
  const exact = 'value' in reading ? Number(reading.value) : undefined;
  const min = exact ?? ('min' in reading ? reading.min : Number.NEGATIVE_INFINITY);
  const max = exact ?? ('max' in reading ? reading.max : Number.POSITIVE_INFINITY);
  if (operator === '<') return max < limit ? true : min >= limit ? false : undefined;
  if (operator === '<=') return max <= limit ? true : min > limit ? false : undefined;
  if (operator === '>') return min > limit ? true : max <= limit ? false : undefined;
  if (operator === '>=') return min >= limit ? true : max < limit ? false : undefined;
  if (limit < min || limit > max) return operator === '!=';
  return min === max ? operator === '==' : undefined;
}

const variableOf = (index: number): string => `comparison_${index}`;

/** Returns the condition with a variable in place of each comparison, so that each can be decided on its own. */
function rewrite(text: string, comparisons: readonly Comparison[]): Evaluate {
  const parser = environment().clone();
  let rewritten = text;
  for (const [index, { start, end }] of [...comparisons.entries()].toSorted(([, a], [, b]) => b.start - a.start)) {
    parser.registerVariable(variableOf(index), 'bool');
    rewritten = `${rewritten.slice(0, start)} ${variableOf(index)} ${rewritten.slice(end)}`;
  }
  return parse(rewritten, parser).evaluate;
}

/**
 * Evaluates a condition. An unknown signal has no value, which the library treats as an error, and `false && error` is
 * false (https://github.com/google/cel-spec/blob/master/doc/langdef.md#logical-operators).
 */
function run(subject: ConditionSubject, parts: Parts): ConditionResult {
  const { names, comparisons, evaluate, evaluatePartly } = parts;
  const readings = new Map(names.map((name) => [name, readSignal(name, subject)]));
  const context: Record<string, unknown> = {};
  for (const [name, reading] of readings) if ('value' in reading) context[name] = reading.value;
  const isPartial = [...readings.values()].some((reading) => !('value' in reading) && !('why' in reading));
  if (isPartial) {
    for (const [index, { name, decide }] of comparisons.entries()) {
      const value = decide(readings.get(name) as Reading);
      if (value !== undefined) context[variableOf(index)] = value;
    }
  }
  try {
    const value = (isPartial ? evaluatePartly : evaluate)(context);
    if (typeof value === 'boolean') return { value };
    return { unknown: [], source: 'the condition', why: 'is neither true nor false' };
  } catch (error) {
    return unknownResult(error, readings);
  }
}

function readSignal(name: string, subject: ConditionSubject): Reading {
  const reading = conditionSignals[name]?.read(subject) as Reading;
  if (!('value' in reading) || typeof reading.value !== 'string' || reading.value.length <= maxTextLength)
    return reading;
  return { why: `is longer than ${maxTextLength} characters`, source: name };
}

function unknownResult(error: unknown, readings: ReadonlyMap<string, Reading>): ConditionResult {
  const unknown = [...readings].filter(([, reading]) => !('value' in reading));
  const [first] = unknown;
  if (error instanceof UnknownSeverity || (error as Error).cause instanceof UnknownSeverity) {
    return { unknown: ['vulnerabilities'], source: 'OSV', why: 'has an advisory without a severity' };
  }
  if (first === undefined) {
    const { summary = 'failed' } = error as { summary?: string };
    return { unknown: [], source: 'the condition', why: `has no value: ${summary.slice(0, 100)}` };
  }
  const [name, reading] = first;
  const names = unknown.map(([unknownName]) => unknownName);
  if ('why' in reading) return { unknown: names, source: reading.source, why: reading.why };
  return { unknown: names, source: name, why: boundText(reading) };
}

function boundText(reading: Reading): string {
  if ('min' in reading) return `is at least ${reading.min}, but may be greater`;
  if ('max' in reading) return `is at most ${reading.max}, but may be smaller`;
  return 'may have further values';
}
