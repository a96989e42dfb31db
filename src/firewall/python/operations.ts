import type { Machine } from './machine.ts';
import { classMember } from './members.ts';
import { combine, numberOf } from './operators.ts';
import type { Expression } from './syntax.ts';
import { merge, type Scope, unknown, type Values } from './values.ts';

/** Returns the values of an operator with two operands. */
export function binaryValue(
  { operator, sides: [left, right], at }: Extract<Expression, { type: 'binary' }>,
  scope: Scope,
  machine: Machine,
): Values {
  const [a, b] = [machine.evaluate(left, scope), machine.evaluate(right, scope)];
  if (operator === 'or') return merge(a, b);
  if (operator === 'and') return b;
  const [first, second] = [a[0], b[0]];
  if (a.some(({ kind }) => kind === 'instance')) callOperator(a, operator, b, scope, at, machine);
  if (a.length * b.length > 16)
    return merge(
      unknown,
      b.filter(({ kind }) => kind === 'unknown'),
    );
  return merge(
    ...a.flatMap((x) => b.map((y) => combine(operator, x, y, b))),
    first === undefined || second === undefined ? unknown : [],
  );
}

/** Follows an operator that a class defines. */
function callOperator(
  owners: Values,
  operator: string,
  other: Values,
  scope: Scope,
  at: number,
  machine: Machine,
): void {
  const method = {
    '+': '__add__',
    '-': '__sub__',
    '*': '__mul__',
    '/': '__truediv__',
    '%': '__mod__',
    '|': '__or__',
    '@': '__matmul__',
    '==': '__eq__',
    '<<': '__lshift__',
    '>>': '__rshift__',
    '^': '__xor__',
    '&': '__and__',
  }[operator];
  if (method === undefined) return;
  for (const owner of owners) {
    if (owner.kind !== 'instance') continue;
    const found = classMember(owner.of, method, machine);
    if (found !== undefined)
      machine.call(found, { positional: [other], keywords: new Map(), isOpen: false }, scope, at, operator);
  }
}

/** Returns the values of an operator with one operand. */
export function unaryValue(
  { operator, operand }: Extract<Expression, { type: 'unary' }>,
  scope: Scope,
  machine: Machine,
): Values {
  const value = machine.evaluate(operand, scope);
  const number = numberOf(value);
  if (number === undefined) return unknown;
  if (operator === '-') return [{ kind: 'number', value: -number }];
  return operator === '~' ? [{ kind: 'number', value: ~number }] : unknown;
}
