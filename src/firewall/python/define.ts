import { plainDecorators } from './definitions.ts';
import { escapeClass } from './escapes.ts';
import type { Machine } from './machine.ts';
import { classMember } from './members.ts';
import type { ClassDefinition, FunctionDefinition } from './syntax.ts';
import { type ClassValue, merge, type Scope, type Value, type Values } from './values.ts';

/** Binds the name of a function to it and to what its decorators return. */
export function defineFunction(definition: FunctionDefinition, scope: Scope, machine: Machine): void {
  const value: Value = { kind: 'function', definition, scope };
  let found: Values = [value];
  for (const { value: standard } of definition.parameters)
    if (standard !== undefined) machine.evaluate(standard, scope);
  for (const decorator of definition.decorators) {
    const callee = machine.resolve(decorator, scope);
    if (callee.every((item) => item.kind === 'reference' && plainDecorators.test(item.name))) continue;
    const result = machine.call(
      callee,
      { positional: [found], keywords: new Map(), isOpen: false },
      scope,
      definition.at,
      definition.name,
    );
    found = merge(
      [value],
      result.filter(({ kind }) => kind !== 'unknown'),
    );
  }
  machine.environment.bind(scope, definition.name, found);
}

/** Binds the name of a class, and follows its body. */
export function defineClass(definition: ClassDefinition, scope: Scope, machine: Machine): void {
  const value: ClassValue = { kind: 'class', definition, scope };
  const inner = machine.environment.scopeOf(definition, 'class', scope);
  machine.environment.classOf.set(inner, value);
  for (const { value: base, keyword } of definition.bases) {
    for (const found of machine.evaluate(base, scope)) {
      if (
        found.kind === 'class' &&
        (keyword === 'metaclass' || classMember(found, '__init_subclass__', machine) !== undefined)
      )
        escapeClass(found, machine);
    }
  }
  for (const decorator of definition.decorators) machine.evaluate(decorator, scope);
  machine.execute(definition.body, inner);
  machine.environment.bind(scope, definition.name, [value]);
}
