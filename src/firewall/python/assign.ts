import { iterate } from './call-builtin.ts';
import { developerCommands } from './definitions.ts';
import { escapeValues } from './escapes.ts';
import type { Machine } from './machine.ts';
import { lookUp } from './name-lookup.ts';
import { unpack } from './operators.ts';
import type { Expression, Statement } from './syntax.ts';
import { allTexts, hole, merge, type Scope, text, unknown, type Value, type Values } from './values.ts';

/** Adds a value to those of the target of an assignment. */
export function assign(target: Expression, value: Values, scope: Scope, machine: Machine): void {
  switch (target.type) {
    case 'name':
      machine.environment.bind(scope, target.name, value);
      return;
    case 'attribute': {
      const owner = machine.resolve(target.of, scope);
      for (const own of owner) {
        if (own.kind === 'module') machine.environment.bind(own.scope, target.name, value);
        if (own.kind === 'reference' && own.name === 'sys' && target.name === 'path') addSearchPaths(value, machine);
        // Python or another module calls what is assigned to a member of it, such as `sys.excepthook`.
        if (own.kind === 'reference') escapeValues(value, scope, machine);
        if (own.kind === 'reference') reportPatch(own.name, target.name, value, scope, target.at, machine);
      }
      machine.environment.setAttribute(target.name, value);
      if (target.name === 'cmdclass') escapeValues(value, scope, machine);
      return;
    }
    case 'subscript': {
      const [key] = allTexts(machine.evaluate(target.index, scope)) ?? [];
      const owner = machine.resolve(target.of, scope);
      // pip runs the commands of a distribution, which a class may add to its table.
      const isCommand = target.of.type === 'attribute' && target.of.name === 'cmdclass';
      if (isCommand && !developerCommands.test(key ?? '')) escapeValues(value, scope, machine);
      if (owner.some((own) => own.kind === 'reference' && own.name === 'sys.path')) addSearchPaths(value, machine);
      if (target.of.type === 'name' && owner.every(({ kind }) => kind !== 'reference')) {
        const entries = new Map(key === undefined ? [] : [[key, value]]);
        const item: Value = { kind: 'dictionary', entries, rest: key === undefined ? value : [] };
        const known = (lookUp(target.of.name, scope, machine) ?? []).map(
          (found): Value => (found.kind === 'sequence' ? { ...found, isOpen: true } : found),
        );
        machine.environment.bind(scope, target.of.name, merge(known, [item]));
      }
      return;
    }
    case 'sequence': {
      const [only] = value;
      for (const [index, { value: item }] of target.items.entries()) {
        const part = value.length === 1 && only?.kind === 'sequence' && !only.isOpen ? only.items[index] : undefined;
        assign(
          item,
          part ?? (value.length === 1 && only?.kind === 'sequence' ? unknown : unpack(value)),
          scope,
          machine,
        );
      }
      return;
    }
    case 'other':
      for (const part of target.parts) assign(part, value, scope, machine);
      return;
    default:
      return;
  }
}

/** Follows an augmented assignment, such as `a += b`. */
export function updateTarget(
  { target, operator, value }: Extract<Statement, { type: 'update' }>,
  scope: Scope,
  machine: Machine,
): void {
  const right = machine.evaluate(value, scope);
  if (target.type === 'attribute' || target.type === 'name') {
    const path = target.type === 'attribute' ? machine.resolve(target, scope) : [];
    if (path.some((found) => found.kind === 'reference' && found.name === 'sys.path')) {
      for (const item of iterate(right).flat())
        machine.host.addSearchPath(item.kind === 'text' ? item.text : undefined);
    }
  }
  if (target.type !== 'name') {
    machine.evaluate(target, scope);
    return;
  }
  const left = lookUp(target.name, scope, machine) ?? unknown;
  const updated = left.map((own): Value => {
    // The order and number of updates isn't known.
    if (own.kind === 'text')
      return text(own.text.endsWith(hole) ? own.text : own.text + hole, own.isBytes, own.isDecoded);
    if (own.kind === 'sequence' && operator === '+') return { ...own, isOpen: true };
    if (own.kind === 'content') return own;
    return { kind: 'unknown' };
  });
  const added = right.some((item) => item.kind === 'text' && item.isDecoded);
  machine.environment.bind(scope, target.name, added ? [{ kind: 'unknown', origin: 'decoded' }, ...updated] : updated);
}

function addSearchPaths(values: Values, machine: Machine): void {
  for (const item of iterate(values).flat()) if (item.kind === 'text') machine.host.addSearchPath(item.text);
}

/** Reports code that replaces a function of another module, such as one that pip calls later. */
function reportPatch(owner: string, member: string, value: Values, scope: Scope, at: number, machine: Machine): void {
  if (!/^(?:builtins|os|subprocess|pip)\b/.test(owner)) return;
  const isCode = value.some(({ kind }) => kind === 'function');
  if (isCode && owner === 'builtins') machine.report('shell', scope, at, `${owner}.${member} = …`);
}
