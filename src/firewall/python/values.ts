import type { ClassDefinition, FunctionDefinition } from './syntax.ts';

/** Stands for a part of a text that is not known. */
export const hole = '\ufffc';

/** What a value comes from, if it isn't known. `environment`: one variable; `environ`: all of them. */
export type Origin = 'decoded' | 'network' | 'environment' | 'environ' | 'module' | 'imports' | 'machine';

/** A possible value of an expression. */
export type Value =
  | { readonly kind: 'text'; readonly text: string; readonly isBytes: boolean; readonly isDecoded: boolean }
  | { readonly kind: 'number'; readonly value: number }
  /** A module, class or function outside the archive, by its dotted name. `isIndirect`: found by a computed name. */
  | { readonly kind: 'reference'; readonly name: string; readonly isIndirect: boolean }
  /** The result of a call or attribute of something outside the archive. */
  | { readonly kind: 'result'; readonly of: string; readonly args: readonly Values[] }
  /** A list, tuple or set. `isOpen`: may have more items. */
  | { readonly kind: 'sequence'; readonly items: readonly Values[]; readonly isOpen: boolean }
  | { readonly kind: 'dictionary'; readonly entries: ReadonlyMap<string, Values>; readonly rest: Values }
  | { readonly kind: 'function'; readonly definition: FunctionDefinition; readonly scope: Scope }
  | { readonly kind: 'class'; readonly definition: ClassDefinition; readonly scope: Scope }
  | { readonly kind: 'instance'; readonly of: Value & { kind: 'class' } }
  /** A module of the archive. */
  | { readonly kind: 'module'; readonly scope: Scope }
  /** A file opened for reading. */
  | { readonly kind: 'file'; readonly path: Values }
  /** The content of a file. */
  | { readonly kind: 'content'; readonly path: Values }
  /** Compiled code. */
  | { readonly kind: 'code'; readonly source: Values }
  | { readonly kind: 'namespace'; readonly of: Values }
  | { readonly kind: 'unknown'; readonly origin?: Origin | undefined };

export type TextValue = Extract<Value, { kind: 'text' }>;
export type FunctionValue = Extract<Value, { kind: 'function' }>;
export type ClassValue = Extract<Value, { kind: 'class' }>;

/** All possible values, at most `maxValues`. */
export type Values = readonly Value[];

/** The names that a module, class or function binds. */
export type Scope = {
  readonly kind: 'module' | 'class' | 'function';
  readonly module: Scope;
  readonly parent: Scope | undefined;
  readonly names: Map<string, Values>;
  readonly globals: Set<string>;
  /** Modules outside the archive, or of it, whose names are imported by `*`. */
  readonly stars: Value[];
  /** The values that a function returns. */
  returns: Values;
  /** How often the names or the returned values have changed. */
  changes: number;
  /** Path of the source file in the archive. */
  readonly path: string;
  /** The source text, for line numbers. */
  readonly source: string;
  /** Added to a line number, for code within code. */
  readonly line: number | undefined;
  readonly isMain: boolean;
};

export const maxValues = 8;

const anything: Value = { kind: 'unknown' };
export const unknown: Values = [anything];

export const text = (value: string, isBytes = false, isDecoded = false): Value => ({
  kind: 'text',
  text: value,
  isBytes,
  isDecoded,
});

export const isText = (value: Value | undefined): value is TextValue => value?.kind === 'text';

export const reference = (name: string, isIndirect = false): Value => ({ kind: 'reference', name, isIndirect });

/** Merges possible values. More than the maximum are unknown, except references, which decide what code does. */
export function merge(...groups: readonly Values[]): Values {
  const [first = [], ...others] = groups.filter(({ length }) => length > 0);
  let merged: Value[] | undefined;
  let found: Set<string> | undefined;
  for (const group of others) {
    for (const value of group) {
      if ((merged ?? first).includes(value)) continue;
      found ??= new Set(first.map(valueKey));
      const key = valueKey(value);
      if (found.has(key)) continue;
      found.add(key);
      merged ??= [...first];
      if (merged.length < maxValues || value.kind === 'reference') merged.push(value);
      else if (!found.has('?')) {
        found.add('?');
        merged.push(anything);
      }
    }
  }
  return merged ?? first;
}

const identities = new WeakMap<object, number>();
let nextIdentity = 0;

function identity(object: object): number {
  const known = identities.get(object);
  if (known !== undefined) return known;
  nextIdentity += 1;
  identities.set(object, nextIdentity);
  return nextIdentity;
}

const knownKeys = new WeakMap<Value, string>();

/** Returns a key that equal values have in common. */
export function valueKey(value: Value): string {
  const known = knownKeys.get(value);
  if (known !== undefined) return known;
  const key = shorten(describeValue(value));
  knownKeys.set(value, key);
  return key;
}

const maxKey = 60;

/** Replaces a long key by a hash of 64 bits and its length. */
function shorten(key: string): string {
  if (key.length <= maxKey) return key;
  let [high, low] = [0xdeadbeef, 0x41c6ce57];
  for (let at = 0; at < key.length; at += 1) {
    const code = key.charCodeAt(at);
    high = Math.imul(high ^ code, 2_654_435_761);
    low = Math.imul(low ^ code, 1_597_334_677);
  }
  return `#${(high >>> 0).toString(36)}${(low >>> 0).toString(36)}:${key.length}`;
}

function describeValue(value: Value): string {
  switch (value.kind) {
    case 'text':
      return `t${value.isBytes}${value.isDecoded}${value.text}`;
    case 'number':
      return `n${value.value}`;
    case 'reference':
      return `r${value.isIndirect}${value.name}`;
    case 'result':
      return `c${value.of}(${value.args.map(keys).join()})`;
    case 'sequence':
      return `s${value.isOpen}${value.items.length > 64 ? identity(value.items) : value.items.map(keys).join('|')}`;
    case 'dictionary':
      return `d${[...value.entries].map(([key, values]) => `${key}:${keys(values)}`).join('|')}+${keys(value.rest)}`;
    case 'function':
    case 'class':
      return `f${identity(value.definition)}`;
    case 'instance':
      return `i${identity(value.of.definition)}`;
    case 'module':
      return `m${identity(value.scope)}`;
    case 'file':
    case 'content':
      return `${value.kind}${keys(value.path)}`;
    case 'code':
      return `x${keys(value.source)}`;
    case 'namespace':
      return `v${keys(value.of)}`;
    case 'unknown':
      return value.origin === undefined ? '?' : `?${value.origin}`;
  }
}

export const keys = (values: Values): string =>
  values.length === 1 && values[0] !== undefined ? valueKey(values[0]) : shorten(values.map(valueKey).join('&'));

/** Checks whether two merged groups have the same values. */
export const isSame = (a: Values, b: Values): boolean => a === b || keys(a) === keys(b);

/** Returns the texts among values; undefined if one of them is anything else. */
export function allTexts(values: Values): readonly string[] | undefined {
  const texts = values.flatMap((value) => (value.kind === 'text' ? [value.text] : []));
  return texts.length === values.length && texts.length > 0 ? texts : undefined;
}

/** Returns the texts among values. */
export function knownTexts(values: Values): readonly string[] {
  return values.flatMap((value) => (value.kind === 'text' ? [value.text] : []));
}
