import type { SyntaxNode } from '@lezer/common';

/** Returns the children of a node without comments. */
export function children(node: SyntaxNode): SyntaxNode[] {
  const found: SyntaxNode[] = [];
  for (let child = node.firstChild; child !== null; child = child.nextSibling) {
    if (child.name !== 'Comment') found.push(child);
  }
  return found;
}

/** Returns the children of a node between its brackets. */
export const inner = (node: SyntaxNode): SyntaxNode[] => children(node).slice(1, -1);

/** Checks whether nodes of this name are expressions. */
export function isExpression(name: string): boolean {
  return /Expression$|String$|^(?:VariableName|PropertyName|Number|Boolean|None|Ellipsis|self)$/.test(name);
}

/** Splits nodes at those of a name. Empty groups are left out, unless `keepsEmpty`. */
export function splitAt(nodes: readonly SyntaxNode[], separator: string, keepsEmpty = false): SyntaxNode[][] {
  const groups: SyntaxNode[][] = [[]];
  for (const node of nodes) {
    if (node.name === separator) groups.push([]);
    else groups.at(-1)?.push(node);
  }
  return keepsEmpty ? groups : groups.filter(({ length }) => length > 0);
}
