/** One command of a transcript, and what was seen after it. */
export type Scene = { readonly command: string; readonly expected: readonly string[]; readonly line: number };

/** Reads `$ command` lines, each with the output that follows; lines that begin with `#` speak to the reader. */
export function readTranscript(text: string): Scene[] {
  const scenes: { command: string; expected: string[]; line: number }[] = [];
  for (const [at, line] of text.split('\n').entries()) {
    if (line.startsWith('#')) continue;
    if (line.startsWith('$ ')) scenes.push({ command: line.slice(2), expected: [], line: at + 1 });
    else scenes.at(-1)?.expected.push(line);
  }
  return scenes.map((scene) => ({ ...scene, expected: withoutBlankEnd(scene.expected) }));
}

/**
 * Why the output is not what the scene expects; undefined when it is. `[..]`: anything in a line, also written with an
 * example, `[..1.9 s]`; `...`: any lines.
 */
export function difference(expected: readonly string[], output: string): string | undefined {
  const lines = withoutBlankEnd(output.split('\n'));
  const found = match(expected, lines);
  if (found === expected.length) return undefined;
  return `line ${found + 1} is not there: ${expected[found] ?? '(the end)'}\n--- seen\n${lines.join('\n')}`;
}

/** How many expected lines fit: all of them when everything does. */
function match(expected: readonly string[], lines: readonly string[]): number {
  let furthest = 0;
  const fits = (want: number, have: number): boolean => {
    furthest = Math.max(furthest, want);
    if (want === expected.length) return have === lines.length;
    if (expected[want] === '...') return fits(want + 1, have) || (have < lines.length && fits(want, have + 1));
    return have < lines.length && lineFits(expected[want] ?? '', lines[have] ?? '') && fits(want + 1, have + 1);
  };
  return fits(0, 0) ? expected.length : Math.min(furthest, expected.length - 1);
}

const anything = /\[\.\.([^\]]*)\]/g;

function lineFits(pattern: string, line: string): boolean {
  const parts = pattern.trimEnd().replace(anything, '[..]').split('[..]');
  const text = line.trimEnd();
  let at = 0;
  for (const [index, part] of parts.entries()) {
    const found = index === 0 ? (text.startsWith(part) ? 0 : -1) : text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return at === text.length || parts.at(-1) === '' || text.endsWith(parts.at(-1) ?? '');
}

/** A transcript as documents show it: examples in place of what may differ, and no remarks. */
export function shownTranscript(text: string): string {
  return readTranscript(text)
    .flatMap(({ command, expected }) => [`$ ${command}`, ...expected])
    .map((line) => (line === '...' ? '…' : line.replace(anything, (_, example: string) => example || '…')))
    .join('\n');
}

function withoutBlankEnd(lines: readonly string[]): string[] {
  const end = lines.findLastIndex((line) => line.trim() !== '');
  return lines.slice(0, end + 1);
}
