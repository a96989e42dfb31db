import type { Environment } from './environment.ts';
import type { CodeEvent, EventLog } from './events.ts';
import type { Program } from './program.ts';
import type { Expression, Statement } from './syntax.ts';
import type { Scope, Values } from './values.ts';

/** A module that code imports: source in the archive, code that is not text, or nothing in the archive. */
export type FoundModule =
  | { readonly kind: 'source'; readonly path: string; readonly isPackage: boolean }
  | { readonly kind: 'native'; readonly path: string }
  | undefined;

/** The files that the analysed code can reach. */
export type CodeHost = {
  /** Finds a module by its dotted name, as the file `from` imports it. */
  readonly findModule: (name: string, from: string) => FoundModule;
  /** Finds files by a path that may contain holes. */
  readonly findFiles: (path: string, from: string) => readonly string[];
  /** Returns the source of a file; undefined if it isn't in memory. */
  readonly read: (path: string) => { readonly text: string } | { readonly why: string } | undefined;
  /** Checks whether a file belongs to a package, so that it is installed. */
  readonly isInPackage: (path: string) => boolean;
  /** Notes that code adds a folder to the module search path, undefined if it isn't known. Returns whether it is new. */
  readonly addSearchPath: (path: string | undefined) => boolean;
};

/** How far the analysis follows code. */
export type CodeMode = {
  /** Whether functions that are passed to unknown code count as called. */
  readonly followsEscapes: boolean;
  /** Selects the literals that are events. */
  readonly isNotable: (text: string) => boolean;
  /** Whether importing a network module without using it is an event. */
  readonly reportsImports: boolean;
};

export type Arguments = {
  readonly positional: readonly Values[];
  readonly keywords: ReadonlyMap<string, Values>;
  /** Whether more arguments may follow, by `*` or `**`. */
  readonly isOpen: boolean;
};

/**
 * What the parts of the interpreter need of each other: the state that they share, and the functions that call each other
 * in a circle.
 */
export type Machine = {
  readonly host: CodeHost;
  readonly mode: CodeMode;
  readonly environment: Environment;
  readonly events: EventLog;
  readonly program: Program;
  /** How deeply calls and expressions are nested. */
  depth: number;
  /** Counts work. Throws beyond the limit. */
  readonly count: (steps: number) => void;
  readonly report: (kind: CodeEvent['kind'], scope: Scope, at: number, seen: string, detail?: string) => void;
  /** Follows statements, in order. */
  readonly execute: (statements: readonly Statement[], scope: Scope) => void;
  /** Returns the values of an expression, and reports a reference that isn't called. */
  readonly evaluate: (expression: Expression, scope: Scope) => Values;
  /** Returns the values of an expression whose references are followed further. */
  readonly resolve: (expression: Expression, scope: Scope) => Values;
  readonly call: (callee: Values, args: Arguments, scope: Scope, at: number, seen: string) => Values;
  /** Returns the values of an attribute of any of the values. */
  readonly member: (values: Values, name: string) => Values;
  readonly importModule: (name: string, scope: Scope, at: number, isIndirect?: boolean) => Values;
  /** Analyses text as code in a scope. */
  readonly runText: (text: string, scope: Scope, at: number) => Values;
  /** Analyses a file of the archive as code, in the given scope or as a module. Returns whether it was found. */
  readonly runFile: (path: string, scope: Scope, at: number, asModule: boolean) => Values | undefined;
};

/** The number of nested calls beyond which values are unknown. */
export const maxDepth = 60;

/** Does work one level deeper. */
export function nested<T>(machine: Machine, work: () => T): T {
  machine.depth += 1;
  const result = work();
  machine.depth -= 1;
  return result;
}

/** Thrown when code needs more work than the limit. */
export class TooComplex extends Error {
  override readonly name = 'TooComplex';
}
