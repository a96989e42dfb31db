import { escapeValues } from './escapes.ts';
import { itemOf } from './items.ts';
import type { Arguments, Machine } from './machine.ts';
import { numberOf } from './operators.ts';
import type { Expression } from './syntax.ts';
import { merge, type Scope, text, unknown, type Value, type Values } from './values.ts';

/** Evaluates a method of a list, tuple, set or dictionary. `target` is the expression of the container. */
export function callContainerMethod(
  owner: Extract<Value, { kind: 'sequence' | 'dictionary' }>,
  name: string,
  args: Arguments,
  target: Expression,
  scope: Scope,
  machine: Machine,
): Values | undefined {
  const [first = [], second] = args.positional;
  if (/^(?:append|add|extend|insert|update|appendleft|setdefault)$/.test(name)) {
    if (target.type === 'name' && owner.kind === 'sequence') {
      const items = name === 'insert' && numberOf(first) === 0 ? [second ?? unknown, ...owner.items] : owner.items;
      machine.environment.bind(scope, target.name, [
        {
          kind: 'sequence',
          items: machine.events.isReporting || items.length > 64 ? owner.items : items,
          isOpen: true,
        },
      ]);
    }
    // Functions in a container may be called later.
    for (const values of args.positional) escapeValues(values, scope, machine);
    return name === 'setdefault' ? (second ?? unknown) : unknown;
  }
  if (owner.kind === 'dictionary') {
    if (name === 'get' || name === 'pop') return merge(itemOf(owner, first, scope, 0, machine), second ?? []);
    if (name === 'values') return [{ kind: 'sequence', items: [...owner.entries.values()], isOpen: true }];
    if (name === 'items')
      return [
        {
          kind: 'sequence',
          items: [...owner.entries].map(([key, value]) => [
            { kind: 'sequence', items: [[text(key)], value], isOpen: false },
          ]),
          isOpen: true,
        },
      ];
    if (name === 'keys')
      return [{ kind: 'sequence', items: [...owner.entries.keys()].map((key) => [text(key)]), isOpen: true }];
    if (name === 'copy') return [owner];
    return unknown;
  }
  if (name === 'pop') return merge(...owner.items.slice(0, 64), unknown);
  if (name === 'copy') return [owner];
  if (name === 'reverse' || name === 'sort') {
    if (target.type === 'name')
      machine.environment.bind(scope, target.name, [
        { kind: 'sequence', items: owner.items.slice(0, 1), isOpen: true },
      ]);
    return unknown;
  }
  return unknown;
}
