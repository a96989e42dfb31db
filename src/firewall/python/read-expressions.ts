import type { SyntaxNode } from '@lezer/common';
import { readNumber, readStringLiteral, replaceEscapes } from './literals.ts';
import type { Argument, Clause, DictionaryEntry, Expression, FunctionDefinition, Item, Parameter } from './syntax.ts';
import { children, inner, isExpression, splitAt } from './syntax-nodes.ts';

/** The number of nested statements and expressions that are read. */
export const maxSyntaxDepth = 400;

/** Thrown for source that is nested too deeply. */
export class TooDeep extends Error {
  override readonly name = 'TooDeep';
}

/** Converts the expressions of a concrete syntax tree. */
export class ExpressionReader {
  /** The names that expressions contain. */
  readonly names = new Set<string>();
  /** How deeply the current node is nested. */
  depth = 0;
  readonly #source: string;

  constructor(source: string) {
    this.#source = source;
  }

  /** Returns the source of a node. */
  text({ from, to }: { readonly from: number; readonly to: number }): string {
    return this.#source.slice(from, to);
  }

  /** Returns an identifier as Python compares it (PEP 3131). */
  name(node: SyntaxNode): string {
    return this.text(node).normalize('NFKC');
  }

  /** Reads the parameters of a function. */
  parameters(node: SyntaxNode): Parameter[] {
    return splitAt(
      children(node).filter(({ name }) => name !== '(' && name !== ')'),
      ',',
    ).flatMap((group): Parameter[] => {
      const name = group.find((part) => part.name === 'VariableName');
      if (name === undefined) return [];
      const spread = group[0]?.name === '*' ? '*' : group[0]?.name === '**' ? '**' : undefined;
      const equals = group.findIndex((part) => part.name === 'AssignOp');
      const value = equals === -1 ? undefined : group[equals + 1];
      return [{ name: this.name(name), value: value === undefined ? undefined : this.expression(value), spread }];
    });
  }

  /** Returns several comma-separated expressions as a sequence, and a single one as itself. */
  tuple(nodes: readonly SyntaxNode[], at: number): Expression | undefined {
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

  /** Reads the expressions among nodes. */
  list(nodes: readonly SyntaxNode[]): Expression[] {
    return nodes.filter(({ name }) => isExpression(name)).map((node) => this.expression(node));
  }

  /** Reads the parts of a decorator: a dotted name and its arguments. */
  decorator(nodes: readonly SyntaxNode[]): Expression[] {
    const [first, ...rest] = nodes;
    if (first === undefined) return [];
    let current: Expression = this.expression(first);
    for (const part of rest) {
      if (part.name === 'ArgList')
        current = { type: 'call', callee: current, args: this.callArguments(part), at: part.from };
      else if (part.name === 'PropertyName' || part.name === 'VariableName') {
        current = { type: 'attribute', of: current, name: this.name(part), at: part.from };
      }
    }
    return [current];
  }

  /** Reads the arguments of a call, or the bases of a class. */
  callArguments(node: SyntaxNode): Argument[] {
    const parts = children(node).filter(({ name }) => name !== '(' && name !== ')');
    if (parts.some(({ name }) => name === 'for') && !parts.some(({ name }) => name === ',')) {
      const value = this.#comprehension(parts, node.from);
      return value === undefined ? [] : [{ value }];
    }
    return splitAt(parts, ',').flatMap((group): Argument[] => {
      const spread = group[0]?.name === '*' ? '*' : group[0]?.name === '**' ? '**' : undefined;
      const equals = group.findIndex((part) => part.name === 'AssignOp' && this.text(part) === '=');
      const value = (equals === -1 ? group : group.slice(equals + 1)).find((part) => isExpression(part.name));
      const name = equals === -1 ? undefined : group[equals - 1];
      if (value === undefined) return [];
      const keyword = name === undefined ? undefined : this.name(name);
      return [{ value: this.expression(value), keyword, spread }];
    });
  }

  /**
   * Reads an expression.
   *
   * @throws {TooDeep} if it is nested too deeply.
   */
  expression(node: SyntaxNode): Expression {
    this.depth += 1;
    if (this.depth > maxSyntaxDepth) throw new TooDeep('too deeply nested');
    const found = this.#expression(node);
    this.depth -= 1;
    return found;
  }

  #expression(node: SyntaxNode): Expression {
    const at = node.from;
    switch (node.name) {
      case 'VariableName':
      case 'PropertyName':
      case 'self':
      case 'print':
        this.names.add(this.name(node));
        return { type: 'name', name: this.name(node), at };
      case 'Boolean':
      case 'None':
        return { type: 'name', name: this.text(node), at };
      case 'Number':
        return { type: 'number', value: readNumber(this.text(node)), at };
      case 'String': {
        const { text, isBytes } = readStringLiteral(this.text(node));
        return { type: 'string', text, isBytes, at };
      }
      case 'FormatString':
        return this.#format(node);
      case 'ContinuedString':
        return this.#continued(node);
      case 'MemberExpression':
        return this.#member(node);
      case 'CallExpression': {
        const [callee] = this.list(children(node).slice(0, 1));
        const args = node.getChild('ArgList');
        if (callee === undefined) return this.#other(node);
        return { type: 'call', callee, args: args === null ? [] : this.callArguments(args), at };
      }
      case 'ParenthesizedExpression':
        return this.list(children(node))[0] ?? this.#other(node);
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
        const [operand] = this.list(children(node).slice(1));
        if (operator === undefined || operand === undefined) return this.#other(node);
        return { type: 'unary', operator: this.text(operator), operand, at };
      }
      case 'ConditionalExpression': {
        const [value, test, other] = this.list(children(node));
        if (value === undefined || test === undefined) return this.#other(node);
        return { type: 'conditional', test, branches: other === undefined ? [value] : [value, other], at };
      }
      case 'LambdaExpression': {
        const parameters = node.getChild('ParamList');
        const body = children(node).findLast((child) => isExpression(child.name));
        const definition: FunctionDefinition = {
          name: '<lambda>',
          parameters: parameters === null ? [] : this.parameters(parameters),
          decorators: [],
          body: body === undefined ? [] : [{ type: 'return', value: this.expression(body), at }],
          at,
        };
        return { type: 'lambda', definition, at };
      }
      case 'NamedExpression': {
        const [target, value] = this.list(children(node));
        if (target?.type !== 'name' || value === undefined) return this.#other(node);
        return { type: 'assignment', name: target.name, value, at };
      }
      default:
        return this.#other(node);
    }
  }

  #other(node: SyntaxNode): Expression {
    return { type: 'other', parts: this.list(children(node)), at: node.from };
  }

  #member(node: SyntaxNode): Expression {
    const [object, ...rest] = children(node);
    if (object === undefined) return this.#other(node);
    const of = this.expression(object);
    const property = rest.find(({ name }) => name === 'PropertyName');
    if (rest[0]?.name === '.' || property !== undefined) {
      return { type: 'attribute', of, name: property === undefined ? '' : this.name(property), at: node.from };
    }
    return { type: 'subscript', of, index: this.#index(rest.slice(1, -1), node.from), at: node.from };
  }

  #index(parts: readonly SyntaxNode[], at: number): Expression {
    if (parts.some(({ name }) => name === ':') && !parts.some(({ name }) => name === ',')) {
      const groups = splitAt(parts, ':', true);
      const values = [0, 1, 2].map((index) => this.list(groups[index] ?? [])[0]);
      return { type: 'slice', parts: values, at };
    }
    return this.tuple(parts, at) ?? { type: 'other', parts: [], at };
  }

  #entries(parts: readonly SyntaxNode[]): DictionaryEntry[] {
    return splitAt(parts, ',').flatMap((group): DictionaryEntry[] => {
      const [first, second] = this.list(group);
      if (first === undefined) return [];
      return [second === undefined ? { value: first } : { key: first, value: second }];
    });
  }

  #comprehension(parts: readonly SyntaxNode[], at: number): Expression | undefined {
    const firstFor = parts.findIndex(({ name }) => name === 'for' || name === 'async');
    const [element, value] = this.list(parts.slice(0, firstFor));
    if (element === undefined) return undefined;
    const clauses: Clause[] = [];
    let position = firstFor;
    while (position < parts.length) {
      const next = parts.findIndex(({ name }, index) => index > position && (name === 'for' || name === 'if'));
      const group = parts.slice(position, next === -1 ? undefined : next);
      if (group[0]?.name === 'if') {
        const [test] = this.list(group);
        if (test !== undefined) clauses.push({ type: 'if', test });
      } else {
        const inside = group.findIndex(({ name }) => name === 'in');
        const target = this.tuple(group.slice(1, inside), at);
        const iterable = this.tuple(group.slice(inside + 1), at);
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
      .map((part) => this.text(part))
      .join(' ');
    return { type: 'binary', operator, sides: [this.expression(left), this.expression(right)], at: node.from };
  }

  #continued(node: SyntaxNode): Expression {
    const parts = this.list(children(node));
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
    const source = this.text(node);
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
      const [value] = this.list(children(child));
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
