import { stripVTControlCharacters } from 'node:util';

/**
 * Breaks text into lines of at most `width` columns, between words. The first line keeps its indentation, and later
 * lines start with `indent`. A word that is longer than a line stays whole, so that it can be copied.
 */
export function wrap(text: string, width: number, indent = ''): string {
  const words = text.trimStart().split(' ');
  const lines: string[] = [];
  let line = text.slice(0, text.length - text.trimStart().length);
  let hasWord = false;
  for (const word of words) {
    if (hasWord && visibleLength(`${line} ${word}`) > width) {
      lines.push(line.trimEnd());
      line = indent;
      hasWord = false;
    }
    line = hasWord ? `${line} ${word}` : `${line}${word}`;
    hasWord ||= word !== '';
  }
  return [...lines, line].join('\n');
}

/** Returns the number of characters that a terminal shows. Style codes do not count. */
function visibleLength(text: string): number {
  return [...stripVTControlCharacters(text)].length;
}
