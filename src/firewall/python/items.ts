import { builtin } from './call-builtin.ts';
import { itemsOf } from './fold-text.ts';
import { reflectedModules } from './known-names.ts';
import type { Machine } from './machine.ts';
import { classMember, memberOf } from './members.ts';
import { moduleMember } from './name-lookup.ts';
import { indirect, numberOf, slice } from './operators.ts';
import { isDisguised } from './report-call.ts';
import { moduleName } from './scopes.ts';
import type { Expression } from './syntax.ts';
import { allTexts, hole, merge, reference, type Scope, text, unknown, type Value, type Values } from './values.ts';

/** Returns the values of `owner[index]`, where the index may be a slice. */
export function subscriptValue(
  { of, index, at }: Extract<Expression, { type: 'subscript' }>,
  scope: Scope,
  machine: Machine,
): Values {
  const owners = machine.resolve(of, scope);
  if (index.type === 'slice') {
    const parts = index.parts.map((part) => (part === undefined ? undefined : numberOf(machine.evaluate(part, scope))));
    const isKnown = index.parts.every((part, position) => part === undefined || parts[position] !== undefined);
    return merge(...owners.map((owner) => slice(owner, parts, isKnown)));
  }
  const key = machine.evaluate(index, scope);
  return merge(...owners.map((owner): Values => itemOf(owner, key, scope, at, machine)));
}

/** Returns the values of an item of one value. */
export function itemOf(owner: Value, key: Values, scope: Scope, at: number, machine: Machine): Values {
  const names = allTexts(key);
  const position = numberOf(key);
  switch (owner.kind) {
    case 'sequence': {
      if (position === undefined)
        return merge(...owner.items.slice(0, 64), owner.isOpen || owner.items.length > 64 ? unknown : []);
      return owner.items.at(position) ?? unknown;
    }
    case 'text': {
      if (position === undefined) return [text(hole, owner.isBytes, true)];
      const item = itemsOf({ ...owner, isDecoded: true }).at(position);
      return item ?? unknown;
    }
    case 'dictionary': {
      const found = (names ?? []).flatMap((name) => owner.entries.get(name) ?? []);
      if (names !== undefined && found.length > 0) return found;
      const numbered = position === undefined ? undefined : owner.entries.get(String(position));
      return numbered ?? merge(...[...owner.entries.values()].slice(0, 64), owner.rest, unknown);
    }
    case 'namespace':
      return namespaceItem(owner.of, names, key, machine);
    case 'reference':
      return referenceItem(owner.name, names, scope, at, machine);
    case 'class':
    case 'instance': {
      const method = owner.kind === 'instance' ? classMember(owner.of, '__getitem__', machine) : undefined;
      return method === undefined
        ? unknown
        : machine.call(method, { positional: [key], keywords: new Map(), isOpen: false }, scope, at, '[…]');
    }
    case 'unknown':
      return owner.origin === undefined ? unknown : [owner];
    default:
      return unknown;
  }
}

/** Returns the values of an item of `globals()`, `vars(…)` or `__dict__`. Names that aren't known are `undefined`. */
export function namespaceItem(
  owners: Values,
  names: readonly string[] | undefined,
  key: Values,
  machine: Machine,
): Values {
  if (names === undefined) {
    const isReflected = owners.some((owner) =>
      owner.kind === 'reference' ? reflectedModules.has(owner.name) : key.some(isDisguised),
    );
    return isReflected ? [{ kind: 'unknown', origin: 'imports' }] : unknown;
  }
  return merge(
    ...names.map((name) =>
      merge(
        ...owners.map((owner): Values => {
          if (owner.kind === 'module') {
            const own = moduleMember(owner.scope, name, machine);
            return indirect(own.length > 0 ? own : (builtin(name) ?? unknown));
          }
          return indirect(memberOf(owner, name, machine));
        }),
      ),
    ),
  );
}

/** Returns the values of an item of something outside the archive, such as `sys.modules`. */
export function referenceItem(
  name: string,
  names: readonly string[] | undefined,
  scope: Scope,
  at: number,
  machine: Machine,
): Values {
  if (name === 'sys.modules') {
    if (names === undefined) return [{ kind: 'unknown', origin: 'module' }];
    return merge(
      ...names.map((module) =>
        module === moduleName(scope.path) || module === '__main__'
          ? [{ kind: 'module', scope: scope.module } satisfies Value]
          : machine.importModule(module, scope, at, true),
      ),
    );
  }
  if (name === 'builtins')
    return names === undefined
      ? [{ kind: 'unknown', origin: 'imports' }]
      : indirect(merge(...names.map((item) => builtin(item) ?? unknown)));
  if (name === 'sys.version_info') return [reference(name)];
  if (/^os\.environb?$/.test(name)) return [{ kind: 'unknown', origin: 'environment' }];
  return unknown;
}
