import type { Statement } from './syntax.ts';
import type { Scope } from './values.ts';

/** An import of a network module. It is reported if nothing that is visible uses it. */
export type NetworkImport = {
  readonly scope: Scope;
  readonly bound: string;
  readonly at: number;
  readonly module: string;
};

/** The source that was read as code. */
export class Program {
  /** The modules, by path. */
  readonly modules = new Map<string, Scope>();
  /** The statements of texts that run as code, by place and text. */
  readonly texts = new Map<string, readonly Statement[]>();
  /** Why files that run could not be read, by path. */
  readonly problems = new Map<string, string>();
  /** The names that the expressions of a module contain. */
  readonly names = new Map<Scope, ReadonlySet<string>>();
  /** The texts that are literals in the source. */
  readonly literals = new Set<string>();
  readonly networkImports = new Map<string, NetworkImport>();
}
