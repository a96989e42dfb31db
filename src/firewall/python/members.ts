import { callFunction } from './call-function.ts';
import { isProperty } from './definitions.ts';
import { memberName } from './known-names.ts';
import { type Machine, maxDepth, nested } from './machine.ts';
import { moduleMember } from './name-lookup.ts';
import { parentPath } from './paths.ts';
import { moduleName } from './scopes.ts';
import { type ClassValue, merge, reference, text, unknown, type Value, type Values } from './values.ts';

/** Returns the values of an attribute of any of the values. */
export function membersOf(values: Values, name: string, machine: Machine): Values {
  const found = values.map((value): Values => memberOf(value, name, machine));
  return merge(...found);
}

/** Returns the values of an attribute of one value. */
export function memberOf(value: Value, name: string, machine: Machine): Values {
  switch (value.kind) {
    case 'reference': {
      if (name === '__dict__') return [{ kind: 'namespace', of: [value] }];
      if (/^__(?:subclasses|globals|code|reduce|reduce_ex|builtins|loader)__$/.test(name))
        return [{ kind: 'unknown', origin: 'imports' }];
      const full = memberName(value.name, name);
      return merge(
        [reference(full, value.isIndirect)],
        machine.environment.attribute(name)?.filter(({ kind }) => kind === 'reference') ?? [],
      );
    }
    case 'module': {
      if (name === '__dict__') return [{ kind: 'namespace', of: [value] }];
      const own = moduleMember(value.scope, name, machine);
      if (own.length > 0) return own;
      const child = machine.host.findModule(`${moduleName(value.scope.path)}.${name}`, '');
      const known = child?.kind === 'source' ? machine.program.modules.get(child.path) : undefined;
      return known === undefined ? unknown : [{ kind: 'module', scope: known }];
    }
    case 'instance':
      return instanceMember(value, name, machine);
    case 'class':
      if (name === '__dict__') return [{ kind: 'namespace', of: [value] }];
      return classMember(value, name, machine) ?? machine.environment.attribute(name) ?? unknown;
    case 'text':
      if (name === 'parent') return [text(parentPath(value.text))];
      if (name === 'name') return [text(value.text.slice(value.text.lastIndexOf('/') + 1))];
      return [{ kind: 'result', of: `text.${name}`, args: [[value]] }];
    case 'function':
      if (name === '__globals__' || name === '__builtins__')
        return [{ kind: 'namespace', of: [{ kind: 'module', scope: value.scope.module }] }];
      if (name === '__code__') return [{ kind: 'unknown', origin: 'imports' }];
      return [{ kind: 'result', of: `function.${name}`, args: [[value]] }];
    case 'file':
    case 'content':
    case 'sequence':
    case 'dictionary':
    case 'namespace':
    case 'code':
    case 'result':
      if (/^__(?:subclasses|globals|code|builtins)__$/.test(name)) return [{ kind: 'unknown', origin: 'imports' }];
      return [{ kind: 'result', of: `${value.kind}.${name}`, args: [[value]] }];
    case 'unknown': {
      if (/^__(?:subclasses|globals|code|builtins)__$/.test(name)) return [{ kind: 'unknown', origin: 'imports' }];
      const stored = machine.environment.attribute(name);
      const own: Value = { kind: 'result', of: `unknown.${name}`, args: [[value]] };
      return stored === undefined ? [own] : merge([own], stored);
    }
    case 'number':
      return unknown;
  }
}

function instanceMember(value: Extract<Value, { kind: 'instance' }>, name: string, machine: Machine): Values {
  const found = classMember(value.of, name, machine);
  if (found === undefined) return machine.environment.attribute(name) ?? unknown;
  return merge(
    ...found.map((member): Values => {
      if (member.kind !== 'function' || !isProperty(member.definition)) return [member];
      return callFunction(member, { positional: [], keywords: new Map(), isOpen: false }, value, machine);
    }),
  );
}

/** Returns the values of a member of a class or of its bases; undefined if it has none of this name. */
export function classMember(value: ClassValue, name: string, machine: Machine): Values | undefined {
  if (machine.depth > maxDepth) return undefined;
  const members = machine.environment.scopes.get(value.definition);
  if (members !== undefined) machine.environment.noteRead(members);
  const own = members?.names.get(name);
  if (own !== undefined) return own;
  for (const { value: base } of value.definition.bases) {
    for (const parent of machine.resolve(base, value.scope)) {
      const found =
        parent.kind === 'class' && parent.definition !== value.definition
          ? nested(machine, () => classMember(parent, name, machine))
          : undefined;
      if (found !== undefined) return found;
    }
  }
  return undefined;
}
