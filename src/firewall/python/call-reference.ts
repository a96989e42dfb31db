import { callPure, iterate } from './call-builtin.ts';
import { starters } from './definitions.ts';
import { escapeValue, escapeValues } from './escapes.ts';
import { reflectedModules, useOf } from './known-names.ts';
import type { Arguments, Machine } from './machine.ts';
import { indirect } from './operators.ts';
import { openFile } from './path-methods.ts';
import { isDisguised, reportCall } from './report-call.ts';
import { allTexts, hole, knownTexts, merge, type Scope, unknown, type Value, type Values } from './values.ts';

/** Calls a function or class outside the archive, by its name. */
export function callReference(
  callee: Extract<Value, { kind: 'reference' }>,
  args: Arguments,
  scope: Scope,
  at: number,
  seen: string,
  machine: Machine,
): Values {
  const { name, isIndirect } = callee;
  const [first = [], second = []] = args.positional;
  switch (name) {
    case 'builtins.object.__getattribute__':
    case 'builtins.type.__getattribute__':
    case 'builtins.getattr':
      return merge(getAttribute(first, second, scope, at, seen, machine), args.positional[2] ?? []);
    case 'builtins.setattr': {
      const [member] = allTexts(second) ?? [];
      if (member !== undefined) machine.environment.setAttribute(member, args.positional[2] ?? unknown);
      return unknown;
    }
    case 'builtins.globals':
    case 'builtins.locals':
      return [
        {
          kind: 'namespace',
          of: [
            { kind: 'module', scope: scope.module },
            ...(scope.kind === 'module' ? [] : [{ kind: 'module', scope } satisfies Value]),
          ],
        },
      ];
    case 'builtins.vars':
      return [{ kind: 'namespace', of: first.length === 0 ? [{ kind: 'module', scope: scope.module }] : first }];
    case 'builtins.open':
    case 'io.open':
    case 'codecs.open':
    case 'tokenize.open':
    case 'os.fdopen':
    case 'os.open':
      return openFile(
        first.length === 0 ? (args.keywords.get('file') ?? unknown) : first,
        args.positional[1] ?? args.keywords.get('mode'),
        scope,
        at,
        machine,
      );
    case 'builtins.type':
      return args.positional.length === 3 ? dynamicClass(args, scope, machine) : unknown;
    case 'functools.partial':
    case 'functools.partialmethod':
      return [{ kind: 'result', of: 'functools.partial', args: args.positional }];
    case 'operator.methodcaller':
    case 'operator.attrgetter':
    case 'operator.itemgetter':
      return [{ kind: 'result', of: name, args: args.positional }];
    case 'shutil.copy':
    case 'shutil.copy2':
    case 'shutil.copyfile':
    case 'shutil.move':
    case 'os.rename':
    case 'os.replace':
    case 'os.symlink':
    case 'os.link':
      machine.report('writes', scope, at, seen, args.positional.flatMap((values) => knownTexts(values)).join(' '));
      return unknown;
    case 'winreg.SetValueEx':
    case 'winreg.SetValue':
    case '_winreg.SetValueEx':
      machine.report('persists', scope, at, seen);
      return unknown;
    case 'gc.get_objects':
    case 'inspect.stack':
    case 'sys._getframe':
      return [{ kind: 'unknown', origin: name.startsWith('gc') ? 'imports' : undefined }];
    default:
      break;
  }
  const key = args.keywords.get('key');
  if (key !== undefined) {
    const items = merge(...iterate(first).slice(0, 64));
    machine.call(key, { positional: [items], keywords: new Map(), isOpen: false }, scope, at, seen);
  }
  const pure = callPure(name, args, machine, scope);
  if (pure !== undefined) return pure;
  const reported = reportCall({ name, isIndirect, args, scope, at, seen }, machine);
  escapeArguments(args, scope, at, seen, machine);
  return reported ?? [{ kind: 'result', of: name, args: args.positional }];
}

/** Follows `type(name, bases, members)`. */
function dynamicClass(args: Arguments, scope: Scope, machine: Machine): Values {
  for (const member of args.positional[2] ?? []) {
    if (member.kind !== 'dictionary') continue;
    for (const [name, values] of member.entries) machine.environment.setAttribute(name, values);
    for (const values of member.entries.values()) escapeValues(values, scope, machine);
  }
  return unknown;
}

/** Returns the values of `getattr(owner, name)`, and reports a name that is hidden. */
export function getAttribute(
  owners: Values,
  names: Values,
  scope: Scope,
  at: number,
  seen: string,
  machine: Machine,
): Values {
  const texts = allTexts(names)?.filter((name) => !name.includes(hole));
  if (texts !== undefined && texts.length === names.length) {
    return indirect(merge(...texts.map((name) => machine.member(owners, name))));
  }
  const isReflected = owners.some(
    (owner) =>
      (owner.kind === 'reference' && reflectedModules.has(owner.name)) ||
      (owner.kind === 'unknown' &&
        (owner.origin === 'module' || owner.origin === 'imports') &&
        names.some(isDisguised)),
  );
  if (isReflected) {
    // The call of the member is reported as well, so that a loop over all members of a module is not.
    if (
      names.length === 0 ||
      names.some((name) => isDisguised(name) || (name.kind === 'text' && name.text.includes(hole)))
    )
      machine.report('hidden', scope, at, seen);
    return [{ kind: 'unknown', origin: 'imports' }];
  }
  return unknown;
}

/** Follows functions that are given to code that isn't known, and calls references with the other arguments. */
export function escapeArguments(
  { positional, keywords }: Arguments,
  scope: Scope,
  at: number,
  seen: string,
  machine: Machine,
): void {
  const all = [...positional, ...keywords.values()];
  for (const [index, values] of all.entries()) {
    for (const value of values) {
      if (value.kind === 'reference') {
        const use = useOf(value.name);
        if (
          use === undefined ||
          use === 'network' ||
          value.name.startsWith('types.') ||
          /^(?:is(?:instance|subclass)|callable|type|hasattr|id|repr)$/.test(seen.split('(', 1)[0] ?? '')
        )
          continue;
        const list = keywords.get('args')?.[0];
        const rest = list?.kind === 'sequence' ? list.items : positional.slice(index + 1);
        callReference(
          value,
          { positional: rest.length === 0 ? [unknown] : rest, keywords: new Map(), isOpen: true },
          scope,
          at,
          seen,
          machine,
        );
      } else if (value.kind === 'function' && (keywords.get('target') === values || starters.test(seen))) {
        escapeValue(value, true, machine);
      }
    }
    escapeValues(values, scope, machine);
  }
}
