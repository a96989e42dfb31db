import { iterate } from './call-builtin.ts';
import { evaluateCall } from './calls.ts';
import { comprehensionValue } from './comprehension.ts';
import { showValue } from './fold-text.ts';
import { subscriptValue } from './items.ts';
import { type Machine, maxDepth } from './machine.ts';
import { valueOfName } from './name-lookup.ts';
import { binaryValue, unaryValue } from './operations.ts';
import { reportReferences } from './report-references.ts';
import type { Expression } from './syntax.ts';
import { truthOf } from './truth.ts';
import { allTexts, merge, type Scope, text, unknown, type Values } from './values.ts';

/** Returns the values of an expression, and reports a reference that isn't called. */
export function evaluate(expression: Expression, scope: Scope, machine: Machine): Values {
  const values = machine.resolve(expression, scope);
  reportReferences(values, expression, scope, false, machine);
  return values;
}

/** Returns the values of an expression whose references are followed further. */
export function resolve(expression: Expression, scope: Scope, machine: Machine): Values {
  machine.count(1);
  if (machine.depth > maxDepth * 4) return unknown;
  machine.depth += 1;
  const values = valueOfExpression(expression, scope, machine);
  machine.depth -= 1;
  return values;
}

function valueOfExpression(expression: Expression, scope: Scope, machine: Machine): Values {
  switch (expression.type) {
    case 'string':
      machine.program.literals.add(expression.text);
      noteText(expression.text, scope, expression.at, machine);
      return [text(expression.text, expression.isBytes)];
    case 'number':
      return [{ kind: 'number', value: expression.value }];
    case 'name':
      return valueOfName(expression.name, scope, machine);
    case 'attribute':
      return machine.member(machine.resolve(expression.of, scope), expression.name);
    case 'subscript':
      return subscriptValue(expression, scope, machine);
    case 'call':
      return evaluateCall(expression, scope, machine);
    case 'format':
      return formatValue(expression, scope, machine);
    case 'sequence':
      return sequenceValue(expression, scope, machine);
    case 'dictionary':
      return dictionaryValue(expression, scope, machine);
    case 'binary':
      return binaryValue(expression, scope, machine);
    case 'unary':
      return unaryValue(expression, scope, machine);
    case 'conditional':
      return conditionalValue(expression, scope, machine);
    case 'lambda':
      return [{ kind: 'function', definition: expression.definition, scope }];
    case 'comprehension':
      return comprehensionValue(expression, scope, machine);
    case 'assignment': {
      const value = machine.resolve(expression.value, scope);
      machine.environment.bind(scope, expression.name, value);
      return value;
    }
    case 'other': {
      const values = expression.parts.map((part) => machine.evaluate(part, scope));
      return values.length === 1 && values[0] !== undefined ? values[0] : unknown;
    }
    case 'slice':
      for (const part of expression.parts) if (part !== undefined) machine.evaluate(part, scope);
      return unknown;
  }
}

function sequenceValue(expression: Extract<Expression, { type: 'sequence' }>, scope: Scope, machine: Machine): Values {
  const items: Values[] = [];
  let isOpen = false;
  for (const { value, isSpread } of expression.items) {
    const found = machine.evaluate(value, scope);
    if (!isSpread) items.push(found);
    else {
      const spread = iterate(found);
      isOpen ||= spread.length > 0 && spread.every((item) => item === unknown);
      items.push(...spread);
    }
  }
  return [{ kind: 'sequence', items, isOpen }];
}

function dictionaryValue(
  expression: Extract<Expression, { type: 'dictionary' }>,
  scope: Scope,
  machine: Machine,
): Values {
  const entries = new Map<string, Values>();
  let rest: Values = [];
  for (const { key, value } of expression.entries) {
    const found = machine.evaluate(value, scope);
    const names = key === undefined ? undefined : allTexts(machine.evaluate(key, scope));
    if (names?.length === 1 && names[0] !== undefined) entries.set(names[0], merge(entries.get(names[0]) ?? [], found));
    else rest = merge(rest, found);
  }
  return [{ kind: 'dictionary', entries, rest }];
}

function conditionalValue(
  expression: Extract<Expression, { type: 'conditional' }>,
  scope: Scope,
  machine: Machine,
): Values {
  machine.evaluate(expression.test, scope);
  const truth = truthOf(expression.test, scope, machine);
  const branches = expression.branches.filter((_, index) => truth === undefined || (index === 0) === truth);
  return merge(...branches.map((branch) => machine.evaluate(branch, scope)));
}

function formatValue({ parts, at }: Extract<Expression, { type: 'format' }>, scope: Scope, machine: Machine): Values {
  let joined = '';
  let isDecoded = false;
  for (const part of parts) {
    if (typeof part === 'string') joined += part;
    else {
      const value = machine.evaluate(part, scope);
      joined += showValue(value);
      isDecoded ||= value.some(
        (item) => (item.kind === 'text' && item.isDecoded) || (item.kind === 'unknown' && item.origin === 'decoded'),
      );
    }
  }
  noteText(joined, scope, at, machine);
  return [text(joined, false, isDecoded)];
}

function noteText(literal: string, scope: Scope, at: number, machine: Machine): void {
  if (machine.events.isReporting && literal.length > 3 && machine.mode.isNotable(literal)) {
    machine.report('text', scope, at, literal.slice(0, 200), literal.slice(0, 1_000));
  }
}
