type Part = { readonly isIndex: boolean; readonly lines: readonly string[] };

const indexTable = /^(?:# )?\[\[tool\.uv\.index\]\]/;
/** The end of a table: the next table, or the end of the metadata block of a script. */
const nextTable = /^(?:# )?\[|^# \/\/\/\s*$/;
const blank = /^#?\s*$/;

/**
 * Returns a project file or script that `uv add` changed, with its original index tables. uv writes the relay's index
 * over the project's default index.
 */
export function restoreIndexTables(before: string, after: string, indexUrl: string): string {
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

/** Splits a file into index tables and the text between them. Blank lines after a table do not belong to it. */
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
