import { pythonTokens, type Token } from './python-tokens.ts';

/** What source imports, and the names it gives to it. */
export type Imports = {
  readonly imported: readonly string[];
  /** Name in the source → dotted name of what it stands for. */
  readonly names: ReadonlyMap<string, string>;
  /** Every token that is no part of an import. */
  readonly rest: readonly Token[];
};

/** Local modules that source imports: `import helpers`, `from helpers import …`. */
export function importedModules(source: string): readonly string[] {
  return readImports([...pythonTokens(source)]).imported;
}

/** Reads every `import` and `from … import`. */
export function readImports(tokens: readonly Token[]): Imports {
  const imported: string[] = [];
  const names = new Map<string, string>();
  const others: Token[] = [];
  for (const statement of statements(tokens)) {
    const start = startOfImport(statement);
    for (const token of start === -1 ? statement : statement.slice(0, start)) others.push(token);
    others.push({ kind: 'line', text: '\n' });
    if (start === -1) continue;
    const isFrom = statement[start]?.text === 'from';
    const module = isFrom ? statement[start + 1]?.text : undefined;
    const rest = statement.slice(start + (isFrom ? 3 : 1)).filter(({ kind }) => kind === 'name');
    for (let at = 0; at < rest.length; at += 1) {
      const name = rest[at]?.text ?? '';
      const full = module === undefined ? name : `${module}.${name}`;
      imported.push(full);
      const renamed = rest[at + 1]?.text === 'as' ? rest[at + 2]?.text : undefined;
      if (renamed !== undefined) at += 2;
      // `import a.b` binds `a`.
      const [bound = ''] = isFrom ? [name] : name.split('.');
      names.set(renamed ?? bound, renamed !== undefined || isFrom ? full : bound);
    }
    if (module !== undefined && rest.length === 0) imported.push(module);
  }
  return { imported, names, rest: others };
}

/** `from` without `import` is another matter: `raise … from`, `yield from`. */
function startOfImport(statement: readonly Token[]): number {
  const word = (wanted: string): number => statement.findIndex(({ kind, text }) => kind === 'name' && text === wanted);
  const [from, to] = [word('from'), word('import')];
  return from !== -1 && from < to ? from : to;
}

/** Logical lines: a bracket that is open carries a statement over line ends. */
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
