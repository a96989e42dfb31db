import { type Machine, maxDepth } from './machine.ts';
import { parsePython } from './parse-python.ts';
import { TooDeep } from './read-expressions.ts';
import { createScope } from './scopes.ts';
import { merge, type Scope, unknown, type Values } from './values.ts';

const maxSourceLength = 2 * 1024 * 1024;

/** Reads a file as a module that runs. Returns its scope; undefined if the file isn't in memory or can't be read. */
export function loadModule(path: string, isMain: boolean, machine: Machine): Scope | undefined {
  const known = machine.program.modules.get(path);
  if (known !== undefined) return known;
  const source = machine.host.read(path);
  if (source === undefined) return undefined;
  if ('why' in source) {
    machine.program.problems.set(path, source.why);
    return undefined;
  }
  if (source.text.length > maxSourceLength) {
    machine.program.problems.set(path, `more than ${maxSourceLength} characters`);
    return undefined;
  }
  const scope = createScope('module', undefined, path, source.text, undefined, isMain);
  machine.program.modules.set(path, scope);
  addSource(scope, source.text, machine);
  machine.environment.hasChanged = true;
  return scope;
}

/** Adds source that runs in a scope. */
export function addSource(scope: Scope, source: string, machine: Machine): void {
  try {
    const syntax = parsePython(source);
    machine.count(source.length / 50);
    if (syntax.error !== undefined && scope.isMain) {
      machine.program.problems.set(scope.path, `no valid Python in line ${machine.events.lineOf(scope, syntax.error)}`);
    }
    machine.program.names.set(scope, syntax.names);
    machine.environment.bodies.push({ scope, statements: syntax.body, reads: new Map() });
  } catch (error) {
    if (!(error instanceof TooDeep) && !(error instanceof RangeError)) throw error;
    machine.program.problems.set(scope.path, 'too deeply nested');
  }
}

/** Follows text that runs as code. Returns the values of its last expression. */
export function runText(source: string, scope: Scope, at: number, machine: Machine): Values {
  machine.count(10);
  if (source.length > maxSourceLength) {
    machine.report('hidden', scope, at, `code of more than ${maxSourceLength} characters`);
    return unknown;
  }
  const line = scope.line ?? machine.events.lineOf(scope, at);
  const key = `${scope.path}:${line}:${source}`;
  let statements = machine.program.texts.get(key);
  if (statements === undefined) {
    try {
      statements = parsePython(source.replace(/\r\n?/g, '\n').trimStart()).body;
    } catch {
      statements = [];
    }
    machine.program.texts.set(key, statements);
    machine.count(source.length / 10);
  }
  if (machine.depth > maxDepth) {
    machine.report('hidden', scope, at, 'code within code');
    return unknown;
  }
  machine.depth += 1;
  const inner: Scope = { ...scope, line };
  machine.execute(statements, inner);
  const last = statements.at(-1);
  const value = last?.type === 'expression' ? machine.evaluate(last.value, inner) : unknown;
  machine.depth -= 1;
  return value;
}

/** Follows files that run as code, in a scope or as modules. Returns undefined if there are none. */
export function runFile(
  path: string,
  scope: Scope,
  at: number,
  asModule: boolean,
  machine: Machine,
): Values | undefined {
  const files = machine.host.findFiles(path, scope.path);
  if (files.length === 0) return undefined;
  const found = files.map((file): Values => {
    if (/\.(?:pyc|pyo|so|pyd|zip|egg|whl)$/i.test(file)) {
      machine.report('opaque', scope, at, file);
      return unknown;
    }
    const module = loadModule(file, false, machine);
    if (module === undefined) return unknown;
    if (!asModule) {
      const values = [...module.names];
      for (const [name, value] of values) machine.environment.bind(scope, name, value);
    }
    return [{ kind: 'module', scope: module }];
  });
  return merge(...found);
}
