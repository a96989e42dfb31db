import { assign } from './assign.ts';
import { iterate } from './call-builtin.ts';
import type { Machine } from './machine.ts';
import { createScope } from './scopes.ts';
import type { Clause, Expression } from './syntax.ts';
import { truthOf } from './truth.ts';
import { allTexts, merge, type Scope, unknown, type Values } from './values.ts';

const maxItems = 8_192;

/** Returns the value of a comprehension, whose items are evaluated one by one. */
export function comprehensionValue(
  { element, value, clauses }: Extract<Expression, { type: 'comprehension' }>,
  scope: Scope,
  machine: Machine,
): Values {
  const inner = createScope('function', scope, scope.path, scope.source, scope.line, scope.isMain);
  const items: Values[] = [];
  const entries = new Map<string, Values>();
  const others: Values[] = [];
  let isOpen = false;
  const visit = (rest: readonly Clause[]): void => {
    const [clause, ...further] = rest;
    if (items.length >= maxItems) {
      isOpen = true;
      return;
    }
    if (clause === undefined) {
      const found = machine.evaluate(element, inner);
      if (value !== undefined) {
        const [key] = allTexts(found) ?? [];
        const item = machine.evaluate(value, inner);
        if (key !== undefined) entries.set(key, item);
        else others.push(item);
      }
      items.push(found);
      return;
    }
    if (clause.type === 'if') {
      machine.evaluate(clause.test, inner);
      const truth = truthOf(clause.test, inner, machine);
      if (truth === false) return;
      if (truth === undefined) isOpen = true;
      visit(further);
      return;
    }
    const found = machine.evaluate(clause.iterable, inner);
    const list = iterate(found);
    if (found.length !== 1 || found[0]?.kind === 'unknown' || list.some((item) => item === unknown)) isOpen = true;
    for (const item of list.slice(0, maxItems)) {
      inner.names.clear();
      machine.environment.bindTemporarily(() => assign(clause.target, item, inner, machine));
      visit(further);
    }
  };
  visit(clauses);
  if (value !== undefined) return [{ kind: 'dictionary', entries, rest: merge(unknown, ...others) }];
  return [{ kind: 'sequence', items, isOpen }];
}
