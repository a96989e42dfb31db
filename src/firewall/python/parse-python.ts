import type { SyntaxNode } from '@lezer/common';
import { parser } from '@lezer/python';
import { readStringLiteral, replaceEscapes } from './literals.ts';
import type {
  Argument,
  Clause,
  DictionaryEntry,
  Expression,
  FunctionDefinition,
  Item,
  Parameter,
  Statement,
  Syntax,
} from './syntax.ts';

const maxDepth = 400;

/** Thrown for source that is nested too deeply. */
export class TooDeep extends Error {
  override readonly name = 'TooDeep';
}

/** Parses Python source. Text that is not Python is skipped and reported by its offset. */
export function parsePython(source: string): Syntax {
  const tree = parser.parse(source);
  let error: number | undefined;
  tree.iterate({
    enter: ({ type, from, node }) => {
      if (type.isError && error === undefined && !isGapOfGrammar(source, node)) error = from;
      return error === undefined;
    },
  });
  const reader = new Reader(source);
  const body = reader.statements(tree.topNode);
  return { body, names: reader.names, error };
}

/**
 * Checks for an error at valid Python that the grammar lacks: `yield` without a value, a number such as `1.`, `with` items in
 * parentheses, and patterns of `match`. Everything within them is still read.
 */
function isGapOfGrammar(source: string, node: SyntaxNode): boolean {
  const before = source.slice(Math.max(0, node.from - 200), node.from);
  if (/\byield[ \t]*(?:#[^\n]*)?\s*$/.test(before) || /\d\.?\s*$/.test(before)) return true;
  const { parent } = node;
  return parent !== null && /^(?:With|Match)/.test(parent.name);
}

/** Converts the concrete syntax tree. */
class Reader {
  /** The names that expressions contain. */
  readonly names = new Set<string>();
  readonly #source: string;
  #depth = 0;

  constructor(source: string) {
    this.#source = source;
  }

  #text({ from, to }: { readonly from: number; readonly to: number }): string {
    return this.#source.slice(from, to);
  }

  /** Returns an identifier as Python compares it (PEP 3131). */
  #name(node: SyntaxNode): string {
    return this.#text(node).normalize('NFKC');
  }

  statements(node: SyntaxNode): Statement[] {
    this.#depth += 1;
    if (this.#depth > maxDepth) throw new TooDeep('too deeply nested');
    const found = children(node).flatMap((child) => this.#statement(child, []));
    this.#depth -= 1;
    return found;
  }

  #body(node: SyntaxNode): Statement[] {
    return node.getChildren('Body').flatMap((body) => this.statements(body));
  }

  #statement(node: SyntaxNode, decorators: readonly Expression[]): Statement[] {
    const at = node.from;
    switch (node.name) {
      case 'ExpressionStatement':
      case 'PrintStatement':
      case 'AssertStatement':
      case 'RaiseStatement':
      case 'DeleteStatement':
      case 'YieldStatement': {
        const values = this.#list(children(node));
        return values.map((value): Statement => ({ type: 'expression', value, at }));
      }
      case 'AssignStatement':
        return [this.#assign(node)];
      case 'UpdateStatement':
        return this.#update(node);
      case 'ImportStatement':
        return [this.#import(node)];
      case 'StatementGroup':
      case 'Script':
      case '⚠':
        return this.statements(node);
      case 'DecoratedStatement': {
        const found = node
          .getChildren('Decorator')
          .map((decorator): Expression => ({ type: 'other', parts: this.#chain(children(decorator).slice(1)), at }));
        return children(node).flatMap((child) => (child.name === 'Decorator' ? [] : this.#statement(child, found)));
      }
      case 'FunctionDefinition':
        return [{ type: 'function', definition: this.#function(node, decorators), at }];
      case 'ClassDefinition': {
        const args = node.getChild('ArgList');
        const definition = {
          name: this.#name(node.getChild('VariableName') ?? node),
          bases: args === null ? [] : this.#args(args),
          decorators,
          body: this.#body(node),
          at,
        };
        return [{ type: 'class', definition, at }];
      }
      case 'ReturnStatement':
        return [{ type: 'return', value: this.#tuple(children(node).slice(1), at), at }];
      case 'IfStatement':
      case 'WhileStatement':
        return [this.#if(node)];
      case 'ForStatement':
        return this.#for(node);
      case 'WithStatement':
        return node.getChild('⚠') === null ? [this.#with(node)] : this.#block(node);
      case 'ScopeStatement':
        return [{ type: 'global', names: node.getChildren('VariableName').map((name) => this.#name(name)), at }];
      case 'PassStatement':
      case 'BreakStatement':
      case 'ContinueStatement':
      case 'Comment':
        return [];
      case 'TypeDefinition':
        return [];
      default:
        return this.#block(node);
    }
  }

  /** Reads a statement of any other kind, such as `try` and `match`: its expressions and its bodies. */
  #block(node: SyntaxNode): Statement[] {
    if (node.firstChild === null && !isExpression(node.name)) return [];
    const values: Expression[] = [];
    const body: Statement[] = [];
    for (const child of children(node)) {
      if (child.name === 'Body' || child.name === 'MatchBody') body.push(...this.statements(child));
      else if (child.name === 'MatchClause') body.push(...this.#block(child));
      else if (isExpression(child.name)) {
        values.push(this.expression(child));
      }
    }
    return [{ type: 'block', values, body, at: node.from }];
  }

  #assign(node: SyntaxNode): Statement {
    const groups: SyntaxNode[][] = [[]];
    for (const child of children(node)) {
      if (child.name === 'AssignOp') groups.push([]);
      else if (child.name !== 'TypeDef') groups.at(-1)?.push(child);
    }
    const sides = groups.map((group) => this.#tuple(group, node.from));
    const value = sides.pop();
    return {
      type: 'assign',
      targets: sides.filter((side) => side !== undefined),
      value: value ?? { type: 'other', parts: [], at: node.from },
      at: node.from,
    };
  }

  #update(node: SyntaxNode): Statement[] {
    const at = node.from;
    const operator = node.getChild('UpdateOp');
    const parts = children(node).filter(({ name }) => name !== 'UpdateOp');
    const [target, ...rest] = parts;
    const value = this.#tuple(rest, at);
    if (operator === null || target === undefined || value === undefined) return [];
    return [
      { type: 'update', target: this.expression(target), operator: this.#text(operator).slice(0, -1), value, at },
    ];
  }

  #import(node: SyntaxNode): Statement {
    const at = node.from;
    const parts = children(node).filter(({ name }) => !/^[(),]$/.test(name) || name === ',');
    return parts[0]?.name === 'from' ? this.#from(parts, at) : this.#plainImport(parts.slice(1), at);
  }

  #plainImport(parts: readonly SyntaxNode[], at: number): Statement {
    const names: { module: string; bound: string; isAlias: boolean }[] = [];
    for (const group of splitAt(parts, ',')) {
      const as = group.findIndex(({ name }) => name === 'as');
      const path = (as === -1 ? group : group.slice(0, as)).filter(({ name }) => name === 'VariableName');
      const module = path.map((part) => this.#name(part)).join('.');
      const alias = as === -1 ? undefined : group[as + 1];
      const bound = alias === undefined ? (module.split('.', 1)[0] ?? '') : this.#name(alias);
      if (module !== '') names.push({ module, bound, isAlias: alias !== undefined });
    }
    return { type: 'import', names, at };
  }

  #from(parts: readonly SyntaxNode[], at: number): Statement {
    const importAt = parts.findIndex(({ name }) => name === 'import');
    const path = parts.slice(1, importAt === -1 ? undefined : importAt);
    // The parser reads `...` as one token.
    const level = path.reduce((sum, part) => sum + (/^\.+$/.test(part.name) ? part.to - part.from : 0), 0);
    const leading = path.findIndex(({ name }) => name === 'VariableName');
    const dots = path
      .slice(0, leading === -1 ? undefined : leading)
      .reduce((sum, part) => sum + (/^[.\u2026]+$/.test(this.#text(part)) ? part.to - part.from : 0), 0);
    const module = path
      .filter(({ name }) => name === 'VariableName')
      .map((part) => this.#name(part))
      .join('.');
    const names: { name: string; bound: string }[] = [];
    const imported = importAt === -1 ? [] : parts.slice(importAt + 1);
    for (const group of splitAt(imported, ',')) {
      const [name, alias] = group.filter((part) => part.name === 'VariableName').map((part) => this.#name(part));
      if (name !== undefined) names.push({ name, bound: alias ?? name });
    }
    const isStar = imported.some((part) => this.#text(part) === '*');
    return { type: 'from', module, level: Math.max(dots, leading === -1 ? level : 0), names, isStar, at };
  }

  #function(node: SyntaxNode, decorators: readonly Expression[]): FunctionDefinition {
    const parameters = node.getChild('ParamList');
    return {
      name: this.#name(node.getChild('VariableName') ?? node),
      parameters: parameters === null ? [] : this.#parameters(parameters),
      decorators,
      body: this.#body(node),
      at: node.from,
    };
  }

  #parameters(node: SyntaxNode): Parameter[] {
    return splitAt(
      children(node).filter(({ name }) => name !== '(' && name !== ')'),
      ',',
    ).flatMap((group): Parameter[] => {
      const name = group.find((part) => part.name === 'VariableName');
      if (name === undefined) return [];
      const spread = group[0]?.name === '*' ? '*' : group[0]?.name === '**' ? '**' : undefined;
      const equals = group.findIndex((part) => part.name === 'AssignOp');
      const value = equals === -1 ? undefined : group[equals + 1];
      return [{ name: this.#name(name), value: value === undefined ? undefined : this.expression(value), spread }];
    });
  }

  #if(node: SyntaxNode): Statement {
    const branches: { test: Expression | undefined; body: Statement[] }[] = [];
    let test: Expression | undefined;
    for (const child of children(node)) {
      if (child.name === 'Body') {
        branches.push({ test, body: this.statements(child) });
        test = undefined;
      } else if (isExpression(child.name)) test = this.expression(child);
    }
    return { type: 'if', branches, at: node.from };
  }

  #for(node: SyntaxNode): Statement[] {
    const at = node.from;
    const parts = children(node);
    const start = parts.findIndex(({ name }) => name === 'for');
    const inside = parts.findIndex(({ name }) => name === 'in');
    const end = parts.findIndex(({ name }) => name === 'Body');
    const target = this.#tuple(parts.slice(start + 1, inside), at);
    const iterable = this.#tuple(parts.slice(inside + 1, end), at);
    const body = this.#body(node);
    if (target === undefined || iterable === undefined) return [{ type: 'block', values: [], body, at }];
    return [{ type: 'for', target, iterable, body, at }];
  }

  #with(node: SyntaxNode): Statement {
    const parts = children(node).filter(({ name }) => name !== 'with' && name !== 'async');
    const heads = parts.filter(({ name }) => name !== 'Body' && name !== '(' && name !== ')');
    const items = splitAt(heads, ',').flatMap((group) => {
      const as = group.findIndex(({ name }) => name === 'as');
      const value = this.#tuple(as === -1 ? group : group.slice(0, as), node.from);
      const target = as === -1 ? undefined : this.#tuple(group.slice(as + 1), node.from);
      return value === undefined ? [] : [{ value, target }];
    });
    return { type: 'with', items, body: this.#body(node), at: node.from };
  }

  /** Returns several comma-separated expressions as a sequence, and a single one as itself. */
  #tuple(nodes: readonly SyntaxNode[], at: number): Expression | undefined {
    const isSequence = nodes.some(({ name }) => name === ',');
    const items = this.#items(nodes);
    if (isSequence) return { type: 'sequence', items, at };
    return items[0]?.value;
  }

  #items(nodes: readonly SyntaxNode[]): Item[] {
    return splitAt(nodes, ',').flatMap((group) => {
      const isSpread = group[0]?.name === '*';
      const value = group.find((part) => isExpression(part.name));
      return value === undefined ? [] : [{ value: this.expression(value), isSpread }];
    });
  }

  #list(nodes: readonly SyntaxNode[]): Expression[] {
    return nodes.filter(({ name }) => isExpression(name)).map((node) => this.expression(node));
  }

  /** Reads the parts of a decorator: a dotted name and its arguments. */
  #chain(nodes: readonly SyntaxNode[]): Expression[] {
    const [first, ...rest] = nodes;
    if (first === undefined) return [];
    let current: Expression = this.expression(first);
    for (const part of rest) {
      if (part.name === 'ArgList') current = { type: 'call', callee: current, args: this.#args(part), at: part.from };
      else if (part.name === 'PropertyName' || part.name === 'VariableName') {
        current = { type: 'attribute', of: current, name: this.#name(part), at: part.from };
      }
    }
    return [current];
  }

  #args(node: SyntaxNode): Argument[] {
    const parts = children(node).filter(({ name }) => name !== '(' && name !== ')');
    if (parts.some(({ name }) => name === 'for') && !parts.some(({ name }) => name === ',')) {
      const value = this.#comprehension(parts, node.from);
      return value === undefined ? [] : [{ value }];
    }
    return splitAt(parts, ',').flatMap((group): Argument[] => {
      const spread = group[0]?.name === '*' ? '*' : group[0]?.name === '**' ? '**' : undefined;
      const equals = group.findIndex((part) => part.name === 'AssignOp' && this.#text(part) === '=');
      const value = (equals === -1 ? group : group.slice(equals + 1)).find((part) => isExpression(part.name));
      const name = equals === -1 ? undefined : group[equals - 1];
      if (value === undefined) return [];
      const keyword = name === undefined ? undefined : this.#name(name);
      return [{ value: this.expression(value), keyword, spread }];
    });
  }

  expression(node: SyntaxNode): Expression {
    this.#depth += 1;
    if (this.#depth > maxDepth) throw new TooDeep('too deeply nested');
    const found = this.#expression(node);
    this.#depth -= 1;
    return found;
  }

  #expression(node: SyntaxNode): Expression {
    const at = node.from;
    switch (node.name) {
      case 'VariableName':
      case 'PropertyName':
      case 'self':
      case 'print':
        this.names.add(this.#name(node));
        return { type: 'name', name: this.#name(node), at };
      case 'Boolean':
      case 'None':
        return { type: 'name', name: this.#text(node), at };
      case 'Number':
        return { type: 'number', value: readNumber(this.#text(node)), at };
      case 'String': {
        const { text, isBytes } = readStringLiteral(this.#text(node));
        return { type: 'string', text, isBytes, at };
      }
      case 'FormatString':
        return this.#format(node);
      case 'ContinuedString':
        return this.#continued(node);
      case 'MemberExpression':
        return this.#member(node);
      case 'CallExpression': {
        const [callee] = this.#list(children(node).slice(0, 1));
        const args = node.getChild('ArgList');
        if (callee === undefined) return this.#other(node);
        return { type: 'call', callee, args: args === null ? [] : this.#args(args), at };
      }
      case 'ParenthesizedExpression':
        return this.#list(children(node))[0] ?? this.#other(node);
      case 'TupleExpression':
      case 'ArrayExpression':
      case 'SetExpression':
        return { type: 'sequence', items: this.#items(inner(node)), at };
      case 'DictionaryExpression':
        return { type: 'dictionary', entries: this.#entries(inner(node)), at };
      case 'ComprehensionExpression':
      case 'ArrayComprehensionExpression':
      case 'SetComprehensionExpression':
      case 'DictionaryComprehensionExpression':
        return this.#comprehension(inner(node), at) ?? this.#other(node);
      case 'BinaryExpression':
        return this.#binary(node);
      case 'UnaryExpression': {
        const [operator] = children(node);
        const [operand] = this.#list(children(node).slice(1));
        if (operator === undefined || operand === undefined) return this.#other(node);
        return { type: 'unary', operator: this.#text(operator), operand, at };
      }
      case 'ConditionalExpression': {
        const [value, test, other] = this.#list(children(node));
        if (value === undefined || test === undefined) return this.#other(node);
        return { type: 'conditional', test, branches: other === undefined ? [value] : [value, other], at };
      }
      case 'LambdaExpression': {
        const parameters = node.getChild('ParamList');
        const body = children(node).findLast((child) => isExpression(child.name));
        const definition: FunctionDefinition = {
          name: '<lambda>',
          parameters: parameters === null ? [] : this.#parameters(parameters),
          decorators: [],
          body: body === undefined ? [] : [{ type: 'return', value: this.expression(body), at }],
          at,
        };
        return { type: 'lambda', definition, at };
      }
      case 'NamedExpression': {
        const [target, value] = this.#list(children(node));
        if (target?.type !== 'name' || value === undefined) return this.#other(node);
        return { type: 'assignment', name: target.name, value, at };
      }
      default:
        return this.#other(node);
    }
  }

  #other(node: SyntaxNode): Expression {
    return { type: 'other', parts: this.#list(children(node)), at: node.from };
  }

  #member(node: SyntaxNode): Expression {
    const [object, ...rest] = children(node);
    if (object === undefined) return this.#other(node);
    const of = this.expression(object);
    const property = rest.find(({ name }) => name === 'PropertyName');
    if (rest[0]?.name === '.' || property !== undefined) {
      return { type: 'attribute', of, name: property === undefined ? '' : this.#name(property), at: node.from };
    }
    return { type: 'subscript', of, index: this.#index(rest.slice(1, -1), node.from), at: node.from };
  }

  #index(parts: readonly SyntaxNode[], at: number): Expression {
    if (parts.some(({ name }) => name === ':') && !parts.some(({ name }) => name === ',')) {
      const groups = splitAt(parts, ':', true);
      const values = [0, 1, 2].map((index) => this.#list(groups[index] ?? [])[0]);
      return { type: 'slice', parts: values, at };
    }
    return this.#tuple(parts, at) ?? { type: 'other', parts: [], at };
  }

  #entries(parts: readonly SyntaxNode[]): DictionaryEntry[] {
    return splitAt(parts, ',').flatMap((group): DictionaryEntry[] => {
      const [first, second] = this.#list(group);
      if (first === undefined) return [];
      return [second === undefined ? { value: first } : { key: first, value: second }];
    });
  }

  #comprehension(parts: readonly SyntaxNode[], at: number): Expression | undefined {
    const firstFor = parts.findIndex(({ name }) => name === 'for' || name === 'async');
    const [element, value] = this.#list(parts.slice(0, firstFor));
    if (element === undefined) return undefined;
    const clauses: Clause[] = [];
    let position = firstFor;
    while (position < parts.length) {
      const next = parts.findIndex(({ name }, index) => index > position && (name === 'for' || name === 'if'));
      const group = parts.slice(position, next === -1 ? undefined : next);
      if (group[0]?.name === 'if') {
        const [test] = this.#list(group);
        if (test !== undefined) clauses.push({ type: 'if', test });
      } else {
        const inside = group.findIndex(({ name }) => name === 'in');
        const target = this.#tuple(group.slice(1, inside), at);
        const iterable = this.#tuple(group.slice(inside + 1), at);
        if (target !== undefined && iterable !== undefined) clauses.push({ type: 'for', target, iterable });
      }
      position = next === -1 ? parts.length : next;
    }
    return { type: 'comprehension', element, value, clauses, at };
  }

  #binary(node: SyntaxNode): Expression {
    const [left, ...rest] = children(node);
    const right = rest.findLast(({ name }) => isExpression(name));
    if (left === undefined || right === undefined) return this.#other(node);
    const operator = rest
      .slice(0, -1)
      .map((part) => this.#text(part))
      .join(' ');
    return { type: 'binary', operator, sides: [this.expression(left), this.expression(right)], at: node.from };
  }

  #continued(node: SyntaxNode): Expression {
    const parts = this.#list(children(node));
    if (parts.every((part) => part.type === 'string')) {
      const text = parts.map((part) => (part.type === 'string' ? part.text : '')).join('');
      return { type: 'string', text, isBytes: parts[0]?.type === 'string' && parts[0].isBytes, at: node.from };
    }
    const joined = parts.flatMap((part) =>
      part.type === 'format' ? part.parts : part.type === 'string' ? [part.text] : [part],
    );
    return { type: 'format', parts: joined, at: node.from };
  }

  #format(node: SyntaxNode): Expression {
    const source = this.#text(node);
    const opening = /^([a-z]*)("""|'''|"|')/i.exec(source);
    const isRaw = /r/i.test(opening?.[1] ?? '');
    const literal = (text: string): string => {
      const plain = text.replaceAll('{{', '{').replaceAll('}}', '}');
      return isRaw ? plain : replaceEscapes(plain, false);
    };
    const parts: (string | Expression)[] = [];
    let position = node.from + (opening?.[0].length ?? 0);
    for (const child of children(node)) {
      if (child.name !== 'FormatReplacement') continue;
      parts.push(literal(this.#source.slice(position, child.from)));
      const [value] = this.#list(children(child));
      const isPlain = child.getChild('FormatSpec') === null && child.getChild('FormatConversion') === null;
      parts.push(
        value === undefined
          ? { type: 'other', parts: [], at: child.from }
          : isPlain
            ? value
            : { type: 'other', parts: [value], at: child.from },
      );
      position = child.to;
    }
    parts.push(literal(this.#source.slice(position, node.to - (opening?.[2]?.length ?? 0))));
    return { type: 'format', parts, at: node.from };
  }
}

function children(node: SyntaxNode): SyntaxNode[] {
  const found: SyntaxNode[] = [];
  for (let child = node.firstChild; child !== null; child = child.nextSibling) {
    if (child.name !== 'Comment') found.push(child);
  }
  return found;
}

const inner = (node: SyntaxNode): SyntaxNode[] => children(node).slice(1, -1);

function isExpression(name: string): boolean {
  return /Expression$|String$|^(?:VariableName|PropertyName|Number|Boolean|None|Ellipsis|self)$/.test(name);
}

function splitAt(nodes: readonly SyntaxNode[], separator: string, keepsEmpty = false): SyntaxNode[][] {
  const groups: SyntaxNode[][] = [[]];
  for (const node of nodes) {
    if (node.name === separator) groups.push([]);
    else groups.at(-1)?.push(node);
  }
  return keepsEmpty ? groups : groups.filter(({ length }) => length > 0);
}

function readNumber(text: string): number {
  const digits = text.replaceAll('_', '').toLowerCase();
  return /^0[xob]/.test(digits) ? Number(digits) : Number.parseFloat(digits);
}
