import type { SyntaxNode } from '@lezer/common';
import { parser } from '@lezer/python';
import { ExpressionReader } from './read-expressions.ts';
import { StatementReader } from './read-statements.ts';
import type { Syntax } from './syntax.ts';

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
  const expressions = new ExpressionReader(source);
  const body = new StatementReader(expressions).statements(tree.topNode);
  return { body, names: expressions.names, error };
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
