/** One command of a transcript, and its expected output. */
type TranscriptCommand = { readonly command: string; readonly expected: readonly string[]; readonly line: number };

/** Reads `$ command` lines, each with the output that follows. Lines that begin with `#` are comments. */
export function readTranscript(text: string): TranscriptCommand[] {
  const commands: { command: string; expected: string[]; line: number }[] = [];
  for (const [at, line] of text.split('\n').entries()) {
    if (line.startsWith('#')) continue;
    if (line.startsWith('$ ')) commands.push({ command: line.slice(2), expected: [], line: at + 1 });
    else commands.at(-1)?.expected.push(line);
  }
  return commands.map((command) => ({ ...command, expected: withoutBlankEnd(command.expected) }));
}

/**
 * Describes how the output differs from the expected lines, or returns undefined if it matches. `[..]` matches any text
 * in a line, also with an example in it (`[..1.9 s]`), and `...` matches any lines.
 */
export function difference(expected: readonly string[], output: string): string | undefined {
  const lines = withoutBlankEnd(output.split('\n'));
  const found = match(expected, lines);
  if (found === expected.length) return undefined;
  return `line ${found + 1} is missing: ${expected[found] ?? '(the end)'}\n--- output\n${lines.join('\n')}`;
}

/** Returns how many of the expected lines match. */
function match(expected: readonly string[], lines: readonly string[]): number {
  let furthest = 0;
  const matchesFrom = (expectedAt: number, lineAt: number): boolean => {
    furthest = Math.max(furthest, expectedAt);
    const pattern = expected[expectedAt];
    if (pattern === undefined) return lineAt === lines.length;
    if (pattern === '...') {
      return matchesFrom(expectedAt + 1, lineAt) || (lineAt < lines.length && matchesFrom(expectedAt, lineAt + 1));
    }
    return (
      lineAt < lines.length && matchesLine(pattern, lines[lineAt] ?? '') && matchesFrom(expectedAt + 1, lineAt + 1)
    );
  };
  return matchesFrom(0, 0) ? expected.length : Math.min(furthest, expected.length - 1);
}

const anyText = /\[\.\.([^\]]*)\]/g;

function matchesLine(pattern: string, line: string): boolean {
  const parts = pattern.trimEnd().replace(anyText, '[..]').split('[..]');
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
    .map(shownLine)
    .join('\n');
}

/** A line of a transcript as documents show it. */
export function shownLine(line: string): string {
  return line === '...' ? '…' : line.replace(anyText, (_, example: string) => example || '…');
}

function withoutBlankEnd(lines: readonly string[]): string[] {
  const end = lines.findLastIndex((line) => line.trim() !== '');
  return lines.slice(0, end + 1);
}
