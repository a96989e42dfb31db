import type { ASTNode } from '@marcbachmann/cel-js';
import { severities } from '../severities.ts';
import { ConditionError } from './condition-error.ts';

/** The maximum number of steps of one evaluation. */
const maxSteps = 100_000;
/** The maximum number of values in a list that is a signal. */
const maxListed = 50;
/** The maximum length of a text that is a signal or that stands next to `matches`. */
export const maxTextLength = 300;
const loops = new Set(['all', 'exists', 'exists_one', 'filter']);

/** A node of the library's syntax tree, reduced to what the checks read. */
type Tree = { readonly op: string; readonly args: unknown; readonly start: number };

/**
 * Checks that a condition takes bounded time and memory, and that its texts can match.
 *
 * @throws ConditionError
 */
export function checkCost(root: ASTNode): void {
  checkTexts(root as Tree);
  stepsOf(root as Tree);
}

function stepsOf(node: Tree): number {
  const children = childrenOf(node);
  checkCall(node);
  checkSeverity(node);
  const [receiver, ...others] = children;
  const isLoop = node.op === 'rcall' && loops.has(nameOf(node)) && receiver !== undefined;
  const below = isLoop ? stepsOf(receiver) + maxLength(receiver) * sum(others) : sum(children);
  const steps = below + (isMatch(node) ? matchSteps(node) : 1);
  if (steps > maxSteps) throw new ConditionError(`needs more than ${maxSteps} steps`, node.start);
  return steps;
}

const isMatch = (node: Tree): boolean => node.op === 'rcall' && nameOf(node) === 'matches';

const sum = (nodes: readonly Tree[]): number => nodes.reduce((steps, node) => steps + stepsOf(node), 0);

function maxLength(node: Tree): number {
  if (node.op === 'list') return childrenOf(node).length;
  if (node.op === 'id' || node.op === '.') return maxListed;
  if (node.op === 'rcall' && loops.has(nameOf(node))) return maxLength(childrenOf(node)[0] as Tree);
  if (['+', '?:'].includes(node.op)) return childrenOf(node).reduce((length, child) => length + maxLength(child), 0);
  return 1_000;
}

function checkCall(node: Tree): void {
  if (node.op === 'id' && node.args === 'cel') throw new ConditionError('`cel` is not supported', node.start);
  if (node.op === 'rcall' && nameOf(node) === 'map') {
    throw new ConditionError('`map` is not supported; use `exists`, `all` or `filter`', node.start);
  }
}

/**
 * Checks that a condition with `matches` has only short texts, because the time of a match depends on the length of the
 * text. Signals are short.
 */
function checkTexts(root: Tree): void {
  const nodes = withDescendants(root);
  if (!nodes.some(isMatch)) return;
  for (const { op, args, start } of nodes) {
    const isLong = op === 'value' && typeof args === 'string' && args.length > maxTextLength;
    if (isLong) throw new ConditionError(`next to \`matches\`, a text has at most ${maxTextLength} characters`, start);
    if (op === '+') throw new ConditionError('`+` is not supported next to `matches`', start);
  }
}

function withDescendants(node: Tree): readonly Tree[] {
  return [node, ...childrenOf(node).flatMap(withDescendants)];
}

/** The steps of a match, by the number of repetitions that can each take any part of the text. */
const stepsByRepetitions = [1, 100, 5_000];

/**
 * Returns the steps of a match at worst.
 *
 * @throws ConditionError for a pattern that could take longer
 */
function matchSteps(node: Tree): number {
  const [, pattern] = childrenOf(node);
  if (pattern?.op !== 'value' || typeof pattern.args !== 'string') {
    throw new ConditionError('`matches` needs a literal pattern', node.start);
  }
  const { args: text, start } = pattern;
  const plain = text.replace(/\\./g, 'x').replace(/\[[^\]]*\]/g, 'x');
  const fail = (message: string): never => {
    throw new ConditionError(message, start);
  };
  if (/\\[1-9k]/.test(text) || /\(\?/.test(plain)) fail('references and look-around are not supported in a pattern');
  if (/\)[*+?{]/.test(plain)) fail('a group in a pattern cannot be repeated');
  if (!isPattern(text)) fail('not a regular expression');
  // A match that isn't tied to the start of the text is tried at each of its characters.
  const isAnchored = plain.startsWith('^') && !plain.includes('|');
  const repetitions = (plain.match(/[*+?{]/g) ?? []).length + (isAnchored ? -1 : 0);
  return stepsByRepetitions[Math.max(0, repetitions)] ?? fail('a pattern has too many repetitions');
}

function isPattern(text: string): boolean {
  try {
    new RegExp(text);
    return true;
  } catch {
    return false;
  }
}

/** Rejects a text that is no severity, because it never equals one. */
function checkSeverity(node: Tree): void {
  if (!['==', '!=', '<', '<=', '>', '>=', 'in'].includes(node.op)) return;
  const [left, right] = childrenOf(node);
  if (left?.op !== '.' || (left.args as readonly unknown[])[1] !== 'severity' || right === undefined) return;
  for (const text of right.op === 'list' ? childrenOf(right) : [right]) {
    if (text.op !== 'value' || typeof text.args !== 'string') continue;
    if (severities.some((name) => name === text.args)) continue;
    throw new ConditionError(`a severity is ${severities.map((name) => `"${name}"`).join(', ')}`, text.start);
  }
}

const nameOf = ({ args }: Tree): string => (Array.isArray(args) ? String(args[0]) : '');

/** Returns the nodes below a node. A call has its name first, then its receiver, then its arguments. */
export function childrenOf({ args }: Tree): readonly Tree[] {
  const items = (Array.isArray(args) ? args.flat(2) : [args]) as readonly unknown[];
  return items.filter((item): item is Tree => typeof item === 'object' && item !== null && 'op' in item);
}
