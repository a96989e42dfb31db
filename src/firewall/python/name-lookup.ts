import { builtin } from './call-builtin.ts';
import { memberName, reflectedModules, useOf } from './known-names.ts';
import { type Machine, maxDepth, nested } from './machine.ts';
import { moduleName } from './scopes.ts';
import { reference, type Scope, text, unknown, type Value, type Values } from './values.ts';

/** Returns the values of a name in a scope. */
export function valueOfName(name: string, scope: Scope, machine: Machine): Values {
  switch (name) {
    case '__file__':
      return [text(scope.path)];
    case '__name__':
      return scope.isMain && scope.line === undefined ? [text('__main__')] : [text(moduleName(scope.path))];
    case 'True':
      return [{ kind: 'number', value: 1 }];
    case 'False':
      return [{ kind: 'number', value: 0 }];
    case 'None':
      return unknown;
    default:
      return lookUp(name, scope, machine) ?? unknown;
  }
}

/** Returns the values of a name in a scope, its outer scopes and the builtins; undefined if none has it. */
export function lookUp(name: string, scope: Scope, machine: Machine): Values | undefined {
  for (let current: Scope | undefined = scope; current !== undefined; current = current.parent) {
    if (current !== scope && current.kind === 'class') continue;
    machine.environment.noteRead(current);
    const found = current.names.get(name);
    if (found !== undefined) return found;
  }
  for (const star of scope.module.stars) {
    const found = star.kind === 'module' ? moduleMember(star.scope, name, machine) : starMember(star, name);
    if (found.length > 0) return found;
  }
  return builtin(name);
}

function starMember(star: Value, name: string): Values {
  if (star.kind !== 'reference') return [];
  const full = memberName(star.name, name);
  return useOf(full) === undefined &&
    !reflectedModules.has(full) &&
    !/^(?:os|importlib|base64|codecs|runpy|binascii|zlib)\./.test(full)
    ? []
    : builtin(name) !== undefined && !/^os\.(?:open|popen)/.test(full)
      ? []
      : [reference(full)];
}

/** Returns the values of a name of a module of the archive, imports by `*` included; empty if it has none. */
export function moduleMember(module: Scope, name: string, machine: Machine): Values {
  machine.environment.noteRead(module);
  const own = module.names.get(name);
  if (own !== undefined) return own;
  for (const star of module.stars) {
    const found =
      star.kind === 'module' && star.scope !== module && machine.depth < maxDepth
        ? nested(machine, () => moduleMember(star.scope, name, machine))
        : starMember(star, name);
    if (found.length > 0) return found;
  }
  return [];
}
