import type { Statement } from './syntax.ts';
import { merge, type Scope, type Value, type Values } from './values.ts';

/** Something that code reads, and how often it has changed. */
export type Source = { changes: number };

/** Code that runs, with what it reads. */
export type Body = {
  readonly scope: Scope;
  readonly statements: readonly Statement[];
  /** What the code has read, with the number of changes at that time. */
  readonly reads: Map<Source, number>;
};

export function isStale({ reads }: Body): boolean {
  if (reads.size === 0) return true;
  for (const [source, changes] of reads) if (source.changes !== changes) return true;
  return false;
}

export function createScope(
  kind: Scope['kind'],
  parent: Scope | undefined,
  path: string,
  source: string,
  line: number | undefined,
  isMain: boolean,
): Scope {
  const scope = {
    kind,
    parent,
    names: new Map(),
    globals: new Set<string>(),
    stars: [],
    returns: [],
    changes: 0,
    path,
    source,
    line,
    isMain,
  } as unknown as Scope & { module: Scope };
  scope.module = parent === undefined ? scope : parent.module;
  return scope;
}

export function bind(scope: Scope, name: string, values: Values): void {
  const known = scope.names.get(name) ?? [];
  const merged = merge(known, values);
  if (merged === known) return;
  scope.names.set(name, merged);
  scope.changes += 1;
}

export const isStable = (value: Value): boolean => value.kind !== 'text' && value.kind !== 'number';

export function moduleName(path: string): string {
  return path.replace(/(?:\/__init__)?\.pyw?$/, '').replaceAll('/', '.');
}
