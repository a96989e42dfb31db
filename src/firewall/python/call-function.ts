import { isStatic } from './definitions.ts';
import { type Arguments, type Machine, maxDepth, nested } from './machine.ts';
import type { Body } from './scopes.ts';
import type { Statement } from './syntax.ts';
import { type FunctionValue, type Scope, unknown, type Value, type Values } from './values.ts';

/**
 * Binds the parameters of a function. Returns the values that it is known to return.
 *
 * @param self the object of a method.
 */
export function callFunction(
  { definition, scope: parent }: FunctionValue,
  args: Arguments,
  self: Value | undefined,
  machine: Machine,
): Values {
  const isNew = !machine.environment.scopes.has(definition);
  const scope = machine.environment.scopeOf(definition, 'function', parent);
  const isMethod = parent.kind === 'class' && self === undefined && !isStatic(definition);
  let position = 0;
  let isBound = false;
  for (const { name, value, spread } of definition.parameters) {
    if (spread === '*') {
      const rest = args.positional.slice(position);
      machine.environment.bind(scope, name, [{ kind: 'sequence', items: rest, isOpen: args.isOpen }]);
      position = args.positional.length;
      continue;
    }
    if (spread === '**') {
      machine.environment.bind(scope, name, [{ kind: 'dictionary', entries: args.keywords, rest: [] }]);
      continue;
    }
    if (position === 0 && !isBound && (self !== undefined || isMethod) && isUnbound(args, isMethod)) {
      isBound = true;
      const owner = machine.environment.classOf.get(parent);
      machine.environment.bind(
        scope,
        name,
        self !== undefined ? [self] : owner === undefined ? unknown : [{ kind: 'instance', of: owner }],
      );
      continue;
    }
    const given = args.keywords.get(name) ?? args.positional[position];
    if (!args.keywords.has(name)) position += 1;
    const standard = value === undefined ? undefined : machine.resolve(value, parent);
    machine.environment.bind(scope, name, given ?? standard ?? unknown);
  }
  if (isNew) addBody(scope, definition.body, machine);
  machine.environment.noteRead(scope);
  return scope.returns.length === 0 ? (isNew ? [] : unknown) : scope.returns;
}

function isUnbound(args: Arguments, isMethod: boolean): boolean {
  const first = args.positional[0]?.[0];
  return !(isMethod && (first?.kind === 'instance' || first?.kind === 'class'));
}

function addBody(scope: Scope, statements: readonly Statement[], machine: Machine): void {
  const body: Body = { scope, statements, reads: new Map() };
  machine.environment.bodies.push(body);
  machine.environment.hasChanged = true;
  // Small functions run immediately, so that their results are known to the caller.
  if (machine.depth < maxDepth && body.statements.length <= 40) nested(machine, () => runBody(body, machine));
}

/** Follows code, and notes what it reads. */
export function runBody(body: Body, machine: Machine): void {
  machine.environment.trackReads(body, () => machine.execute(body.statements, body.scope));
}
