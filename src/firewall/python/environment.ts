import { type Body, createScope, isStable, type Source } from './scopes.ts';
import type { ClassDefinition, FunctionDefinition } from './syntax.ts';
import { type ClassValue, isSame, merge, type Scope, unknown, type Value, type Values } from './values.ts';

/** Holds what names, attributes and functions have as values, and which code has to run again after a change. */
export class Environment {
  /** The code that runs, in the order in which it was found. */
  readonly bodies: Body[] = [];
  /** The class to which the scope of a class belongs. */
  readonly classOf = new Map<Scope, ClassValue>();
  /** The scopes of functions and classes that were read. */
  readonly scopes = new Map<FunctionDefinition | ClassDefinition, Scope>();
  /** The classes, by key, and values that code which isn't known may use, and that were followed. */
  readonly escapedClasses = new Set<string>();
  readonly escapedValues = new WeakSet<Value>();
  /** Whether this pass has found something new. */
  hasChanged = false;
  /** Whether what still changes in this pass counts as unknown. */
  isLastPass = false;
  readonly #attributes = new Map<string, { values: Values; changes: number }>();
  readonly #searchPaths: Source = { changes: 0 };
  #reads = new Map<Source, number>();

  /** Adds a value to those of a name. */
  bind(scope: Scope, name: string, value: Values): void {
    const target = scope.globals.has(name) ? scope.module : scope;
    const known = target.names.get(name);
    const merged = known === undefined ? value : merge(known, value);
    if (known !== undefined && isSame(merged, known)) return;
    // A name that still changes depends on itself, so that its value isn't known.
    target.names.set(name, this.isLastPass ? merge(unknown, merged.filter(isStable)) : merged);
    target.changes += 1;
    this.hasChanged = true;
  }

  /** Lets work bind names that have one value at a time, which is no change for other code. */
  bindTemporarily(work: () => void): void {
    const { hasChanged, isLastPass } = this;
    this.isLastPass = false;
    work();
    this.isLastPass = isLastPass;
    this.hasChanged = hasChanged;
  }

  /** Adds values to those that a function returns. */
  addReturned(scope: Scope, values: Values): void {
    const merged = merge(scope.returns, values);
    if (isSame(merged, scope.returns)) return;
    scope.returns = this.isLastPass ? unknown : merged;
    scope.changes += 1;
    this.hasChanged = true;
  }

  /** Returns the values that are assigned to an attribute of this name, of any object. */
  attribute(name: string): Values | undefined {
    const attribute = this.#attributeOf(name);
    this.noteRead(attribute);
    return attribute.values.length === 0 ? undefined : attribute.values;
  }

  /** Adds values to those of an attribute, of any object. */
  setAttribute(name: string, values: Values): void {
    const attribute = this.#attributeOf(name);
    const merged = merge(
      attribute.values,
      values.filter(({ kind }) => kind !== 'unknown'),
    );
    if (isSame(merged, attribute.values)) return;
    attribute.values = this.isLastPass ? merge(merged, unknown) : merged;
    attribute.changes += 1;
    this.hasChanged = true;
  }

  #attributeOf(name: string): { values: Values; changes: number } {
    const known = this.#attributes.get(name);
    if (known !== undefined) return known;
    const attribute = { values: [], changes: 0 };
    this.#attributes.set(name, attribute);
    return attribute;
  }

  /** Returns the scope of a function or class, which is created when something first refers to it. */
  scopeOf(definition: FunctionDefinition | ClassDefinition, kind: 'class' | 'function', parent: Scope): Scope {
    const known = this.scopes.get(definition);
    if (known !== undefined) return known;
    const scope = createScope(kind, parent, parent.path, parent.source, parent.line, parent.isMain);
    this.scopes.set(definition, scope);
    return scope;
  }

  /** Notes that the module search path has changed, on which every import depends. */
  noteSearchPath(): void {
    this.#searchPaths.changes += 1;
  }

  /** Notes that the running code depends on something. */
  noteRead(source: Source): void {
    this.#reads.set(source, source.changes);
  }

  /** Runs code and notes on what it depends. */
  trackReads({ reads }: Body, work: () => void): void {
    const outer = this.#reads;
    this.#reads = reads;
    reads.clear();
    this.noteRead(this.#searchPaths);
    work();
    this.#reads = outer;
  }
}
