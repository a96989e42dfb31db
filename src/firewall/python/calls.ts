import { iterate } from './call-builtin.ts';
import { callFunction } from './call-function.ts';
import { callReference, escapeArguments, getAttribute } from './call-reference.ts';
import { implicitMethods } from './definitions.ts';
import { escapeValues } from './escapes.ts';
import { foldMethod } from './fold-text.ts';
import { itemOf } from './items.ts';
import { useOf } from './known-names.ts';
import { type Arguments, type Machine, maxDepth } from './machine.ts';
import { classMember } from './members.ts';
import { callMethod } from './methods.ts';
import { indirect } from './operators.ts';
import { executeValues } from './report-call.ts';
import { reportReferences, sourceAt } from './report-references.ts';
import type { Argument, Expression } from './syntax.ts';
import { allTexts, merge, type Scope, unknown, type Value, type Values } from './values.ts';

/** Returns the values of a call. */
export function evaluateCall(
  { callee, args, at }: Extract<Expression, { type: 'call' }>,
  scope: Scope,
  machine: Machine,
): Values {
  const owner = callee.type === 'attribute' ? machine.resolve(callee.of, scope) : [];
  const found = machine.resolve(callee, scope);
  const given = evaluateArguments(args, scope, machine);
  const seen = machine.events.isReporting ? sourceAt(callee, scope) : '';
  if (callee.type === 'attribute') {
    const result = callMethod(owner, callee.name, given, { callee, scope, at, seen }, machine);
    if (result !== undefined) return result;
  }
  if (callee.type === 'name' && callee.name === 'super') return unknown;
  return machine.call(found, given, scope, at, seen);
}

function evaluateArguments(args: readonly Argument[], scope: Scope, machine: Machine): Arguments {
  const positional: Values[] = [];
  const keywords = new Map<string, Values>();
  let isOpen = false;
  for (const { value, keyword, spread } of args) {
    const found = machine.resolve(value, scope);
    if (spread === '*') {
      const items = iterate(found);
      isOpen ||= items.some((item) => item === unknown);
      positional.push(...items.slice(0, 64));
    } else if (spread === '**') {
      isOpen = true;
      for (const item of found)
        if (item.kind === 'dictionary') for (const [key, values] of item.entries) keywords.set(key, values);
    } else if (keyword !== undefined) keywords.set(keyword, found);
    else positional.push(found);
    if (found.some((item) => item.kind === 'reference' && useOf(item.name) === 'network'))
      reportReferences(found, value, scope, false, machine);
  }
  return { positional, keywords, isOpen };
}

/** Calls each of the values that a callee may have. */
export function call(
  callee: Values,
  args: Arguments,
  scope: Scope,
  at: number,
  seen: string,
  machine: Machine,
): Values {
  machine.count(1);
  if (machine.depth > maxDepth * 2) return unknown;
  machine.depth += 1;
  const results = callee.map((value) => callValue(value, args, scope, at, seen, machine));
  machine.depth -= 1;
  return callee.length === 0 ? unknown : merge(...results);
}

function callValue(callee: Value, args: Arguments, scope: Scope, at: number, seen: string, machine: Machine): Values {
  switch (callee.kind) {
    case 'function':
      return callFunction(callee, args, undefined, machine);
    case 'class': {
      const instance: Value = { kind: 'instance', of: callee };
      const method = classMember(callee, '__init__', machine);
      for (const value of method ?? []) if (value.kind === 'function') callFunction(value, args, instance, machine);
      for (const name of implicitMethods) {
        for (const value of classMember(callee, name, machine) ?? []) {
          if (value.kind === 'function')
            callFunction(value, { positional: [], keywords: new Map(), isOpen: true }, instance, machine);
        }
      }
      if (machine.mode.followsEscapes)
        for (const values of [...args.positional, ...args.keywords.values()]) escapeValues(values, scope, machine);
      return [instance];
    }
    case 'instance':
      return machine.call(
        classMember(callee.of, '__call__', machine) ?? unknown,
        { ...args, positional: [[callee], ...args.positional] },
        scope,
        at,
        seen,
      );
    case 'reference':
      return callReference(callee, args, scope, at, seen, machine);
    case 'code':
      return executeValues([callee], { scope, at, seen }, machine);
    case 'result':
      return callResult(callee, args, scope, at, seen, machine);
    default:
      if (callee.kind === 'unknown' && callee.origin === 'imports') machine.report('hidden', scope, at, seen);
      escapeArguments(args, scope, at, seen, machine);
      return unknown;
  }
}

function callResult(
  callee: Extract<Value, { kind: 'result' }>,
  args: Arguments,
  scope: Scope,
  at: number,
  seen: string,
  machine: Machine,
): Values {
  const { of, args: own } = callee;
  if (of === 'functools.partial') {
    const [inner = [], ...bound] = own;
    return machine.call(inner, { ...args, positional: [...bound, ...args.positional] }, scope, at, seen);
  }
  if (of === 'operator.attrgetter')
    return attributePath(args.positional[0] ?? [], own[0] ?? [], scope, at, seen, machine);
  if (of === 'operator.itemgetter')
    return merge(...(args.positional[0] ?? []).map((owner) => itemOf(owner, own[0] ?? unknown, scope, at, machine)));
  if (of === 'operator.methodcaller') {
    const [names = [], ...rest] = own;
    const method = getAttribute(args.positional[0] ?? [], names, scope, at, seen, machine);
    return machine.call(method, { positional: rest, keywords: new Map(), isOpen: false }, scope, at, seen);
  }
  const [method, owner] = [of.slice(of.lastIndexOf('.') + 1), own[0]?.[0]];
  if (/^(?:text|sequence|dictionary|file|content|namespace|unknown|function)\./.test(of) && owner !== undefined) {
    if (owner.kind === 'function' && method === '__call__') return callFunction(owner, args, undefined, machine);
    if (owner.kind === 'text') return foldMethod(owner, method, args.positional) ?? unknown;
  }
  const useless = useOf(of);
  if (useless === 'network') {
    machine.report('connects', scope, at, seen);
    return [{ kind: 'unknown', origin: 'network' }];
  }
  escapeArguments(args, scope, at, seen, machine);
  return unknown;
}

function attributePath(
  owners: Values,
  names: Values,
  scope: Scope,
  at: number,
  seen: string,
  machine: Machine,
): Values {
  const [path] = allTexts(names) ?? [];
  if (path === undefined) return getAttribute(owners, names, scope, at, seen, machine);
  return indirect(path.split('.').reduce((values: Values, name) => machine.member(values, name), owners));
}
