/** The whitespace of Python's `str.isspace`, `strip` and `\s`. JavaScript's whitespace differs in six characters. */
const whitespace = new Set(
  '\t\n\v\f\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000',
);
const lineEnds = '\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029';
const lineEnd = new RegExp(`\r\n|[${lineEnds}]`);

/** Checks whether a character is whitespace in Python. */
export function isSpace(character: string | undefined): boolean {
  return character !== undefined && whitespace.has(character);
}

/** Trims a text as Python's `str.strip()` does. */
export function strip(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isSpace(text[start])) start += 1;
  while (end > start && isSpace(text[end - 1])) end -= 1;
  return text.slice(start, end);
}

/**
 * Splits a text as Python's `str.splitlines()` does: form feeds and Unicode separators end a line too, and a final line
 * end adds no line.
 */
export function splitLines(text: string): string[] {
  const lines = text.split(lineEnd);
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

/**
 * Splits a text as Python's `shlex.split` does in POSIX mode. Only space, tab and line ends separate words. Undefined
 * for an unclosed quote or a trailing escape.
 */
export function shlexSplit(text: string): string[] | undefined {
  const arguments_: string[] = [];
  let argument: string | undefined;
  let quote = '';
  for (let index = 0; index < text.length; index += 1) {
    const character = text[index] as string;
    if (quote === "'" || (quote === '"' && character !== '\\')) {
      if (character === quote) quote = '';
      else argument += character;
    } else if (character === '\\') {
      index += 1;
      const escaped = text[index];
      if (escaped === undefined) return undefined;
      const keepsBackslash = quote !== '' && escaped !== '\\' && escaped !== quote;
      argument = (argument ?? '') + (keepsBackslash ? '\\' : '') + escaped;
    } else if (character === '"' || character === "'") {
      quote = character;
      argument ??= '';
    } else if (' \t\r\n'.includes(character)) {
      if (argument !== undefined) arguments_.push(argument);
      argument = undefined;
    } else argument = (argument ?? '') + character;
  }
  if (quote !== '') return undefined;
  return argument === undefined ? arguments_ : [...arguments_, argument];
}
