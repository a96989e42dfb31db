import { assign, updateTarget } from './assign.ts';
import { iterate } from './call-builtin.ts';
import { defineClass, defineFunction } from './define.ts';
import { importFrom, importNames } from './imports.ts';
import type { Machine } from './machine.ts';
import { reportReferences } from './report-references.ts';
import type { Statement } from './syntax.ts';
import { truthOf } from './truth.ts';
import { merge, type Scope, unknown } from './values.ts';

/** Follows statements, in order. */
export function execute(statements: readonly Statement[], scope: Scope, machine: Machine): void {
  for (const statement of statements) {
    machine.count(1);
    executeStatement(statement, scope, machine);
  }
}

function executeStatement(statement: Statement, scope: Scope, machine: Machine): void {
  switch (statement.type) {
    case 'expression':
      machine.evaluate(statement.value, scope);
      return;
    case 'assign': {
      const value = machine.resolve(statement.value, scope);
      const isTracked = statement.targets.every(({ type }) => type === 'name' || type === 'attribute');
      reportReferences(value, statement.value, scope, isTracked, machine);
      for (const target of statement.targets) assign(target, value, scope, machine);
      return;
    }
    case 'update':
      updateTarget(statement, scope, machine);
      return;
    case 'import':
      importNames(statement, scope, machine);
      return;
    case 'from':
      importFrom(statement, scope, machine);
      return;
    case 'function':
      defineFunction(statement.definition, scope, machine);
      return;
    case 'class':
      defineClass(statement.definition, scope, machine);
      return;
    case 'return':
      if (statement.value !== undefined)
        machine.environment.addReturned(scope, machine.evaluate(statement.value, scope));
      return;
    case 'if':
      executeIf(statement, scope, machine);
      return;
    case 'for': {
      const iterable = machine.evaluate(statement.iterable, scope);
      const items = iterate(iterable);
      assign(statement.target, items.length > 64 ? unknown : merge(...items), scope, machine);
      machine.execute(statement.body, scope);
      return;
    }
    case 'with':
      for (const { value, target } of statement.items) {
        const found = machine.evaluate(value, scope);
        if (target !== undefined) assign(target, found, scope, machine);
      }
      machine.execute(statement.body, scope);
      return;
    case 'block':
      for (const value of statement.values) machine.evaluate(value, scope);
      machine.execute(statement.body, scope);
      return;
    case 'global':
      for (const name of statement.names) scope.globals.add(name);
  }
}

function executeIf({ branches }: Extract<Statement, { type: 'if' }>, scope: Scope, machine: Machine): void {
  for (const { test, body } of branches) {
    const truth = test === undefined ? true : truthOf(test, scope, machine);
    if (test !== undefined) machine.evaluate(test, scope);
    if (truth !== false) machine.execute(body, scope);
    if (truth === true && test !== undefined) return;
  }
}
