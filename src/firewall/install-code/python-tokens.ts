/** A token of Python source, at the level of detail that the analysis needs. */
export type Token = {
  readonly kind: 'name' | 'string' | 'mark' | 'line';
  /** A dotted name (`os.path.join`), a string's contents, or one character. */
  readonly text: string;
};

const nameStart = /[\p{L}_]/u;
const dottedName = /[\p{L}_][\p{L}\p{N}_]*(?:\s?\.\s?[\p{L}_][\p{L}\p{N}_]*)*/uy;
const whitespace = /(?:[ \t\f\r]|\\\r?\n)+/y;
const comment = /#[^\n]*/y;

/**
 * Splits Python source into names, strings, marks and line ends, without comments. It runs in linear time and accepts any
 * text: an unknown character is a mark.
 */
export function* pythonTokens(source: string): Generator<Token> {
  let position = 0;
  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = position;
    return pattern.exec(source)?.[0];
  };
  while (position < source.length) {
    const skipped = match(whitespace) ?? match(comment);
    if (skipped !== undefined) {
      position += skipped.length;
      continue;
    }
    const string = readString(source, position);
    if (string !== undefined) {
      yield { kind: 'string', text: string.text };
      position = string.end;
      continue;
    }
    const name = nameStart.test(source[position] ?? '') ? match(dottedName) : undefined;
    if (name !== undefined) {
      // Python normalises identifiers, so that `ｅxec` is `exec` (PEP 3131).
      yield { kind: 'name', text: name.replace(/\s/g, '').normalize('NFKC') };
      position += name.length;
      continue;
    }
    const mark = source[position] ?? '';
    yield mark === '\n' || mark === ';' ? { kind: 'line', text: mark } : { kind: 'mark', text: mark };
    position += 1;
  }
}

const stringStart = /(?:[bruf]|br|rb|fr|rf)?("""|'''|"|')/iy;

function readString(source: string, offset: number): { text: string; end: number } | undefined {
  stringStart.lastIndex = offset;
  const match = stringStart.exec(source);
  const quote = match?.[1];
  if (match === null || quote === undefined) return undefined;
  const start = offset + match[0].length;
  for (let position = start; position < source.length; position += 1) {
    const character = source[position];
    if (character === '\\') position += 1;
    else if (quote.length === 1 && character === '\n') return { text: source.slice(start, position), end: position };
    else if (source.startsWith(quote, position))
      return { text: source.slice(start, position), end: position + quote.length };
  }
  return { text: source.slice(start), end: source.length };
}
