import { callFunction } from './call-function.ts';
import { developerCommands } from './definitions.ts';
import { type Arguments, type Machine, maxDepth } from './machine.ts';
import { type ClassValue, keys, type Scope, type Value, type Values } from './values.ts';

/** Checks whether functions that this code gives to unknown code count as called. Packages register many of them. */
function followsEscapes({ path }: Scope, machine: Machine): boolean {
  return machine.mode.followsEscapes && !machine.host.isInPackage(path);
}

/** Marks functions and classes as used by code that isn't known. */
export function escapeValues(values: Values, scope: Scope, machine: Machine): void {
  const isFollowed = followsEscapes(scope, machine);
  for (const value of values) escapeValue(value, isFollowed, machine);
}

/** Follows what a value contains as used, if `isFollowed`. Each value is followed once. */
export function escapeValue(value: Value, isFollowed: boolean, machine: Machine): void {
  if (!isFollowed || machine.depth > maxDepth * 3 || machine.environment.escapedValues.has(value)) return;
  machine.environment.escapedValues.add(value);
  machine.count(1);
  machine.depth += 1;
  const open: Arguments = { positional: [], keywords: new Map(), isOpen: true };
  switch (value.kind) {
    case 'function':
      if (!machine.environment.scopes.has(value.definition)) callFunction(value, open, undefined, machine);
      break;
    case 'class':
    case 'instance':
      escapeClass(value.kind === 'class' ? value : value.of, machine);
      break;
    case 'sequence':
      for (const item of value.items.slice(0, 200)) for (const inner of item) escapeValue(inner, true, machine);
      break;
    case 'dictionary':
      for (const [key, item] of value.entries) {
        // pip runs none of the commands that a developer runs.
        if (developerCommands.test(key) && item.every(({ kind }) => kind === 'class')) continue;
        for (const inner of item) escapeValue(inner, true, machine);
      }
      for (const inner of value.rest) escapeValue(inner, true, machine);
      break;
    default:
      break;
  }
  machine.depth -= 1;
}

/** Follows all methods of a class and of its bases. */
export function escapeClass(value: ClassValue, machine: Machine): void {
  const key = keys([value]);
  if (machine.environment.escapedClasses.has(key)) return;
  machine.environment.escapedClasses.add(key);
  const instance: Value = { kind: 'instance', of: value };
  for (const values of machine.environment.scopes.get(value.definition)?.names.values() ?? []) {
    for (const member of values) {
      if (member.kind === 'function')
        callFunction(member, { positional: [], keywords: new Map(), isOpen: true }, instance, machine);
    }
  }
  for (const { value: base } of value.definition.bases) {
    for (const parent of machine.resolve(base, value.scope)) if (parent.kind === 'class') escapeClass(parent, machine);
  }
}
