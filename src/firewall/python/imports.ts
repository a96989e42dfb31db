import { standardNames } from './definitions.ts';
import { useOf } from './known-names.ts';
import type { Machine } from './machine.ts';
import { loadModule } from './modules.ts';
import { moduleMember } from './name-lookup.ts';
import { bind } from './scopes.ts';
import type { Statement } from './syntax.ts';
import { keys, reference, type Scope, unknown, type Value, type Values } from './values.ts';

/** Returns the value of a module by its dotted name, and reads it if the archive contains it. */
export function importModule(name: string, scope: Scope, at: number, isIndirect: boolean, machine: Machine): Values {
  const level = /^\.*/.exec(name)?.[0].length ?? 0;
  const parts = name
    .slice(level)
    .split('.')
    .filter((part) => part !== '');
  let found: Values = [];
  let foundLength = 0;
  for (let length = 1; length <= Math.max(1, parts.length); length += 1) {
    const partial = '.'.repeat(level) + parts.slice(0, length).join('.');
    const module = machine.host.findModule(partial, scope.path);
    // A folder without `__init__.py` is a package as well (PEP 420).
    if (module === undefined) continue;
    if (module.kind === 'native') {
      machine.report('opaque', scope, at, `import ${name} (${module.path})`);
      return unknown;
    }
    const loaded = loadModule(module.path, false, machine);
    if (loaded === undefined) return unknown;
    const value: Value = { kind: 'module', scope: loaded };
    if (found[0]?.kind === 'module') bind(found[0].scope, parts[length - 1] ?? '', [value]);
    found = [value];
    foundLength = length;
  }
  if (foundLength > 0 && foundLength < parts.length) {
    return parts.slice(foundLength).reduce((values: Values, part) => machine.member(values, part), found);
  }
  if (found.length > 0 && !standardNames.has(parts[0] ?? '')) return found;
  return [...found, ...(level > 0 ? unknown : [reference(parts.join('.'), isIndirect)])];
}

/** Follows `import a, b as c`. */
export function importNames(
  { names, at }: Extract<Statement, { type: 'import' }>,
  scope: Scope,
  machine: Machine,
): void {
  for (const { module, bound, isAlias } of names) {
    const imported = machine.importModule(module, scope, at);
    const [root = ''] = module.split('.', 1);
    noteImport(imported, module, bound, scope, at, machine);
    machine.environment.bind(
      scope,
      bound,
      isAlias || module === root ? imported : machine.importModule(root, scope, at),
    );
  }
}

/** Follows `from a import b`. */
export function importFrom(statement: Extract<Statement, { type: 'from' }>, scope: Scope, machine: Machine): void {
  const { module, level, names, isStar, at } = statement;
  if (module === '__future__') return;
  const name = '.'.repeat(level) + module;
  const owners = machine.importModule(name, scope, at);
  if (isStar) {
    for (const owner of owners)
      if (!scope.stars.some((known) => keys([known]) === keys([owner]))) scope.stars.push(owner);
    noteImport(owners, module, '*', scope, at, machine);
    return;
  }
  for (const { name: member, bound } of names) {
    const found = owners.flatMap((owner): Values => {
      if (owner.kind !== 'module') return machine.member([owner], member);
      const own = moduleMember(owner.scope, member, machine);
      if (own.length > 0) return own;
      const child = machine.host.findModule(`${name}${/[^.]$/.test(name) ? '.' : ''}${member}`, scope.path);
      if (child === undefined) return unknown;
      return machine.importModule(`${name}${/[^.]$/.test(name) ? '.' : ''}${member}`, scope, at);
    });
    noteImport(found, `${module}.${member}`, bound, scope, at, machine);
    machine.environment.bind(scope, bound, found.length === 0 ? unknown : found);
  }
}

/** Notes the import of a network module, to report it if nothing that is visible uses it. */
function noteImport(values: Values, module: string, bound: string, scope: Scope, at: number, machine: Machine): void {
  if (!machine.mode.reportsImports) return;
  const isNetwork = values.some((value) => value.kind === 'reference' && useOf(value.name) === 'network');
  if (!isNetwork) return;
  if (bound === '*' || scope.line !== undefined) machine.report('network', scope, at, `import ${module}`);
  else machine.program.networkImports.set(`${scope.path}:${at}:${bound}`, { scope, bound, at, module });
}

/** Reports the imports of network modules that nothing visible uses. */
export function reportUnusedImports(machine: Machine): void {
  for (const { scope, bound, at, module } of machine.program.networkImports.values()) {
    if (machine.program.names.get(scope.module)?.has(bound) !== true)
      machine.report('network', scope, at, `import ${module}`);
  }
}
