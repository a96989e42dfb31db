import type { SyntaxNode } from '@lezer/common';
import { type ExpressionReader, maxSyntaxDepth, TooDeep } from './read-expressions.ts';
import type { Expression, FunctionDefinition, Statement } from './syntax.ts';
import { children, isExpression, splitAt } from './syntax-nodes.ts';

/** Converts the statements of a concrete syntax tree. */
export class StatementReader {
  readonly #expressions: ExpressionReader;

  constructor(expressions: ExpressionReader) {
    this.#expressions = expressions;
  }

  /**
   * Reads the statements of a node.
   *
   * @throws {TooDeep} if they are nested too deeply.
   */
  statements(node: SyntaxNode): Statement[] {
    this.#expressions.depth += 1;
    if (this.#expressions.depth > maxSyntaxDepth) throw new TooDeep('too deeply nested');
    const found = children(node).flatMap((child) => this.#statement(child, []));
    this.#expressions.depth -= 1;
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
        const values = this.#expressions.list(children(node));
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
        const found = node.getChildren('Decorator').map(
          (decorator): Expression => ({
            type: 'other',
            parts: this.#expressions.decorator(children(decorator).slice(1)),
            at,
          }),
        );
        return children(node).flatMap((child) => (child.name === 'Decorator' ? [] : this.#statement(child, found)));
      }
      case 'FunctionDefinition':
        return [{ type: 'function', definition: this.#function(node, decorators), at }];
      case 'ClassDefinition': {
        const args = node.getChild('ArgList');
        const definition = {
          name: this.#expressions.name(node.getChild('VariableName') ?? node),
          bases: args === null ? [] : this.#expressions.callArguments(args),
          decorators,
          body: this.#body(node),
          at,
        };
        return [{ type: 'class', definition, at }];
      }
      case 'ReturnStatement':
        return [{ type: 'return', value: this.#expressions.tuple(children(node).slice(1), at), at }];
      case 'IfStatement':
      case 'WhileStatement':
        return [this.#if(node)];
      case 'ForStatement':
        return this.#for(node);
      case 'WithStatement':
        return node.getChild('⚠') === null ? [this.#with(node)] : this.#block(node);
      case 'ScopeStatement':
        return [
          { type: 'global', names: node.getChildren('VariableName').map((name) => this.#expressions.name(name)), at },
        ];
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
        values.push(this.#expressions.expression(child));
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
    const sides = groups.map((group) => this.#expressions.tuple(group, node.from));
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
    const value = this.#expressions.tuple(rest, at);
    if (operator === null || target === undefined || value === undefined) return [];
    return [
      {
        type: 'update',
        target: this.#expressions.expression(target),
        operator: this.#expressions.text(operator).slice(0, -1),
        value,
        at,
      },
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
      const module = path.map((part) => this.#expressions.name(part)).join('.');
      const alias = as === -1 ? undefined : group[as + 1];
      const bound = alias === undefined ? (module.split('.', 1)[0] ?? '') : this.#expressions.name(alias);
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
      .reduce((sum, part) => sum + (/^[.\u2026]+$/.test(this.#expressions.text(part)) ? part.to - part.from : 0), 0);
    const module = path
      .filter(({ name }) => name === 'VariableName')
      .map((part) => this.#expressions.name(part))
      .join('.');
    const names: { name: string; bound: string }[] = [];
    const imported = importAt === -1 ? [] : parts.slice(importAt + 1);
    for (const group of splitAt(imported, ',')) {
      const [name, alias] = group
        .filter((part) => part.name === 'VariableName')
        .map((part) => this.#expressions.name(part));
      if (name !== undefined) names.push({ name, bound: alias ?? name });
    }
    const isStar = imported.some((part) => this.#expressions.text(part) === '*');
    return { type: 'from', module, level: Math.max(dots, leading === -1 ? level : 0), names, isStar, at };
  }

  #function(node: SyntaxNode, decorators: readonly Expression[]): FunctionDefinition {
    const parameters = node.getChild('ParamList');
    return {
      name: this.#expressions.name(node.getChild('VariableName') ?? node),
      parameters: parameters === null ? [] : this.#expressions.parameters(parameters),
      decorators,
      body: this.#body(node),
      at: node.from,
    };
  }

  #if(node: SyntaxNode): Statement {
    const branches: { test: Expression | undefined; body: Statement[] }[] = [];
    let test: Expression | undefined;
    for (const child of children(node)) {
      if (child.name === 'Body') {
        branches.push({ test, body: this.statements(child) });
        test = undefined;
      } else if (isExpression(child.name)) test = this.#expressions.expression(child);
    }
    return { type: 'if', branches, at: node.from };
  }

  #for(node: SyntaxNode): Statement[] {
    const at = node.from;
    const parts = children(node);
    const start = parts.findIndex(({ name }) => name === 'for');
    const inside = parts.findIndex(({ name }) => name === 'in');
    const end = parts.findIndex(({ name }) => name === 'Body');
    const target = this.#expressions.tuple(parts.slice(start + 1, inside), at);
    const iterable = this.#expressions.tuple(parts.slice(inside + 1, end), at);
    const body = this.#body(node);
    if (target === undefined || iterable === undefined) return [{ type: 'block', values: [], body, at }];
    return [{ type: 'for', target, iterable, body, at }];
  }

  #with(node: SyntaxNode): Statement {
    const parts = children(node).filter(({ name }) => name !== 'with' && name !== 'async');
    const heads = parts.filter(({ name }) => name !== 'Body' && name !== '(' && name !== ')');
    const items = splitAt(heads, ',').flatMap((group) => {
      const as = group.findIndex(({ name }) => name === 'as');
      const value = this.#expressions.tuple(as === -1 ? group : group.slice(0, as), node.from);
      const target = as === -1 ? undefined : this.#expressions.tuple(group.slice(as + 1), node.from);
      return value === undefined ? [] : [{ value, target }];
    });
    return { type: 'with', items, body: this.#body(node), at: node.from };
  }
}
