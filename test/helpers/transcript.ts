/** One command of a transcript, and its expected output. */
export type Scene = { readonly command: string; readonly expected: readonly string[]; readonly line: number };

/** Reads `$ command` lines, each with the output that follows. Lines that begin with `#` are comments. */
export function readTranscript(text: string): Scene[] {
  const scenes: { command: string; expected: string[]; line: number }[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (line.startsWith('#')) continue;
    if (line.startsWith('$ ')) scenes.push({ command: line.slice(2), expected: [], line: index + 1 });
    else scenes.at(-1)?.expected.push(line);
  }
  return scenes.map((scene) => ({ ...scene, expected: withoutBlankEnd(scene.expected) }));
}

/**
 * Returns how the output differs from the expected lines; undefined if it does not. `[..]` matches any text in a line,
 * and may hold an example: `[..1.9 s]`. `...` matches any lines.
 */
export function difference(expected: readonly string[], output: string): string | undefined {
  const lines = withoutBlankEnd(output.split('\n'));
  const matched = matchedLines(expected, lines);
  if (matched === expected.length) return undefined;
  return `line ${matched + 1} is missing: ${expected[matched] ?? '(the end)'}\n--- output\n${lines.join('\n')}`;
}

/** Returns how many expected lines match; all of them if the whole output matches. */
function matchedLines(expected: readonly string[], lines: readonly string[]): number {
  let furthest = 0;
  const matches = (expectedIndex: number, lineIndex: number): boolean => {
    furthest = Math.max(furthest, expectedIndex);
    if (expectedIndex === expected.length) return lineIndex === lines.length;
    if (expected[expectedIndex] === '...') {
      return (
        matches(expectedIndex + 1, lineIndex) || (lineIndex < lines.length && matches(expectedIndex, lineIndex + 1))
      );
    }
    return (
      lineIndex < lines.length &&
      lineMatches(expected[expectedIndex] ?? '', lines[lineIndex] ?? '') &&
      matches(expectedIndex + 1, lineIndex + 1)
    );
  };
  return matches(0, 0) ? expected.length : Math.min(furthest, expected.length - 1);
}

const wildcard = /\[\.\.([^\]]*)\]/g;

function lineMatches(pattern: string, line: string): boolean {
  const parts = pattern.trimEnd().replace(wildcard, '[..]').split('[..]');
  const text = line.trimEnd();
  let position = 0;
  for (const [index, part] of parts.entries()) {
    const found = index === 0 ? (text.startsWith(part) ? 0 : -1) : text.indexOf(part, position);
    if (found < 0) return false;
    position = found + part.length;
  }
  return position === text.length || parts.at(-1) === '' || text.endsWith(parts.at(-1) ?? '');
}

/** Returns a transcript as documents show it: with examples in place of wildcards, and without comments. */
export function shownTranscript(text: string): string {
  return readTranscript(text)
    .flatMap(({ command, expected }) => [`$ ${command}`, ...expected])
    .map((line) => (line === '...' ? '…' : line.replace(wildcard, (_, example: string) => example || '…')))
    .join('\n');
}

function withoutBlankEnd(lines: readonly string[]): string[] {
  const end = lines.findLastIndex((line) => line.trim() !== '');
  return lines.slice(0, end + 1);
}
