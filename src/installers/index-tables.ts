type Part = { readonly isIndex: boolean; readonly lines: readonly string[] };

const indexTable = /^(?:# )?\[\[tool\.uv\.index\]\]/;
/** Where a table ends: at the next one, or at the end of a script's own block. */
const nextTable = /^(?:# )?\[|^# \/\/\/\s*$/;
const blank = /^#?\s*$/;

/**
 * A project file or script as `uv add` left it, but with the index tables it had before: uv writes down the index it
 * was led to, in place of the project's default one, and that was nobody's choice.
 */
export function withIndexTablesOf(before: string, after: string, indexUrl: string): string {
  const kept = partsOf(before).filter(({ isIndex }) => isIndex);
  const parts = partsOf(after);
  const tables = parts.filter(({ isIndex }) => isIndex);
  const written = tables.filter(({ lines }) => lines.some((line) => line.includes(indexUrl)));
  if (written.length === 0) return after;
  const added = new Set(written.slice(0, Math.max(0, tables.length - kept.length)));
  const positions = tables.filter((table) => !added.has(table));
  return parts
    .flatMap((part, at) => {
      if (added.has(part)) return [];
      const position = positions.indexOf(part);
      if (position >= 0) return (kept[position] ?? part).lines;
      const next = parts[at + 1];
      return next !== undefined && added.has(next) ? withoutBlankEnd(part.lines) : part.lines;
    })
    .join('\n');
}

/** Index tables and what lies between them; blank lines behind a table are not the table's. */
function partsOf(text: string): Part[] {
  const parts: { isIndex: boolean; lines: string[] }[] = [{ isIndex: false, lines: [] }];
  for (const line of text.split('\n')) {
    const last = parts.at(-1);
    if (indexTable.test(line)) parts.push({ isIndex: true, lines: [line] });
    else if (last?.isIndex && (nextTable.test(line) || blank.test(line))) parts.push({ isIndex: false, lines: [line] });
    else last?.lines.push(line);
  }
  return parts;
}

function withoutBlankEnd(lines: readonly string[]): readonly string[] {
  return lines.slice(0, lines.findLastIndex((line) => !blank.test(line)) + 1);
}
