import { callFormat } from './call-builtin.ts';
import { getAttribute } from './call-reference.ts';
import { callContainerMethod } from './container-methods.ts';
import { foldMethod } from './fold-text.ts';
import { namespaceItem, referenceItem } from './items.ts';
import type { Arguments, Machine } from './machine.ts';
import { callPathMethod, reportWritten } from './path-methods.ts';
import type { Expression } from './syntax.ts';
import { callUnknownMethod } from './unknown-methods.ts';
import { allTexts, knownTexts, merge, type Scope, unknown, type Value, type Values } from './values.ts';

type MethodCall = {
  readonly callee: Extract<Expression, { type: 'attribute' }>;
  readonly scope: Scope;
  readonly at: number;
  readonly seen: string;
};

/** Evaluates a method of a text, file, sequence or other known value. */
export function callMethod(
  owners: Values,
  name: string,
  args: Arguments,
  call: MethodCall,
  machine: Machine,
): Values | undefined {
  const results: Values[] = [];
  for (const owner of owners) {
    const result = callMethodOf(owner, name, args, call, machine);
    if (result === undefined) return undefined;
    results.push(result);
  }
  return owners.length === 0 ? undefined : merge(...results);
}

function callMethodOf(
  owner: Value,
  name: string,
  args: Arguments,
  { callee, scope, at, seen }: MethodCall,
  machine: Machine,
): Values | undefined {
  const [first = []] = args.positional;
  switch (owner.kind) {
    case 'text':
      if (name === 'format') return callFormat(owner, args);
      return (
        callPathMethod(owner, name, args, scope, at, machine) ?? foldMethod(owner, name, args.positional) ?? unknown
      );
    case 'file':
      if (/^(?:read|readline|readlines|__enter__|readall)$/.test(name))
        return name === '__enter__' ? [owner] : [{ kind: 'content', path: owner.path }];
      if (/^(?:write|writelines)$/.test(name)) {
        machine.report('writes', scope, at, seen, knownTexts(owner.path).join(' '));
        reportWritten(first, owner.path, scope, at, machine);
      }
      return unknown;
    case 'content':
      return /^(?:decode|encode|strip|lstrip|rstrip|replace|lower|expandtabs)$/.test(name) ? [owner] : unknown;
    case 'sequence':
    case 'dictionary':
      return callContainerMethod(owner, name, args, callee.of, scope, machine);
    case 'namespace':
      if (name === 'get' || name === '__getitem__' || name === 'pop')
        return namespaceItem(owner.of, allTexts(first), first, machine);
      return name === 'update' ? unknown : undefined;
    case 'module':
      return undefined;
    case 'reference':
      if (owner.name === 'sys.modules' && (name === 'get' || name === '__getitem__'))
        return referenceItem('sys.modules', allTexts(first), scope, at, machine);
      if (owner.name === 'sys.modules' && name === 'setdefault') return unknown;
      if (name === '__getattribute__' || name === '__getattr__') {
        const isOfClass = /^builtins\.(?:object|type|super)$/.test(owner.name);
        return getAttribute(
          isOfClass ? first : [owner],
          isOfClass ? (args.positional[1] ?? unknown) : first,
          scope,
          at,
          seen,
          machine,
        );
      }
      return undefined;
    case 'unknown':
    case 'result':
      return callUnknownMethod(owner, name, args, scope, at, seen, machine);
    default:
      return undefined;
  }
}
