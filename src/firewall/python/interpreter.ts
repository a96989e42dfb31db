import { runBody } from './call-function.ts';
import { call } from './calls.ts';
import { Environment } from './environment.ts';
import { escapeValue } from './escapes.ts';
import { type CodeEvent, EventLog } from './events.ts';
import { evaluate, resolve } from './expressions.ts';
import { importModule, reportUnusedImports } from './imports.ts';
import { type Arguments, type CodeHost, type CodeMode, type Machine, TooComplex } from './machine.ts';
import { membersOf } from './members.ts';
import { addSource, loadModule, runFile, runText } from './modules.ts';
import { Program } from './program.ts';
import { createScope, isStale } from './scopes.ts';
import { execute } from './statements.ts';
import type { Expression, Statement } from './syntax.ts';
import type { Scope, Values } from './values.ts';

const maxSteps = 4_000_000;
const maxPasses = 6;
/** The work after which other work of the process may run. */
const stepsBetweenPauses = 50_000;

/**
 * Follows Python code without running it. It is insensitive to the order of statements: a name has all values that are
 * assigned to it. Functions and classes are read when something that runs refers to them.
 */
export class Interpreter implements Machine {
  readonly host: CodeHost;
  readonly mode: CodeMode;
  readonly environment = new Environment();
  readonly events = new EventLog();
  readonly program = new Program();
  depth = 0;
  #steps = 0;
  readonly #entryPoints: { readonly scope: Scope; readonly names: (name: string) => boolean }[] = [];

  constructor(host: CodeHost, mode: CodeMode) {
    this.host = {
      ...host,
      addSearchPath: (path) => {
        const isNew = host.addSearchPath(path);
        if (isNew) this.environment.noteSearchPath();
        return isNew;
      },
    };
    this.mode = mode;
  }

  /** Adds a file that runs as the main script, or as a module. */
  addFile(path: string, isMain: boolean): void {
    loadModule(path, isMain, this);
  }

  /** Adds a text that runs as code, such as a line of a `.pth` file. */
  addText(path: string, source: string, line: number): void {
    addSource(createScope('module', undefined, path, source, line, true), source, this);
  }

  /** Adds calls of functions of a module, such as the hooks of a build backend. */
  addCalls(path: string, names: (name: string) => boolean): void {
    const scope = this.program.modules.get(path);
    if (scope !== undefined) this.#entryPoints.push({ scope, names });
  }

  /**
   * Follows all code until nothing new is found.
   *
   * @param pause lets other work of the process run.
   * @throws {TooComplex} if the code needs more work than the limit.
   */
  async run(pause: () => Promise<void>): Promise<readonly CodeEvent[]> {
    const { environment, events } = this;
    let size = -1;
    for (let pass = 0; pass < maxPasses; pass += 1) {
      environment.hasChanged = false;
      environment.isLastPass = pass === maxPasses - 1;
      await this.#pass(pause);
      if (!environment.hasChanged && size === environment.bodies.length) break;
      size = environment.bodies.length;
    }
    events.isReporting = true;
    environment.isLastPass = false;
    await this.#pass(pause);
    reportUnusedImports(this);
    return events.events;
  }

  async #pass(pause: () => Promise<void>): Promise<void> {
    const { bodies } = this.environment;
    let rested = this.#steps;
    // Code that runs adds further bodies.
    for (let index = 0; index < bodies.length; index += 1) {
      const body = bodies[index];
      if (body !== undefined && (this.events.isReporting || isStale(body))) runBody(body, this);
      if (this.#steps - rested > stepsBetweenPauses) {
        await pause();
        rested = this.#steps;
      }
    }
    for (const { scope, names } of this.#entryPoints) {
      for (const [name, values] of scope.names) {
        if (!names(name)) continue;
        for (const value of values) escapeValue(value, true, this);
      }
    }
  }

  /** Why files that run could not be read, by path. */
  get problems(): ReadonlyMap<string, string> {
    return this.program.problems;
  }

  /** The files that were read as code. */
  get files(): ReadonlySet<string> {
    return new Set(this.program.modules.keys());
  }

  count(steps: number): void {
    this.#steps += steps;
    if (this.#steps > maxSteps) throw new TooComplex('needs more work than the limit');
  }

  report(kind: CodeEvent['kind'], scope: Scope, at: number, seen: string, detail?: string): void {
    this.events.report(kind, scope, at, seen, detail);
  }

  execute(statements: readonly Statement[], scope: Scope): void {
    execute(statements, scope, this);
  }

  evaluate(expression: Expression, scope: Scope): Values {
    return evaluate(expression, scope, this);
  }

  resolve(expression: Expression, scope: Scope): Values {
    return resolve(expression, scope, this);
  }

  call(callee: Values, args: Arguments, scope: Scope, at: number, seen: string): Values {
    return call(callee, args, scope, at, seen, this);
  }

  member(values: Values, name: string): Values {
    return membersOf(values, name, this);
  }

  importModule(name: string, scope: Scope, at: number, isIndirect = false): Values {
    return importModule(name, scope, at, isIndirect, this);
  }

  runText(source: string, scope: Scope, at: number): Values {
    return runText(source, scope, at, this);
  }

  runFile(path: string, scope: Scope, at: number, asModule: boolean): Values | undefined {
    return runFile(path, scope, at, asModule, this);
  }
}
