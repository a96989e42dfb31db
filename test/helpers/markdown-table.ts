const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

/** Returns a Markdown table. A `|` in a cell is escaped. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const escaped = rows.map((cells) => cells.map((cell) => cell.replaceAll('|', String.raw`\|`)));
  return [row(head), row(head.map(() => '---')), ...escaped.map(row)].join('\n');
}
