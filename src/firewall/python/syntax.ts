/** An expression. `at` is its offset in the source. */
export type Expression =
  | { readonly type: 'name'; readonly name: string; readonly at: number }
  | { readonly type: 'attribute'; readonly of: Expression; readonly name: string; readonly at: number }
  | { readonly type: 'subscript'; readonly of: Expression; readonly index: Expression; readonly at: number }
  | { readonly type: 'slice'; readonly parts: readonly (Expression | undefined)[]; readonly at: number }
  | { readonly type: 'call'; readonly callee: Expression; readonly args: readonly Argument[]; readonly at: number }
  | { readonly type: 'string'; readonly text: string; readonly isBytes: boolean; readonly at: number }
  | { readonly type: 'format'; readonly parts: readonly (string | Expression)[]; readonly at: number }
  | { readonly type: 'number'; readonly value: number; readonly at: number }
  | { readonly type: 'sequence'; readonly items: readonly Item[]; readonly at: number }
  | { readonly type: 'dictionary'; readonly entries: readonly DictionaryEntry[]; readonly at: number }
  | {
      readonly type: 'binary';
      readonly operator: string;
      readonly sides: readonly [Expression, Expression];
      readonly at: number;
    }
  | { readonly type: 'unary'; readonly operator: string; readonly operand: Expression; readonly at: number }
  | {
      readonly type: 'conditional';
      readonly test: Expression;
      readonly branches: readonly Expression[];
      readonly at: number;
    }
  | { readonly type: 'lambda'; readonly definition: FunctionDefinition; readonly at: number }
  | {
      readonly type: 'comprehension';
      readonly element: Expression;
      readonly value?: Expression | undefined;
      readonly clauses: readonly Clause[];
      readonly at: number;
    }
  | { readonly type: 'assignment'; readonly name: string; readonly value: Expression; readonly at: number }
  | { readonly type: 'other'; readonly parts: readonly Expression[]; readonly at: number };

export type Item = { readonly value: Expression; readonly isSpread: boolean };
export type Argument = {
  readonly value: Expression;
  readonly keyword?: string | undefined;
  readonly spread?: '*' | '**' | undefined;
};
export type DictionaryEntry = { readonly key?: Expression | undefined; readonly value: Expression };
export type Clause =
  | { readonly type: 'for'; readonly target: Expression; readonly iterable: Expression }
  | { readonly type: 'if'; readonly test: Expression };

export type Parameter = {
  readonly name: string;
  readonly value?: Expression | undefined;
  readonly spread?: '*' | '**' | undefined;
};

export type FunctionDefinition = {
  readonly name: string;
  readonly parameters: readonly Parameter[];
  readonly decorators: readonly Expression[];
  readonly body: readonly Statement[];
  readonly at: number;
};

export type ClassDefinition = {
  readonly name: string;
  readonly bases: readonly Argument[];
  readonly decorators: readonly Expression[];
  readonly body: readonly Statement[];
  readonly at: number;
};

export type ImportedName = { readonly name: string; readonly bound: string };

export type Statement =
  | { readonly type: 'expression'; readonly value: Expression; readonly at: number }
  | {
      readonly type: 'assign';
      readonly targets: readonly Expression[];
      readonly value: Expression;
      readonly at: number;
    }
  | {
      readonly type: 'update';
      readonly target: Expression;
      readonly operator: string;
      readonly value: Expression;
      readonly at: number;
    }
  | {
      readonly type: 'import';
      readonly names: readonly { readonly module: string; readonly bound: string; readonly isAlias: boolean }[];
      readonly at: number;
    }
  | {
      readonly type: 'from';
      readonly module: string;
      readonly level: number;
      readonly names: readonly ImportedName[];
      readonly isStar: boolean;
      readonly at: number;
    }
  | { readonly type: 'function'; readonly definition: FunctionDefinition; readonly at: number }
  | { readonly type: 'class'; readonly definition: ClassDefinition; readonly at: number }
  | { readonly type: 'return'; readonly value: Expression | undefined; readonly at: number }
  | {
      readonly type: 'if';
      readonly branches: readonly { readonly test: Expression | undefined; readonly body: readonly Statement[] }[];
      readonly at: number;
    }
  | {
      readonly type: 'for';
      readonly target: Expression;
      readonly iterable: Expression;
      readonly body: readonly Statement[];
      readonly at: number;
    }
  | {
      readonly type: 'with';
      readonly items: readonly { readonly value: Expression; readonly target?: Expression | undefined }[];
      readonly body: readonly Statement[];
      readonly at: number;
    }
  | {
      readonly type: 'block';
      readonly values: readonly Expression[];
      readonly body: readonly Statement[];
      readonly at: number;
    }
  | { readonly type: 'global'; readonly names: readonly string[]; readonly at: number };

/** A parsed module. */
export type Syntax = {
  readonly body: readonly Statement[];
  /** The names that expressions contain; those of imports are not among them. */
  readonly names: ReadonlySet<string>;
  /** The offset of the first part that is not Python. */
  readonly error: number | undefined;
};
