import { useOf } from './known-names.ts';
import type { Machine } from './machine.ts';
import type { Expression } from './syntax.ts';
import type { Scope, Values } from './values.ts';

/** Reports a reference that is not called here. */
export function reportReferences(
  values: Values,
  expression: Expression,
  scope: Scope,
  isTracked: boolean,
  machine: Machine,
): void {
  if (!machine.events.isReporting || expression.type === 'call') return;
  for (const value of values) {
    if (value.kind !== 'reference') continue;
    const use = useOf(value.name);
    if (use === undefined) continue;
    const seen = sourceAt(expression, scope);
    const isModule = ['subprocess', 'pip', 'sh', 'commands', 'ctypes', 'invoke', 'fabric'].includes(value.name);
    if (use === 'network') machine.report('network', scope, expression.at, seen);
    else if (use === 'executor' && !isTracked) machine.report('hidden', scope, expression.at, seen);
    else if (use === 'shell-line' && !isTracked) machine.report('hidden', scope, expression.at, seen);
    else if (use !== 'executor' && use !== 'opaque' && !isModule) machine.report('shell', scope, expression.at, seen);
  }
}

/** Returns the line of an expression, from where it starts, to show it. Code within code has none. */
export function sourceAt(expression: Expression, scope: Scope): string {
  const end = scope.source.indexOf('\n', expression.at);
  return scope.line === undefined ? scope.source.slice(expression.at, end === -1 ? undefined : end).slice(0, 200) : '';
}
