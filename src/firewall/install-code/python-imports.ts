import { pythonTokens, type Token } from './python-tokens.ts';

/** The imports of Python source. */
export type Imports = {
  /** The dotted names of imported modules and members. */
  readonly imported: readonly string[];
  /** The dotted name that each bound name stands for. */
  readonly names: ReadonlyMap<string, string>;
  /** The tokens that are not part of an import. */
  readonly rest: readonly Token[];
};

/** Returns the dotted names that Python source imports. */
export function importedModules(source: string): readonly string[] {
  return readImports([...pythonTokens(source)]).imported;
}

/** Reads all `import` and `from … import` statements. */
export function readImports(tokens: readonly Token[]): Imports {
  const imported: string[] = [];
  const names = new Map<string, string>();
  const otherTokens: Token[] = [];
  for (const statement of statements(tokens)) {
    const start = startOfImport(statement);
    for (const token of start === -1 ? statement : statement.slice(0, start)) otherTokens.push(token);
    otherTokens.push({ kind: 'line', text: '\n' });
    if (start === -1) continue;
    const isFrom = statement[start]?.text === 'from';
    const module = isFrom ? statement[start + 1]?.text : undefined;
    const rest = statement.slice(start + (isFrom ? 3 : 1)).filter(({ kind }) => kind === 'name');
    for (let index = 0; index < rest.length; index += 1) {
      const name = rest[index]?.text ?? '';
      const fullName = module === undefined ? name : `${module}.${name}`;
      imported.push(fullName);
      const alias = rest[index + 1]?.text === 'as' ? rest[index + 2]?.text : undefined;
      if (alias !== undefined) index += 2;
      // `import a.b` binds `a`.
      const [boundName = ''] = isFrom ? [name] : name.split('.');
      names.set(alias ?? boundName, alias !== undefined || isFrom ? fullName : boundName);
    }
    if (module !== undefined && rest.length === 0) imported.push(module);
  }
  return { imported, names, rest: otherTokens };
}

/** Returns the index where the import of a statement starts, or -1. `raise … from` and `yield from` are not imports. */
function startOfImport(statement: readonly Token[]): number {
  const indexOf = (name: string): number => statement.findIndex(({ kind, text }) => kind === 'name' && text === name);
  const [fromIndex, importIndex] = [indexOf('from'), indexOf('import')];
  return fromIndex !== -1 && fromIndex < importIndex ? fromIndex : importIndex;
}

/** Yields the tokens of each logical line. A line end within brackets does not end the statement. */
function* statements(tokens: readonly Token[]): Generator<Token[]> {
  let statement: Token[] = [];
  let depth = 0;
  for (const token of tokens) {
    if (token.kind === 'mark') depth += '([{'.includes(token.text) ? 1 : ')]}'.includes(token.text) ? -1 : 0;
    if (token.kind === 'line' && (depth <= 0 || token.text === ';')) {
      yield statement;
      [statement, depth] = [[], 0];
    } else statement.push(token);
  }
  yield statement;
}
