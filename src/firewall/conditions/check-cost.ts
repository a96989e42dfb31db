import type { ASTNode } from '@marcbachmann/cel-js';
import { severities } from '../severities.ts';
import { ConditionError } from './condition-error.ts';

/** The maximum number of steps of one evaluation. */
const maxSteps = 100_000;
/** The maximum number of values in a list that is a signal. */
const maxListed = 50;
const loops = new Set(['all', 'exists', 'exists_one', 'filter']);

/** A node of the library's syntax tree, reduced to what the checks read. */
type Tree = { readonly op: string; readonly args: unknown; readonly start: number };

/**
 * Checks that a condition takes bounded time and memory, and that its texts can match.
 *
 * @throws ConditionError
 */
export function checkCost(root: ASTNode): void {
  stepsOf(root as Tree);
}

function stepsOf(node: Tree): number {
  const children = childrenOf(node);
  checkCall(node);
  checkSeverity(node);
  const [receiver, ...others] = children;
  const isLoop = node.op === 'rcall' && loops.has(nameOf(node)) && receiver !== undefined;
  const own = isLoop ? stepsOf(receiver) + maxLength(receiver) * sum(others) : sum(children);
  if (own + 1 > maxSteps) throw new ConditionError(`needs more than ${maxSteps} steps`, node.start);
  return own + 1;
}

const sum = (nodes: readonly Tree[]): number => nodes.reduce((steps, node) => steps + stepsOf(node), 0);

function maxLength(node: Tree): number {
  if (node.op === 'list') return childrenOf(node).length;
  if (node.op === 'id' || node.op === '.') return maxListed;
  if (node.op === 'rcall' && loops.has(nameOf(node))) return maxLength(childrenOf(node)[0] as Tree);
  if (['+', '?:'].includes(node.op)) return childrenOf(node).reduce((length, child) => length + maxLength(child), 0);
  return 1_000;
}

function checkCall(node: Tree): void {
  const name = nameOf(node);
  if (node.op === 'id' && node.args === 'cel') throw new ConditionError('`cel` is not supported', node.start);
  if (node.op !== 'rcall') return;
  if (name === 'map') throw new ConditionError('`map` is not supported; use `exists`, `all` or `filter`', node.start);
  if (name !== 'matches') return;
  const [, pattern] = childrenOf(node);
  if (pattern?.op !== 'value' || typeof pattern.args !== 'string') {
    throw new ConditionError('`matches` needs a literal pattern', node.start);
  }
  const problem = patternProblem(pattern.args);
  if (problem !== undefined) throw new ConditionError(problem, pattern.start);
}

/** Returns why a regular expression could take long, or is none. Without nested repetition it takes polynomial time. */
function patternProblem(pattern: string): string | undefined {
  const plain = pattern.replace(/\\./g, 'x').replace(/\[[^\]]*\]/g, 'x');
  if (/\\[1-9k]/.test(pattern) || /\(\?/.test(plain))
    return 'references and look-around are not supported in a pattern';
  if (/\)[*+?{]/.test(plain)) return 'a group in a pattern cannot be repeated';
  if ((plain.match(/[*+?{]/g) ?? []).length > 3) return 'a pattern can have at most 3 repetitions';
  try {
    new RegExp(pattern);
    return undefined;
  } catch {
    return 'not a regular expression';
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
