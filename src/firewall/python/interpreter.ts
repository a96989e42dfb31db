import { builtin, callFormat, callPure, iterate, parentPath } from './call-builtin.ts';
import { describeArguments, executeValues, isDisguised, reportCall, reportCommand } from './call-reference.ts';
import { argumentUses, shellLineUses } from './commands.ts';
import { isInstallWord, versionTruth } from './conditions.ts';
import {
  developerCommands,
  implicitMethods,
  isArguments,
  isProperty,
  isStatic,
  plainDecorators,
  standardNames,
  starters,
} from './definitions.ts';
import { foldMethod, itemsOf, showValue } from './fold-text.ts';
import { memberName, reflectedModules, useOf } from './known-names.ts';
import { type Arguments, type CodeEvent, type CodeHost, type CodeMode, type Machine, TooComplex } from './machine.ts';
import { combine, indirect, numberOf, slice, unpack } from './operators.ts';
import { parsePython, TooDeep } from './parse-python.ts';
import { type Body, bind, createScope, isStable, isStale, moduleName, type Source } from './scopes.ts';
import type { Argument, ClassDefinition, Clause, Expression, FunctionDefinition, Statement } from './syntax.ts';
import {
  allTexts,
  hole,
  keys,
  knownTexts,
  merge,
  reference,
  type Scope,
  text,
  unknown,
  type Value,
  type Values,
} from './values.ts';

const maxSteps = 4_000_000;
const maxPasses = 6;
const maxDepth = 60;
const maxEvents = 5_000;
const maxSourceLength = 2 * 1024 * 1024;
const maxItems = 8_192;

type FunctionValue = Extract<Value, { kind: 'function' }>;
type ClassValue = Extract<Value, { kind: 'class' }>;

/**
 * Follows Python code without running it. It is insensitive to the order of statements: a name has all values that are
 * assigned to it. Functions and classes are read when something that runs refers to them.
 */
export class Interpreter implements Machine {
  readonly host: CodeHost;
  readonly mode: CodeMode;
  readonly #bodies: Body[] = [];
  readonly #scopes = new Map<object, Scope>();
  readonly #modules = new Map<string, Scope>();
  readonly #texts = new Map<string, readonly Statement[]>();
  readonly #attributes = new Map<string, { values: Values; changes: number }>();
  readonly #searchPaths: Source = { changes: 0 };
  #reads = new Map<Source, number>();
  readonly #wanted = new Set<string>();
  readonly #classes = new Map<string, { readonly value: ClassValue; isUsed: boolean }>();
  #events = new Map<string, CodeEvent>();
  readonly #imports = new Map<
    string,
    { readonly scope: Scope; readonly bound: string; readonly at: number; readonly module: string }
  >();
  readonly #problems = new Map<string, string>();
  readonly #literals = new Set<string>();
  /** The names that the expressions of a module contain. */
  readonly #names = new Map<Scope, ReadonlySet<string>>();
  readonly #classOf = new Map<Scope, ClassValue>();
  #isReporting = false;
  #hasChanged = false;
  #isLastPass = false;
  #steps = 0;
  #depth = 0;

  constructor(host: CodeHost, mode: CodeMode) {
    this.host = {
      ...host,
      addSearchPath: (path) => {
        const isNew = host.addSearchPath(path);
        if (isNew) this.#searchPaths.changes += 1;
        return isNew;
      },
    };
    this.mode = mode;
  }

  /** Adds a file that runs as the main script, or as a module. Returns whether it is Python source. */
  addFile(path: string, isMain: boolean): void {
    this.#loadModule(path, isMain);
  }

  /** Adds a text that runs as code, such as a line of a `.pth` file. */
  addText(path: string, source: string, line: number): void {
    const scope = createScope('module', undefined, path, source, line, true);
    this.#addSource(scope, source, 0);
  }

  /** Adds calls of functions of a module, such as the hooks of a build backend. */
  addCalls(path: string, names: (name: string) => boolean): void {
    const scope = this.#modules.get(path);
    if (scope !== undefined) this.#entryPoints.push({ scope, names });
  }
  readonly #entryPoints: { readonly scope: Scope; readonly names: (name: string) => boolean }[] = [];

  /**
   * Follows all code until nothing new is found.
   *
   * @param pause lets other work of the process run.
   * @throws {TooComplex} if the code needs more work than the limit.
   */
  async run(pause: () => Promise<void>): Promise<readonly CodeEvent[]> {
    let size = -1;
    for (let pass = 0; pass < maxPasses; pass += 1) {
      this.#hasChanged = false;
      this.#isLastPass = pass === maxPasses - 1;
      await this.#pass(pause);
      if (!this.#hasChanged && size === this.#bodies.length) break;
      size = this.#bodies.length;
    }
    this.#isReporting = true;
    this.#isLastPass = false;
    await this.#pass(pause);
    this.#reportUnusedImports();
    return [...this.#events.values()];
  }

  async #pass(pause: () => Promise<void>): Promise<void> {
    let rested = this.#steps;
    for (let index = 0; index < this.#bodies.length; index += 1) {
      const body = this.#bodies[index];
      if (body !== undefined && (this.#isReporting || isStale(body))) this.#runBody(body);
      if (this.#steps - rested > 50_000) {
        await pause();
        rested = this.#steps;
      }
    }
    for (const { scope, names } of this.#entryPoints) {
      for (const [name, values] of scope.names) {
        if (!names(name)) continue;
        for (const value of values) this.#escapeValue(value, true);
      }
    }
  }

  #runBody(body: Body): void {
    const outer = this.#reads;
    this.#reads = body.reads;
    body.reads.clear();
    body.reads.set(this.#searchPaths, this.#searchPaths.changes);
    this.#execute(body.statements, body.scope);
    this.#reads = outer;
  }

  /** The files that are needed and not in memory. */
  get wanted(): ReadonlySet<string> {
    return this.#wanted;
  }

  /** Why files that run could not be read, by path. */
  get problems(): ReadonlyMap<string, string> {
    return this.#problems;
  }

  /** The files that were read as code. */
  get files(): ReadonlySet<string> {
    return new Set(this.#modules.keys());
  }

  count(steps: number): void {
    this.#steps += steps;
    if (this.#steps > maxSteps) throw new TooComplex('needs more work than the limit');
  }

  isLiteral(source: string): boolean {
    return this.#literals.has(source);
  }

  report(kind: CodeEvent['kind'], scope: Scope, at: number, seen: string, detail?: string): void {
    if (!this.#isReporting || this.#events.size >= maxEvents) return;
    const { path, line } = scope;
    const found = line ?? this.#lineOf(scope, at);
    const key = `${kind}:${path}:${found}:${kind === 'text' || kind === 'writes' ? detail : ''}`;
    if (!this.#events.has(key)) this.#events.set(key, { kind, path, line: found, seen: seen.slice(0, 400), detail });
  }

  #note(literal: string, scope: Scope, at: number): void {
    if (this.#isReporting && literal.length > 3 && this.mode.isNotable(literal)) {
      this.report('text', scope, at, literal.slice(0, 200), literal.slice(0, 1_000));
    }
  }

  /** Returns the line of an offset. */
  #lineOf(scope: Scope, at: number): number {
    let starts = this.#lines.get(scope.source);
    if (starts === undefined) {
      starts = [0];
      for (let next = scope.source.indexOf('\n'); next !== -1; next = scope.source.indexOf('\n', next + 1))
        starts.push(next + 1);
      this.#lines.set(scope.source, starts);
    }
    let [low, high] = [0, starts.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((starts[middle] ?? 0) <= at) low = middle + 1;
      else high = middle;
    }
    return low;
  }
  readonly #lines = new Map<string, number[]>();

  // Modules

  importModule(name: string, scope: Scope, at: number, isIndirect = false): Values {
    const level = /^\.*/.exec(name)?.[0].length ?? 0;
    const parts = name
      .slice(level)
      .split('.')
      .filter((part) => part !== '');
    let found: Values = [];
    let foundLength = 0;
    for (let length = 1; length <= Math.max(1, parts.length); length += 1) {
      const partial = '.'.repeat(level) + parts.slice(0, length).join('.');
      const module = this.host.findModule(partial, scope.path);
      // A folder without `__init__.py` is a package as well (PEP 420).
      if (module === undefined) continue;
      if (module.kind === 'native') {
        this.report('opaque', scope, at, `import ${name} (${module.path})`);
        return unknown;
      }
      const loaded = this.#loadModule(module.path, false);
      if (loaded === undefined) return unknown;
      const value: Value = { kind: 'module', scope: loaded };
      if (found[0]?.kind === 'module') bind(found[0].scope, parts[length - 1] ?? '', [value]);
      found = [value];
      foundLength = length;
    }
    if (foundLength > 0 && foundLength < parts.length) {
      return parts.slice(foundLength).reduce((values: Values, part) => this.member(values, part, scope), found);
    }
    if (found.length > 0 && !standardNames.has(parts[0] ?? '')) return found;
    return [...found, ...(level > 0 ? unknown : [reference(parts.join('.'), isIndirect)])];
  }

  #loadModule(path: string, isMain: boolean): Scope | undefined {
    const known = this.#modules.get(path);
    if (known !== undefined) return known;
    const source = this.host.read(path);
    if (source === undefined) {
      this.#wanted.add(path);
      return undefined;
    }
    if ('why' in source) {
      this.#problems.set(path, source.why);
      return undefined;
    }
    if (source.text.length > maxSourceLength) {
      this.#problems.set(path, `more than ${maxSourceLength} characters`);
      return undefined;
    }
    const scope = createScope('module', undefined, path, source.text, undefined, isMain);
    this.#modules.set(path, scope);
    this.#addSource(scope, source.text, 0);
    this.#hasChanged = true;
    return scope;
  }

  #addSource(scope: Scope, source: string, _at: number): void {
    try {
      const syntax = parsePython(source);
      this.count(source.length / 50);
      if (syntax.error !== undefined && scope.isMain) {
        this.#problems.set(scope.path, `no valid Python in line ${this.#lineOf(scope, syntax.error)}`);
      }
      this.#names.set(scope, syntax.names);
      this.#bodies.push({ scope, statements: syntax.body, reads: new Map() });
    } catch (error) {
      if (!(error instanceof TooDeep) && !(error instanceof RangeError)) throw error;
      this.#problems.set(scope.path, 'too deeply nested');
    }
  }

  runText(source: string, scope: Scope, at: number): Values {
    this.count(10);
    if (source.length > maxSourceLength) {
      this.report('hidden', scope, at, `code of more than ${maxSourceLength} characters`);
      return unknown;
    }
    const line = scope.line ?? this.#lineOf(scope, at);
    const key = `${scope.path}:${line}:${source}`;
    let statements = this.#texts.get(key);
    if (statements === undefined) {
      try {
        statements = parsePython(source.replace(/\r\n?/g, '\n').trimStart()).body;
      } catch {
        statements = [];
      }
      this.#texts.set(key, statements);
      this.count(source.length / 10);
    }
    if (this.#depth > maxDepth) {
      this.report('hidden', scope, at, 'code within code');
      return unknown;
    }
    this.#depth += 1;
    const inner: Scope = { ...scope, line };
    this.#execute(statements, inner);
    const last = statements.at(-1);
    const value = last?.type === 'expression' ? this.evaluate(last.value, inner) : unknown;
    this.#depth -= 1;
    return value;
  }

  runFile(path: string, scope: Scope, at: number, asModule: boolean): Values | undefined {
    const files = this.host.findFiles(path, scope.path);
    if (files.length === 0) return undefined;
    const found = files.map((file): Values => {
      if (/\.(?:pyc|pyo|so|pyd|zip|egg|whl)$/i.test(file)) {
        this.report('opaque', scope, at, file);
        return unknown;
      }
      const module = this.#loadModule(file, false);
      if (module === undefined) return unknown;
      if (!asModule) {
        const values = [...module.names];
        for (const [name, value] of values) this.#bind(scope, name, value);
      }
      return [{ kind: 'module', scope: module }];
    });
    return merge(...found);
  }

  #reportUnusedImports(): void {
    for (const { scope, bound, at, module } of this.#imports.values()) {
      if (this.#names.get(scope.module)?.has(bound) !== true) this.report('network', scope, at, `import ${module}`);
    }
  }

  // Statements

  #execute(statements: readonly Statement[], scope: Scope): void {
    for (const statement of statements) {
      this.count(1);
      this.#statement(statement, scope);
    }
  }

  #statement(statement: Statement, scope: Scope): void {
    switch (statement.type) {
      case 'expression':
        this.evaluate(statement.value, scope);
        return;
      case 'assign': {
        const value = this.#resolve(statement.value, scope);
        const isTracked = statement.targets.every(({ type }) => type === 'name' || type === 'attribute');
        this.#reportReferences(value, statement.value, scope, isTracked);
        for (const target of statement.targets) this.#assign(target, value, scope);
        return;
      }
      case 'update':
        this.#update(statement, scope);
        return;
      case 'import':
        for (const { module, bound, isAlias } of statement.names) {
          const imported = this.importModule(module, scope, statement.at);
          const [root = ''] = module.split('.', 1);
          this.#noteImport(imported, module, bound, scope, statement.at);
          this.#bind(
            scope,
            bound,
            isAlias || module === root ? imported : this.importModule(root, scope, statement.at),
          );
        }
        return;
      case 'from':
        this.#importFrom(statement, scope);
        return;
      case 'function':
        this.#define(statement.definition, scope);
        return;
      case 'class':
        this.#defineClass(statement.definition, scope);
        return;
      case 'return': {
        if (statement.value === undefined) return;
        const value = this.evaluate(statement.value, scope);
        const merged = merge(scope.returns, value);
        if (keys(merged) !== keys(scope.returns)) {
          scope.returns = this.#isLastPass ? unknown : merged;
          scope.changes += 1;
          this.#hasChanged = true;
        }
        return;
      }
      case 'if':
        this.#if(statement, scope);
        return;
      case 'for': {
        const iterable = this.evaluate(statement.iterable, scope);
        const items = iterate(iterable);
        this.#assign(statement.target, items.length > 64 ? unknown : merge(...items), scope);
        this.#execute(statement.body, scope);
        return;
      }
      case 'with':
        for (const { value, target } of statement.items) {
          const found = this.evaluate(value, scope);
          if (target !== undefined) this.#assign(target, found, scope);
        }
        this.#execute(statement.body, scope);
        return;
      case 'block':
        for (const value of statement.values) this.evaluate(value, scope);
        this.#execute(statement.body, scope);
        return;
      case 'global':
        for (const name of statement.names) scope.globals.add(name);
    }
  }

  #if({ branches }: Extract<Statement, { type: 'if' }>, scope: Scope): void {
    for (const { test, body } of branches) {
      const truth = test === undefined ? true : this.#truth(test, scope);
      if (test !== undefined) this.evaluate(test, scope);
      if (truth !== false) this.#execute(body, scope);
      if (truth === true && test !== undefined) return;
    }
  }

  #update({ target, operator, value, at }: Extract<Statement, { type: 'update' }>, scope: Scope): void {
    const right = this.evaluate(value, scope);
    if (target.type === 'attribute' || target.type === 'name') {
      const path = target.type === 'attribute' ? this.#resolve(target, scope) : [];
      if (path.some((found) => found.kind === 'reference' && found.name === 'sys.path')) {
        for (const item of iterate(right).flat()) this.host.addSearchPath(item.kind === 'text' ? item.text : undefined);
      }
    }
    if (target.type !== 'name') {
      this.evaluate(target, scope);
      return;
    }
    const left = this.#lookup(target.name, scope) ?? unknown;
    const updated = left.map((own): Value => {
      // The order and number of updates isn't known.
      if (own.kind === 'text')
        return text(own.text.endsWith(hole) ? own.text : own.text + hole, own.isBytes, own.isDecoded);
      if (own.kind === 'sequence' && operator === '+') return { ...own, isOpen: true };
      if (own.kind === 'content') return own;
      return { kind: 'unknown' };
    });
    const added = right.some((item) => item.kind === 'text' && item.isDecoded);
    this.#bind(scope, target.name, added ? [{ kind: 'unknown', origin: 'decoded' }, ...updated] : updated);
    void at;
  }

  #importFrom(statement: Extract<Statement, { type: 'from' }>, scope: Scope): void {
    const { module, level, names, isStar, at } = statement;
    if (module === '__future__') return;
    const name = '.'.repeat(level) + module;
    const owners = this.importModule(name, scope, at);
    if (isStar) {
      for (const owner of owners)
        if (!scope.stars.some((known) => keys([known]) === keys([owner]))) scope.stars.push(owner);
      this.#noteImport(owners, module, '*', scope, at);
      return;
    }
    for (const { name: member, bound } of names) {
      const found = owners.flatMap((owner): Values => {
        if (owner.kind !== 'module') return this.member([owner], member, scope);
        const own = this.#moduleMember(owner.scope, member, scope);
        if (own.length > 0) return own;
        const child = this.host.findModule(`${name}${/[^.]$/.test(name) ? '.' : ''}${member}`, scope.path);
        if (child === undefined) return unknown;
        return this.importModule(`${name}${/[^.]$/.test(name) ? '.' : ''}${member}`, scope, at);
      });
      this.#noteImport(found, `${module}.${member}`, bound, scope, at);
      this.#bind(scope, bound, found.length === 0 ? unknown : found);
    }
  }

  /** Notes the import of a network module, to report it if nothing that is visible uses it. */
  #noteImport(values: Values, module: string, bound: string, scope: Scope, at: number): void {
    if (!this.mode.reportsImports) return;
    const isNetwork = values.some((value) => value.kind === 'reference' && useOf(value.name) === 'network');
    if (!isNetwork) return;
    if (bound === '*' || scope.line !== undefined) this.report('network', scope, at, `import ${module}`);
    else this.#imports.set(`${scope.path}:${at}:${bound}`, { scope, bound, at, module });
  }

  #define(definition: FunctionDefinition, scope: Scope): void {
    const value: Value = { kind: 'function', definition, scope };
    let found: Values = [value];
    for (const { value: standard } of definition.parameters) if (standard !== undefined) this.evaluate(standard, scope);
    for (const decorator of definition.decorators) {
      const callee = this.#resolve(decorator, scope);
      if (callee.every((item) => item.kind === 'reference' && plainDecorators.test(item.name))) continue;
      const result = this.call(
        callee,
        { positional: [found], keywords: new Map(), isOpen: false },
        scope,
        definition.at,
        definition.name,
      );
      found = merge(
        [value],
        result.filter(({ kind }) => kind !== 'unknown'),
      );
    }
    this.#bind(scope, definition.name, found);
  }

  #defineClass(definition: ClassDefinition, scope: Scope): void {
    const value: ClassValue = { kind: 'class', definition, scope };
    const inner = this.#scopeOf(definition, 'class', scope);
    this.#classOf.set(inner, value);
    for (const { value: base, keyword } of definition.bases) {
      for (const found of this.evaluate(base, scope)) {
        if (
          found.kind === 'class' &&
          (keyword === 'metaclass' || this.#classMember(found, '__init_subclass__', false) !== undefined)
        )
          this.#escapeClass(found);
      }
    }
    for (const decorator of definition.decorators) this.evaluate(decorator, scope);
    this.#execute(definition.body, inner);
    this.#bind(scope, definition.name, [value]);
  }

  #scopeOf(definition: FunctionDefinition | ClassDefinition, kind: 'class' | 'function', parent: Scope): Scope {
    const known = this.#scopes.get(definition);
    if (known !== undefined) return known;
    const scope = createScope(kind, parent, parent.path, parent.source, parent.line, parent.isMain);
    this.#scopes.set(definition, scope);
    return scope;
  }

  #assign(target: Expression, value: Values, scope: Scope): void {
    switch (target.type) {
      case 'name':
        this.#bind(scope, target.name, value);
        return;
      case 'attribute': {
        const owner = this.#resolve(target.of, scope);
        for (const own of owner) {
          if (own.kind === 'module') this.#bind(own.scope, target.name, value);
          if (own.kind === 'reference' && own.name === 'sys' && target.name === 'path') this.#addSearchPaths(value);
          // Python or another module calls what is assigned to a member of it, such as `sys.excepthook`.
          if (own.kind === 'reference') this.escape(value, scope);
          if (own.kind === 'reference') this.#reportPatch(own.name, target.name, value, scope, target.at);
        }
        this.#setAttribute(target.name, value);
        if (target.name === 'cmdclass') this.escape(value, scope);
        return;
      }
      case 'subscript': {
        const [key] = allTexts(this.evaluate(target.index, scope)) ?? [];
        const owner = this.#resolve(target.of, scope);
        // pip runs the commands of a distribution, which a class may add to its table.
        const isCommand = target.of.type === 'attribute' && target.of.name === 'cmdclass';
        if (isCommand && !developerCommands.test(key ?? '')) this.escape(value, scope);
        if (owner.some((own) => own.kind === 'reference' && own.name === 'sys.path')) this.#addSearchPaths(value);
        if (target.of.type === 'name' && owner.every(({ kind }) => kind !== 'reference')) {
          const entries = new Map(key === undefined ? [] : [[key, value]]);
          const item: Value = { kind: 'dictionary', entries, rest: key === undefined ? value : [] };
          const known = (this.#lookup(target.of.name, scope) ?? []).map(
            (found): Value => (found.kind === 'sequence' ? { ...found, isOpen: true } : found),
          );
          this.#bind(scope, target.of.name, merge(known, [item]));
        }
        return;
      }
      case 'sequence': {
        const [only] = value;
        for (const [index, { value: item }] of target.items.entries()) {
          const part = value.length === 1 && only?.kind === 'sequence' && !only.isOpen ? only.items[index] : undefined;
          this.#assign(
            item,
            part ?? (value.length === 1 && only?.kind === 'sequence' ? unknown : unpack(value)),
            scope,
          );
        }
        return;
      }
      case 'other':
        for (const part of target.parts) this.#assign(part, value, scope);
        return;
      default:
        return;
    }
  }

  #addSearchPaths(values: Values): void {
    for (const item of iterate(values).flat()) if (item.kind === 'text') this.host.addSearchPath(item.text);
  }

  /** Reports code that replaces a function of another module, such as one that pip calls later. */
  #reportPatch(owner: string, member: string, value: Values, scope: Scope, at: number): void {
    if (!/^(?:builtins|os|subprocess|pip)\b/.test(owner)) return;
    const isCode = value.some(({ kind }) => kind === 'function');
    if (isCode && owner === 'builtins') this.report('shell', scope, at, `${owner}.${member} = …`);
  }

  /** Returns the values that are assigned to an attribute of this name, of any object. */
  #stored(name: string): Values | undefined {
    let attribute = this.#attributes.get(name);
    if (attribute === undefined) {
      attribute = { values: [], changes: 0 };
      this.#attributes.set(name, attribute);
    }
    this.#reads.set(attribute, attribute.changes);
    return attribute.values.length === 0 ? undefined : attribute.values;
  }

  #setAttribute(name: string, value: Values): void {
    const attribute = this.#attributes.get(name) ?? { values: [], changes: 0 };
    const known = attribute.values;
    const merged = merge(
      known,
      value.filter(({ kind }) => kind !== 'unknown'),
    );
    if (keys(merged) === keys(known)) return;
    attribute.values = this.#isLastPass ? merge(merged, unknown) : merged;
    attribute.changes += 1;
    this.#attributes.set(name, attribute);
    this.#hasChanged = true;
  }

  #bind(scope: Scope, name: string, value: Values): void {
    const target = scope.globals.has(name) ? scope.module : scope;
    const known = target.names.get(name);
    const merged = known === undefined ? value : merge(known, value);
    if (known !== undefined && keys(merged) === keys(known)) return;
    // A name that still changes depends on itself, so that its value isn't known.
    target.names.set(name, this.#isLastPass ? merge(unknown, merged.filter(isStable)) : merged);
    target.changes += 1;
    if (!this.#isReporting) this.#hasChanged = true;
  }

  // Expressions

  evaluate(expression: Expression, scope: Scope): Values {
    const values = this.#resolve(expression, scope);
    this.#reportReferences(values, expression, scope, false);
    return values;
  }

  /** Reports a reference that is not called here. */
  #reportReferences(values: Values, expression: Expression, scope: Scope, isTracked: boolean): void {
    if (!this.#isReporting || expression.type === 'call') return;
    for (const value of values) {
      if (value.kind !== 'reference') continue;
      const use = useOf(value.name);
      if (use === undefined) continue;
      const seen = this.#seen(expression, scope);
      const isModule = ['subprocess', 'pip', 'sh', 'commands', 'ctypes', 'invoke', 'fabric'].includes(value.name);
      if (use === 'network') this.report('network', scope, expression.at, seen);
      else if (use === 'executor' && !isTracked) this.report('hidden', scope, expression.at, seen);
      else if (use === 'shell-line' && !isTracked) this.report('hidden', scope, expression.at, seen);
      else if (use !== 'executor' && use !== 'opaque' && !isModule) this.report('shell', scope, expression.at, seen);
    }
  }

  #seen(expression: Expression, scope: Scope): string {
    const end = scope.source.indexOf('\n', expression.at);
    return scope.line === undefined
      ? scope.source.slice(expression.at, end === -1 ? undefined : end).slice(0, 200)
      : '';
  }

  #resolve(expression: Expression, scope: Scope): Values {
    this.count(1);
    if (this.#depth > maxDepth * 4) return unknown;
    this.#depth += 1;
    const values = this.#value(expression, scope);
    this.#depth -= 1;
    return values;
  }

  #value(expression: Expression, scope: Scope): Values {
    switch (expression.type) {
      case 'string':
        this.#literals.add(expression.text);
        this.#note(expression.text, scope, expression.at);
        return [text(expression.text, expression.isBytes)];
      case 'number':
        return [{ kind: 'number', value: expression.value }];
      case 'name':
        return this.#name(expression.name, scope);
      case 'attribute':
        return this.member(this.#resolve(expression.of, scope), expression.name, scope);
      case 'subscript':
        return this.#subscript(expression, scope);
      case 'call':
        return this.#call(expression, scope);
      case 'format':
        return this.#format(expression, scope);
      case 'sequence': {
        const items: Values[] = [];
        let isOpen = false;
        for (const { value, isSpread } of expression.items) {
          const found = this.evaluate(value, scope);
          if (!isSpread) items.push(found);
          else {
            const spread = iterate(found);
            isOpen ||= spread.length > 0 && spread.every((item) => item === unknown);
            items.push(...spread);
          }
        }
        return [{ kind: 'sequence', items, isOpen }];
      }
      case 'dictionary': {
        const entries = new Map<string, Values>();
        let rest: Values = [];
        for (const { key, value } of expression.entries) {
          const found = this.evaluate(value, scope);
          const names = key === undefined ? undefined : allTexts(this.evaluate(key, scope));
          if (names?.length === 1 && names[0] !== undefined)
            entries.set(names[0], merge(entries.get(names[0]) ?? [], found));
          else rest = merge(rest, found);
        }
        return [{ kind: 'dictionary', entries, rest }];
      }
      case 'binary':
        return this.#binary(expression, scope);
      case 'unary':
        return this.#unary(expression, scope);
      case 'conditional': {
        this.evaluate(expression.test, scope);
        const truth = this.#truth(expression.test, scope);
        const branches = expression.branches.filter((_, index) => truth === undefined || (index === 0) === truth);
        return merge(...branches.map((branch) => this.evaluate(branch, scope)));
      }
      case 'lambda':
        return [{ kind: 'function', definition: expression.definition, scope }];
      case 'comprehension':
        return this.#comprehension(expression, scope);
      case 'assignment': {
        const value = this.#resolve(expression.value, scope);
        this.#bind(scope, expression.name, value);
        return value;
      }
      case 'other': {
        const values = expression.parts.map((part) => this.evaluate(part, scope));
        return values.length === 1 && values[0] !== undefined ? values[0] : unknown;
      }
      case 'slice':
        for (const part of expression.parts) if (part !== undefined) this.evaluate(part, scope);
        return unknown;
    }
  }

  #name(name: string, scope: Scope): Values {
    switch (name) {
      case '__file__':
        return [text(scope.path)];
      case '__name__':
        return scope.isMain && scope.line === undefined ? [text('__main__')] : [text(moduleName(scope.path))];
      case 'True':
        return [{ kind: 'number', value: 1 }];
      case 'False':
        return [{ kind: 'number', value: 0 }];
      case 'None':
        return unknown;
      default:
        return this.#lookup(name, scope) ?? unknown;
    }
  }

  #lookup(name: string, scope: Scope): Values | undefined {
    for (let current: Scope | undefined = scope; current !== undefined; current = current.parent) {
      if (current !== scope && current.kind === 'class') continue;
      this.#reads.set(current, current.changes);
      const found = current.names.get(name);
      if (found !== undefined) return found;
    }
    for (const star of scope.module.stars) {
      const found = star.kind === 'module' ? this.#moduleMember(star.scope, name, scope) : this.#starMember(star, name);
      if (found.length > 0) return found;
    }
    return builtin(name);
  }

  #starMember(star: Value, name: string): Values {
    if (star.kind !== 'reference') return [];
    const full = memberName(star.name, name);
    return useOf(full) === undefined &&
      !reflectedModules.has(full) &&
      !/^(?:os|importlib|base64|codecs|runpy|binascii|zlib)\./.test(full)
      ? []
      : builtin(name) !== undefined && !/^os\.(?:open|popen)/.test(full)
        ? []
        : [reference(full)];
  }

  #moduleMember(module: Scope, name: string, scope: Scope): Values {
    this.#reads.set(module, module.changes);
    const own = module.names.get(name);
    if (own !== undefined) return own;
    for (const star of module.stars) {
      const found =
        star.kind === 'module' && star.scope !== module && this.#depth < maxDepth
          ? this.#guarded(() => this.#moduleMember(star.scope, name, scope))
          : this.#starMember(star, name);
      if (found.length > 0) return found;
    }
    return [];
  }

  #guarded<T>(work: () => T): T {
    this.#depth += 1;
    const result = work();
    this.#depth -= 1;
    return result;
  }

  member(values: Values, name: string, scope: Scope): Values {
    const found = values.map((value): Values => this.#member(value, name, scope));
    return merge(...found);
  }

  #member(value: Value, name: string, scope: Scope): Values {
    switch (value.kind) {
      case 'reference': {
        if (name === '__dict__') return [{ kind: 'namespace', of: [value] }];
        if (/^__(?:subclasses|globals|code|reduce|reduce_ex|builtins|loader)__$/.test(name))
          return [{ kind: 'unknown', origin: 'imports' }];
        const full = memberName(value.name, name);
        return merge(
          [reference(full, value.isIndirect)],
          this.#stored(name)?.filter(({ kind }) => kind === 'reference') ?? [],
        );
      }
      case 'module': {
        if (name === '__dict__') return [{ kind: 'namespace', of: [value] }];
        const own = this.#moduleMember(value.scope, name, scope);
        if (own.length > 0) return own;
        const child = this.host.findModule(`${moduleName(value.scope.path)}.${name}`, '');
        const known = child?.kind === 'source' ? this.#modules.get(child.path) : undefined;
        return known === undefined ? unknown : [{ kind: 'module', scope: known }];
      }
      case 'instance':
        return this.#instanceMember(value, name, scope);
      case 'class':
        if (name === '__dict__') return [{ kind: 'namespace', of: [value] }];
        return this.#classMember(value, name, false) ?? this.#stored(name) ?? unknown;
      case 'text':
        if (name === 'parent') return [text(parentPath(value.text))];
        if (name === 'name') return [text(value.text.slice(value.text.lastIndexOf('/') + 1))];
        return [{ kind: 'result', of: `text.${name}`, args: [[value]] }];
      case 'function':
        if (name === '__globals__' || name === '__builtins__')
          return [{ kind: 'namespace', of: [{ kind: 'module', scope: value.scope.module }] }];
        if (name === '__code__') return [{ kind: 'unknown', origin: 'imports' }];
        return [{ kind: 'result', of: `function.${name}`, args: [[value]] }];
      case 'file':
      case 'content':
      case 'sequence':
      case 'dictionary':
      case 'namespace':
      case 'code':
      case 'result':
        if (/^__(?:subclasses|globals|code|builtins)__$/.test(name)) return [{ kind: 'unknown', origin: 'imports' }];
        return [{ kind: 'result', of: `${value.kind}.${name}`, args: [[value]] }];
      case 'unknown': {
        if (/^__(?:subclasses|globals|code|builtins)__$/.test(name)) return [{ kind: 'unknown', origin: 'imports' }];
        const stored = this.#stored(name);
        const own: Value = { kind: 'result', of: `unknown.${name}`, args: [[value]] };
        return stored === undefined ? [own] : merge([own], stored);
      }
      case 'number':
        return unknown;
    }
  }

  #instanceMember(value: Extract<Value, { kind: 'instance' }>, name: string, scope: Scope): Values {
    const found = this.#classMember(value.of, name, true);
    if (found === undefined) return this.#stored(name) ?? unknown;
    return merge(
      ...found.map((member): Values => {
        if (member.kind !== 'function' || !isProperty(member.definition)) return [member];
        void scope;
        return this.#callFunction(member, { positional: [], keywords: new Map(), isOpen: false }, value, scope);
      }),
    );
  }

  #classMember(value: ClassValue, name: string, isInstance: boolean): Values | undefined {
    if (this.#depth > maxDepth) return undefined;
    const members = this.#scopes.get(value.definition);
    if (members !== undefined) this.#reads.set(members, members.changes);
    const own = members?.names.get(name);
    if (own !== undefined) {
      return isInstance ? own : own;
    }
    for (const { value: base } of value.definition.bases) {
      for (const parent of this.#resolve(base, value.scope)) {
        const found =
          parent.kind === 'class' && parent.definition !== value.definition
            ? this.#guarded(() => this.#classMember(parent, name, isInstance))
            : undefined;
        if (found !== undefined) return found;
      }
    }
    return undefined;
  }

  #subscript({ of, index, at }: Extract<Expression, { type: 'subscript' }>, scope: Scope): Values {
    const owners = this.#resolve(of, scope);
    if (index.type === 'slice') {
      const parts = index.parts.map((part) => (part === undefined ? undefined : numberOf(this.evaluate(part, scope))));
      const isKnown = index.parts.every((part, position) => part === undefined || parts[position] !== undefined);
      return merge(...owners.map((owner) => slice(owner, parts, isKnown)));
    }
    const key = this.evaluate(index, scope);
    return merge(...owners.map((owner): Values => this.#item(owner, key, scope, at)));
  }

  #item(owner: Value, key: Values, scope: Scope, at: number): Values {
    const names = allTexts(key);
    const position = numberOf(key);
    switch (owner.kind) {
      case 'sequence': {
        if (position === undefined)
          return merge(...owner.items.slice(0, 64), owner.isOpen || owner.items.length > 64 ? unknown : []);
        return owner.items.at(position) ?? unknown;
      }
      case 'text': {
        if (position === undefined) return [text(hole, owner.isBytes, true)];
        const item = itemsOf({ ...owner, isDecoded: true }).at(position);
        return item ?? unknown;
      }
      case 'dictionary': {
        const found = (names ?? []).flatMap((name) => owner.entries.get(name) ?? []);
        if (names !== undefined && found.length > 0) return found;
        const numbered = position === undefined ? undefined : owner.entries.get(String(position));
        return numbered ?? merge(...[...owner.entries.values()].slice(0, 64), owner.rest, unknown);
      }
      case 'namespace':
        return this.#namespaceItem(owner.of, names, key, scope, at);
      case 'reference':
        return this.#referenceItem(owner.name, names, scope, at);
      case 'class':
      case 'instance': {
        const method = owner.kind === 'instance' ? this.#classMember(owner.of, '__getitem__', true) : undefined;
        return method === undefined
          ? unknown
          : this.call(method, { positional: [key], keywords: new Map(), isOpen: false }, scope, at, '[…]');
      }
      case 'unknown':
        return owner.origin === undefined ? unknown : [owner];
      default:
        return unknown;
    }
  }

  #namespaceItem(owners: Values, names: readonly string[] | undefined, key: Values, scope: Scope, at: number): Values {
    if (names === undefined) {
      const isReflected = owners.some((owner) =>
        owner.kind === 'reference' ? reflectedModules.has(owner.name) : key.some(isDisguised),
      );
      return isReflected ? [{ kind: 'unknown', origin: 'imports' }] : unknown;
    }
    void at;
    return merge(
      ...names.map((name) =>
        merge(
          ...owners.map((owner): Values => {
            if (owner.kind === 'module') {
              const own = this.#moduleMember(owner.scope, name, scope);
              return indirect(own.length > 0 ? own : (builtin(name) ?? unknown));
            }
            return indirect(this.#member(owner, name, scope));
          }),
        ),
      ),
    );
  }

  #referenceItem(name: string, names: readonly string[] | undefined, scope: Scope, at: number): Values {
    if (name === 'sys.modules') {
      if (names === undefined) return [{ kind: 'unknown', origin: 'module' }];
      return merge(
        ...names.map((module) =>
          module === moduleName(scope.path) || module === '__main__'
            ? [{ kind: 'module', scope: scope.module } satisfies Value]
            : this.importModule(module, scope, at, true),
        ),
      );
    }
    if (name === 'builtins')
      return names === undefined
        ? [{ kind: 'unknown', origin: 'imports' }]
        : indirect(merge(...names.map((item) => builtin(item) ?? unknown)));
    if (name === 'sys.version_info') return [reference(name)];
    if (/^os\.environb?$/.test(name)) return [{ kind: 'unknown', origin: 'environment' }];
    return unknown;
  }

  #format({ parts, at }: Extract<Expression, { type: 'format' }>, scope: Scope): Values {
    let joined = '';
    let isDecoded = false;
    for (const part of parts) {
      if (typeof part === 'string') joined += part;
      else {
        const value = this.evaluate(part, scope);
        joined += showValue(value);
        isDecoded ||= value.some(
          (item) => (item.kind === 'text' && item.isDecoded) || (item.kind === 'unknown' && item.origin === 'decoded'),
        );
      }
    }
    this.#note(joined, scope, at);
    return [text(joined, false, isDecoded)];
  }

  #binary({ operator, sides: [left, right], at }: Extract<Expression, { type: 'binary' }>, scope: Scope): Values {
    const [a, b] = [this.evaluate(left, scope), this.evaluate(right, scope)];
    if (operator === 'or') return merge(a, b);
    if (operator === 'and') return b;
    const [first, second] = [a[0], b[0]];
    if (a.some(({ kind }) => kind === 'instance')) this.#operator(a, operator, b, scope, at);
    if (a.length * b.length > 16)
      return merge(
        unknown,
        b.filter(({ kind }) => kind === 'unknown'),
      );
    return merge(
      ...a.flatMap((x) => b.map((y) => combine(operator, x, y, b))),
      first === undefined || second === undefined ? unknown : [],
    );
  }

  /** Follows an operator that a class defines. */
  #operator(owners: Values, operator: string, other: Values, scope: Scope, at: number): void {
    const method = {
      '+': '__add__',
      '-': '__sub__',
      '*': '__mul__',
      '/': '__truediv__',
      '%': '__mod__',
      '|': '__or__',
      '@': '__matmul__',
      '==': '__eq__',
      '<<': '__lshift__',
      '>>': '__rshift__',
      '^': '__xor__',
      '&': '__and__',
    }[operator];
    if (method === undefined) return;
    for (const owner of owners) {
      if (owner.kind !== 'instance') continue;
      const found = this.#classMember(owner.of, method, true);
      if (found !== undefined)
        this.call(found, { positional: [other], keywords: new Map(), isOpen: false }, scope, at, operator);
    }
  }

  #unary({ operator, operand }: Extract<Expression, { type: 'unary' }>, scope: Scope): Values {
    const value = this.evaluate(operand, scope);
    const number = numberOf(value);
    if (number === undefined) return unknown;
    if (operator === '-') return [{ kind: 'number', value: -number }];
    return operator === '~' ? [{ kind: 'number', value: ~number }] : unknown;
  }

  #comprehension({ element, value, clauses }: Extract<Expression, { type: 'comprehension' }>, scope: Scope): Values {
    const inner = createScope('function', scope, scope.path, scope.source, scope.line, scope.isMain);
    const items: Values[] = [];
    const entries = new Map<string, Values>();
    const others: Values[] = [];
    let isOpen = false;
    const visit = (rest: readonly Clause[]): void => {
      const [clause, ...further] = rest;
      if (items.length >= maxItems) {
        isOpen = true;
        return;
      }
      if (clause === undefined) {
        const found = this.evaluate(element, inner);
        if (value !== undefined) {
          const [key] = allTexts(found) ?? [];
          const item = this.evaluate(value, inner);
          if (key !== undefined) entries.set(key, item);
          else others.push(item);
        }
        items.push(found);
        return;
      }
      if (clause.type === 'if') {
        this.evaluate(clause.test, inner);
        const truth = this.#truth(clause.test, inner);
        if (truth === false) return;
        if (truth === undefined) isOpen = true;
        visit(further);
        return;
      }
      const found = this.evaluate(clause.iterable, inner);
      const list = iterate(found);
      if (found.length !== 1 || found[0]?.kind === 'unknown' || list.some((item) => item === unknown)) isOpen = true;
      for (const item of list.slice(0, maxItems)) {
        inner.names.clear();
        this.#assignFresh(clause.target, item, inner);
        visit(further);
      }
    };
    visit(clauses);
    if (value !== undefined) return [{ kind: 'dictionary', entries, rest: merge(unknown, ...others) }];
    return [{ kind: 'sequence', items, isOpen }];
  }

  /** Binds the names of a comprehension, which have one value at a time. */
  #assignFresh(target: Expression, value: Values, scope: Scope): void {
    const hadChanged = this.#hasChanged;
    const wasLast = this.#isLastPass;
    this.#isLastPass = false;
    this.#assign(target, value, scope);
    this.#isLastPass = wasLast;
    this.#hasChanged = hadChanged;
  }

  // Calls

  #call({ callee, args, at }: Extract<Expression, { type: 'call' }>, scope: Scope): Values {
    const owner = callee.type === 'attribute' ? this.#resolve(callee.of, scope) : [];
    const found = this.#resolve(callee, scope);
    const given = this.#arguments(args, scope);
    const seen = this.#isReporting ? this.#seen(callee, scope) : '';
    if (callee.type === 'attribute') {
      const result = this.#method(owner, callee.name, given, { callee, scope, at, seen });
      if (result !== undefined) return result;
    }
    if (callee.type === 'name' && callee.name === 'super') return this.#super(scope);
    return this.call(found, given, scope, at, seen);
  }

  #super(scope: Scope): Values {
    void scope;
    return unknown;
  }

  #arguments(args: readonly Argument[], scope: Scope): Arguments {
    const positional: Values[] = [];
    const keywords = new Map<string, Values>();
    let isOpen = false;
    for (const { value, keyword, spread } of args) {
      const found = this.#resolve(value, scope);
      if (spread === '*') {
        const items = iterate(found);
        isOpen ||= items.some((item) => item === unknown);
        positional.push(...items.slice(0, 64));
      } else if (spread === '**') {
        isOpen = true;
        for (const item of found)
          if (item.kind === 'dictionary') for (const [key, values] of item.entries) keywords.set(key, values);
      } else if (keyword !== undefined) keywords.set(keyword, found);
      else positional.push(found);
      if (found.some((item) => item.kind === 'reference' && useOf(item.name) === 'network'))
        this.#reportReferences(found, value, scope, false);
    }
    return { positional, keywords, isOpen };
  }

  /** Evaluates a method of a text, file, sequence or other known value. */
  #method(
    owners: Values,
    name: string,
    args: Arguments,
    {
      callee,
      scope,
      at,
      seen,
    }: { callee: Extract<Expression, { type: 'attribute' }>; scope: Scope; at: number; seen: string },
  ): Values | undefined {
    const results: Values[] = [];
    for (const owner of owners) {
      const result = this.#methodOf(owner, name, args, { callee, scope, at, seen });
      if (result === undefined) return undefined;
      results.push(result);
    }
    return owners.length === 0 ? undefined : merge(...results);
  }

  #methodOf(
    owner: Value,
    name: string,
    args: Arguments,
    {
      callee,
      scope,
      at,
      seen,
    }: { callee: Extract<Expression, { type: 'attribute' }>; scope: Scope; at: number; seen: string },
  ): Values | undefined {
    const [first = []] = args.positional;
    switch (owner.kind) {
      case 'text':
        if (name === 'format') return callFormat(owner, args);
        return this.#pathMethod(owner, name, args, scope, at) ?? foldMethod(owner, name, args.positional) ?? unknown;
      case 'file':
        if (/^(?:read|readline|readlines|__enter__|readall)$/.test(name))
          return name === '__enter__' ? [owner] : [{ kind: 'content', path: owner.path }];
        if (/^(?:write|writelines)$/.test(name)) {
          this.report('writes', scope, at, seen, knownTexts(owner.path).join(' '));
          this.#reportWritten(first, owner.path, scope, at, seen);
        }
        return unknown;
      case 'content':
        return /^(?:decode|encode|strip|lstrip|rstrip|replace|lower|expandtabs)$/.test(name) ? [owner] : unknown;
      case 'sequence':
      case 'dictionary':
        return this.#containerMethod(owner, name, args, callee.of, scope);
      case 'namespace':
        if (name === 'get' || name === '__getitem__' || name === 'pop')
          return this.#namespaceItem(owner.of, allTexts(first), first, scope, at);
        return name === 'update' ? unknown : undefined;
      case 'module':
        return undefined;
      case 'reference':
        if (owner.name === 'sys.modules' && (name === 'get' || name === '__getitem__'))
          return this.#referenceItem('sys.modules', allTexts(first), scope, at);
        if (owner.name === 'sys.modules' && name === 'setdefault') return unknown;
        if (name === '__getattribute__' || name === '__getattr__') {
          const isOfClass = /^builtins\.(?:object|type|super)$/.test(owner.name);
          return this.#getattr(
            isOfClass ? first : [owner],
            isOfClass ? (args.positional[1] ?? unknown) : first,
            scope,
            at,
            seen,
          );
        }
        return undefined;
      case 'unknown':
      case 'result':
        return this.#unknownMethod(owner, name, args, scope, at, seen);
      default:
        return undefined;
    }
  }

  /** Evaluates a method of a path. `pathlib` paths are texts here. */
  #pathMethod(
    owner: Extract<Value, { kind: 'text' }>,
    name: string,
    args: Arguments,
    scope: Scope,
    at: number,
  ): Values | undefined {
    const path: Values = [owner];
    switch (name) {
      case 'read_text':
      case 'read_bytes':
        return [{ kind: 'content', path }];
      case 'open':
        return this.#open(path, args.positional[0] ?? args.keywords.get('mode'), scope, at);
      case 'write_text':
      case 'write_bytes':
        this.report('writes', scope, at, name, owner.text);
        this.#reportWritten(args.positional[0] ?? unknown, path, scope, at, name);
        return unknown;
      case 'resolve':
      case 'absolute':
      case 'expanduser':
      case 'as_posix':
      case 'with_suffix':
        return path;
      case 'joinpath':
        return callPure('os.path.join', { ...args, positional: [path, ...args.positional] }, this, scope);
      case 'with_name':
        return callPure(
          'os.path.join',
          { ...args, positional: [[text(parentPath(owner.text))], ...args.positional] },
          this,
          scope,
        );
      case 'symlink_to':
      case 'rename':
        this.report('writes', scope, at, name, [owner.text, ...knownTexts(args.positional[0] ?? [])].join(' '));
        return unknown;
      default:
        return undefined;
    }
  }

  #open(path: Values, mode: Values | undefined, scope: Scope, at: number): Values {
    const isWriting = (mode ?? []).some((value) => value.kind !== 'text' || /[wax+]/.test(value.text));
    if (isWriting)
      this.report(
        'writes',
        scope,
        at,
        'open',
        path.map((value) => (value.kind === 'text' ? value.text : hole)).join(' '),
      );
    return [{ kind: 'file', path }];
  }

  /** Analyses text that is written to a startup file. */
  #reportWritten(content: Values, path: Values, scope: Scope, at: number, seen: string): void {
    if (!knownTexts(path).some((name) => name.endsWith('.pth'))) return;
    for (const written of knownTexts(content)) {
      for (const line of written.split('\n')) if (/^import[ \t]/.test(line)) this.runText(line, scope, at);
    }
    void seen;
  }

  #containerMethod(
    owner: Extract<Value, { kind: 'sequence' | 'dictionary' }>,
    name: string,
    args: Arguments,
    target: Expression,
    scope: Scope,
  ): Values | undefined {
    const [first = [], second] = args.positional;
    if (/^(?:append|add|extend|insert|update|appendleft|setdefault)$/.test(name)) {
      if (target.type === 'name' && owner.kind === 'sequence') {
        const items = name === 'insert' && numberOf(first) === 0 ? [second ?? unknown, ...owner.items] : owner.items;
        this.#bind(scope, target.name, [
          { kind: 'sequence', items: this.#isReporting || items.length > 64 ? owner.items : items, isOpen: true },
        ]);
      }
      // Functions in a container may be called later.
      for (const values of args.positional) this.escape(values, scope);
      return name === 'setdefault' ? (second ?? unknown) : unknown;
    }
    if (owner.kind === 'dictionary') {
      if (name === 'get' || name === 'pop') return merge(this.#item(owner, first, scope, 0), second ?? []);
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
        this.#bind(scope, target.name, [{ kind: 'sequence', items: owner.items.slice(0, 1), isOpen: true }]);
      return unknown;
    }
    return unknown;
  }

  /** Follows a method by its name, where its object isn't known. */
  #unknownMethod(
    owner: Extract<Value, { kind: 'unknown' | 'result' }>,
    name: string,
    args: Arguments,
    scope: Scope,
    at: number,
    seen: string,
  ): Values | undefined {
    const origin = owner.kind === 'unknown' ? owner.origin : undefined;
    if (origin === 'module' || origin === 'imports') {
      const use = ['os', 'subprocess', 'builtins', 'socket', 'urllib.request']
        .map((module) => useOf(`${module}.${name}`))
        .find((found) => found !== undefined);
      if (use !== undefined || origin === 'imports') this.report('hidden', scope, at, seen);
    }
    if (
      owner.kind === 'result' &&
      /^ctypes\b/.test(owner.of) &&
      /^(?:system|popen|exec\w*|dlopen|WinExec|ShellExecute\w*|CreateProcess\w*|VirtualAlloc|URLDownload\w*)$/.test(
        name,
      )
    ) {
      this.report('program', scope, at, seen);
    }
    if (origin === 'network' && args.positional.length + args.keywords.size > 0) {
      this.report('connects', scope, at, seen, describeArguments(args));
    }
    const [first = []] = args.positional;
    const call = { name, isIndirect: false, args, scope, at, seen };
    if (/^(?:system|popen|getoutput|getstatusoutput)$/.test(name)) {
      const lines = knownTexts(first).flatMap((line) => shellLineUses(line));
      reportCommand(
        call,
        lines.filter(({ kind }) => kind === 'program' || kind === 'script'),
        this,
      );
    }
    if (/^(?:spawn|announce_spawn|check_call|check_output|Popen|run_command|execute)$/.test(name)) {
      const lists = first.flatMap((value) =>
        value.kind === 'sequence' ? [argumentUses(value.items.map((item) => knownTexts(item)[0] ?? hole))] : [],
      );
      reportCommand(
        call,
        lists.flat().filter(({ kind }) => kind === 'program'),
        this,
      );
    }
    if (/^(?:decrypt|decompress|deobfuscate|decipher|unpad)$/.test(name))
      return [{ kind: 'unknown', origin: 'decoded' }];
    if (name === 'runsource' || name === 'runcode' || name === 'push') {
      if (owner.kind === 'result' && /^code\./.test(owner.of)) return executeValues(first, { scope, at, seen }, this);
    }
    if (/^(?:load_module|exec_module)$/.test(name) && owner.kind === 'result') return unknown;
    if (origin !== undefined && /^(?:read|decode|text|content|json|get|strip|group|encode)$/.test(name)) {
      this.#escapeArguments(args, scope, at, seen);
      return [owner];
    }
    return undefined;
  }

  call(callee: Values, args: Arguments, scope: Scope, at: number, seen: string): Values {
    this.count(1);
    if (this.#depth > maxDepth * 2) return unknown;
    this.#depth += 1;
    const results = callee.map((value) => this.#callValue(value, args, scope, at, seen));
    this.#depth -= 1;
    return callee.length === 0 ? unknown : merge(...results);
  }

  #callValue(callee: Value, args: Arguments, scope: Scope, at: number, seen: string): Values {
    switch (callee.kind) {
      case 'function':
        return this.#callFunction(callee, args, undefined, scope);
      case 'class': {
        const instance: Value = { kind: 'instance', of: callee };
        this.#useClass(callee);
        const method = this.#classMember(callee, '__init__', true);
        for (const value of method ?? [])
          if (value.kind === 'function') this.#callFunction(value, args, instance, scope);
        for (const name of implicitMethods) {
          for (const value of this.#classMember(callee, name, true) ?? []) {
            if (value.kind === 'function')
              this.#callFunction(value, { positional: [], keywords: new Map(), isOpen: true }, instance, scope);
          }
        }
        if (this.mode.followsEscapes)
          for (const values of [...args.positional, ...args.keywords.values()]) this.escape(values, scope);
        return [instance];
      }
      case 'instance':
        return this.call(
          this.#classMember(callee.of, '__call__', true) ?? unknown,
          { ...args, positional: [[callee], ...args.positional] },
          scope,
          at,
          seen,
        );
      case 'reference':
        return this.#callReference(callee, args, scope, at, seen);
      case 'code':
        return executeValues([callee], { scope, at, seen }, this);
      case 'result':
        return this.#callResult(callee, args, scope, at, seen);
      default:
        if (callee.kind === 'unknown' && callee.origin === 'imports') this.report('hidden', scope, at, seen);
        this.#escapeArguments(args, scope, at, seen);
        return unknown;
    }
  }

  #callFunction(
    { definition, scope: parent }: FunctionValue,
    args: Arguments,
    self: Value | undefined,
    caller: Scope,
  ): Values {
    const isNew = !this.#scopes.has(definition);
    const scope = this.#scopeOf(definition, 'function', parent);
    const isMethod = parent.kind === 'class' && self === undefined && !isStatic(definition);
    let position = 0;
    let isBound = false;
    for (const { name, value, spread } of definition.parameters) {
      if (spread === '*') {
        const rest = args.positional.slice(position);
        this.#bind(scope, name, [{ kind: 'sequence', items: rest, isOpen: args.isOpen }]);
        position = args.positional.length;
        continue;
      }
      if (spread === '**') {
        this.#bind(scope, name, [{ kind: 'dictionary', entries: args.keywords, rest: [] }]);
        continue;
      }
      if (position === 0 && !isBound && (self !== undefined || isMethod) && this.#isUnbound(args, isMethod)) {
        isBound = true;
        const owner = this.#classOf.get(parent);
        this.#bind(
          scope,
          name,
          self !== undefined ? [self] : owner === undefined ? unknown : [{ kind: 'instance', of: owner }],
        );
        continue;
      }
      const given = args.keywords.get(name) ?? args.positional[position];
      if (!args.keywords.has(name)) position += 1;
      const standard = value === undefined ? undefined : this.#resolve(value, parent);
      this.#bind(scope, name, given ?? standard ?? unknown);
    }
    void caller;
    if (isNew) this.#addBody(scope, definition.body);
    this.#reads.set(scope, scope.changes);
    return scope.returns.length === 0 ? (isNew ? [] : unknown) : scope.returns;
  }

  #isUnbound(args: Arguments, isMethod: boolean): boolean {
    const first = args.positional[0]?.[0];
    return !(isMethod && (first?.kind === 'instance' || first?.kind === 'class'));
  }

  #addBody(scope: Scope, statements: readonly Statement[]): void {
    const body: Body = { scope, statements, reads: new Map() };
    this.#bodies.push(body);
    this.#hasChanged = true;
    // Small functions run immediately, so that their results are known to the caller.
    if (this.#depth < maxDepth && body.statements.length <= 40) this.#guarded(() => this.#runBody(body));
  }

  #callReference(
    callee: Extract<Value, { kind: 'reference' }>,
    args: Arguments,
    scope: Scope,
    at: number,
    seen: string,
  ): Values {
    const { name, isIndirect } = callee;
    const [first = [], second = []] = args.positional;
    switch (name) {
      case 'builtins.object.__getattribute__':
      case 'builtins.type.__getattribute__':
      case 'builtins.getattr':
        return merge(this.#getattr(first, second, scope, at, seen), args.positional[2] ?? []);
      case 'builtins.setattr': {
        const [member] = allTexts(second) ?? [];
        if (member !== undefined) this.#setAttribute(member, args.positional[2] ?? unknown);
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
        return this.#open(
          first.length === 0 ? (args.keywords.get('file') ?? unknown) : first,
          args.positional[1] ?? args.keywords.get('mode'),
          scope,
          at,
        );
      case 'builtins.type':
        return args.positional.length === 3 ? this.#dynamicClass(args, scope) : unknown;
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
        this.report('writes', scope, at, seen, args.positional.flatMap((values) => knownTexts(values)).join(' '));
        return unknown;
      case 'winreg.SetValueEx':
      case 'winreg.SetValue':
      case '_winreg.SetValueEx':
        this.report('persists', scope, at, seen);
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
      this.call(key, { positional: [items], keywords: new Map(), isOpen: false }, scope, at, seen);
    }
    const pure = callPure(name, args, this, scope);
    if (pure !== undefined) return pure;
    const reported = reportCall({ name, isIndirect, args, scope, at, seen }, this);
    this.#escapeArguments(args, scope, at, seen);
    return reported ?? [{ kind: 'result', of: name, args: args.positional }];
  }

  /** Follows `type(name, bases, members)`. */
  #dynamicClass(args: Arguments, scope: Scope): Values {
    for (const member of args.positional[2] ?? []) {
      if (member.kind !== 'dictionary') continue;
      for (const [name, values] of member.entries) this.#setAttribute(name, values);
      for (const values of member.entries.values()) this.escape(values, scope);
    }
    void scope;
    return unknown;
  }

  #getattr(owners: Values, names: Values, scope: Scope, at: number, seen: string): Values {
    const texts = allTexts(names)?.filter((name) => !name.includes(hole));
    if (texts !== undefined && texts.length === names.length) {
      return indirect(merge(...texts.map((name) => this.member(owners, name, scope))));
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
        this.report('hidden', scope, at, seen);
      return [{ kind: 'unknown', origin: 'imports' }];
    }
    return unknown;
  }

  #callResult(
    callee: Extract<Value, { kind: 'result' }>,
    args: Arguments,
    scope: Scope,
    at: number,
    seen: string,
  ): Values {
    const { of, args: own } = callee;
    if (of === 'functools.partial') {
      const [inner = [], ...bound] = own;
      return this.call(inner, { ...args, positional: [...bound, ...args.positional] }, scope, at, seen);
    }
    if (of === 'operator.attrgetter')
      return this.#attributePath(args.positional[0] ?? [], own[0] ?? [], scope, at, seen);
    if (of === 'operator.itemgetter')
      return merge(...(args.positional[0] ?? []).map((owner) => this.#item(owner, own[0] ?? unknown, scope, at)));
    if (of === 'operator.methodcaller') {
      const [names = [], ...rest] = own;
      const method = this.#getattr(args.positional[0] ?? [], names, scope, at, seen);
      return this.call(method, { positional: rest, keywords: new Map(), isOpen: false }, scope, at, seen);
    }
    const [method, owner] = [of.slice(of.lastIndexOf('.') + 1), own[0]?.[0]];
    if (/^(?:text|sequence|dictionary|file|content|namespace|unknown|function)\./.test(of) && owner !== undefined) {
      if (owner.kind === 'function' && method === '__call__') return this.#callFunction(owner, args, undefined, scope);
      if (owner.kind === 'text') return foldMethod(owner, method, args.positional) ?? unknown;
    }
    const useless = useOf(of);
    if (useless === 'network') {
      this.report('connects', scope, at, seen);
      return [{ kind: 'unknown', origin: 'network' }];
    }
    this.#escapeArguments(args, scope, at, seen);
    return unknown;
  }

  #attributePath(owners: Values, names: Values, scope: Scope, at: number, seen: string): Values {
    const [path] = allTexts(names) ?? [];
    if (path === undefined) return this.#getattr(owners, names, scope, at, seen);
    return indirect(path.split('.').reduce((values: Values, name) => this.member(values, name, scope), owners));
  }

  /** Follows functions that are given to code that isn't known, and calls references with the other arguments. */
  #escapeArguments({ positional, keywords }: Arguments, scope: Scope, at: number, seen: string): void {
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
          this.#callReference(
            value,
            { positional: rest.length === 0 ? [unknown] : rest, keywords: new Map(), isOpen: true },
            scope,
            at,
            seen,
          );
        } else if (value.kind === 'function' && (keywords.get('target') === values || starters.test(seen))) {
          this.#escapeValue(value, true);
        }
      }
      this.escape(values, scope);
    }
  }

  /** Checks whether functions that this code gives to unknown code count as called. Packages register many of them. */
  #followsEscapes({ path }: Scope): boolean {
    return this.mode.followsEscapes && !this.host.isInPackage(path);
  }

  escape(values: Values, scope: Scope): void {
    const isFollowed = this.#followsEscapes(scope);
    for (const value of values) this.#escapeValue(value, isFollowed);
  }

  #escapeValue(value: Value, isFollowed: boolean): void {
    if (!isFollowed || this.#depth > maxDepth * 3 || this.#escapedValues.has(value)) return;
    this.#escapedValues.add(value);
    this.count(1);
    this.#depth += 1;
    const open: Arguments = { positional: [], keywords: new Map(), isOpen: true };
    switch (value.kind) {
      case 'function':
        if (!this.#scopes.has(value.definition)) this.#callFunction(value, open, undefined, value.scope);
        break;
      case 'class':
      case 'instance':
        this.#escapeClass(value.kind === 'class' ? value : value.of);
        break;
      case 'sequence':
        for (const item of value.items.slice(0, 200)) for (const inner of item) this.#escapeValue(inner, true);
        break;
      case 'dictionary':
        for (const [key, item] of value.entries) {
          // pip runs none of the commands that a developer runs.
          if (developerCommands.test(key) && item.every(({ kind }) => kind === 'class')) continue;
          for (const inner of item) this.#escapeValue(inner, true);
        }
        for (const inner of value.rest) this.#escapeValue(inner, true);
        break;
      default:
        break;
    }
    this.#depth -= 1;
  }

  #escapeClass(value: ClassValue): void {
    const key = keys([value]);
    if (this.#escaped.has(key)) return;
    this.#escaped.add(key);
    this.#useClass(value);
    const instance: Value = { kind: 'instance', of: value };
    for (const values of this.#scopes.get(value.definition)?.names.values() ?? []) {
      for (const member of values) {
        if (member.kind === 'function')
          this.#callFunction(member, { positional: [], keywords: new Map(), isOpen: true }, instance, value.scope);
      }
    }
    for (const { value: base } of value.definition.bases) {
      for (const parent of this.#resolve(base, value.scope)) if (parent.kind === 'class') this.#escapeClass(parent);
    }
  }
  readonly #escaped = new Set<string>();
  readonly #escapedValues = new WeakSet<Value>();

  #useClass(value: ClassValue): void {
    const key = keys([value]);
    if (!this.#classes.has(key)) this.#classes.set(key, { value, isUsed: true });
  }

  // Conditions

  /** Returns whether a condition is always true or always false while pip builds; undefined if that isn't known. */
  #truth(test: Expression, scope: Scope): boolean | undefined {
    switch (test.type) {
      case 'name':
        if (test.name === 'TYPE_CHECKING') return false;
        if (test.name === 'True' || test.name === 'False') return test.name === 'True';
        return test.name === 'None' ? false : undefined;
      case 'attribute':
        return test.name === 'TYPE_CHECKING' ||
          (test.name === 'PY2' && test.of.type === 'name' && test.of.name === 'six')
          ? false
          : undefined;
      case 'number':
        return test.value !== 0;
      case 'unary': {
        const inner = test.operator === 'not' ? this.#truth(test.operand, scope) : undefined;
        return inner === undefined ? undefined : !inner;
      }
      case 'binary':
        return this.#binaryTruth(test.operator, test.sides, scope);
      default:
        return undefined;
    }
  }

  #binaryTruth(operator: string, [left, right]: readonly [Expression, Expression], scope: Scope): boolean | undefined {
    if (operator === 'and' || operator === 'or') {
      const sides = [this.#truth(left, scope), this.#truth(right, scope)];
      if (sides.includes(operator === 'or')) return operator === 'or';
      return sides.includes(undefined) ? undefined : operator === 'and';
    }
    const [a, b] = [this.#resolve(left, scope), this.#resolve(right, scope)];
    const version = versionTruth(a, operator, b);
    if (version !== undefined) return version;
    const [first, second] = [allTexts(a), allTexts(b)];
    if (/^(?:in|not in|==|!=)$/.test(operator)) {
      const words = isArguments(left, a) ? second : isArguments(right, b) ? first : undefined;
      if (words?.every((word) => !isInstallWord(word))) return operator === 'not in' || operator === '!=';
    }
    const isMain = left.type === 'name' && left.name === '__name__';
    if (isMain && second?.[0] === '__main__' && operator === '==') return first?.[0] === '__main__';
    return undefined;
  }
}
