/** A piece of Python source as far as we look at it. */
export type Token = {
  readonly kind: 'name' | 'string' | 'mark' | 'line';
  /** A dotted name (`os.path.join`), a string's contents, or one character. */
  readonly text: string;
};

const wordStart = /[\p{L}_]/u;
const dotted = /[\p{L}_][\p{L}\p{N}_]*(?:\s?\.\s?[\p{L}_][\p{L}\p{N}_]*)*/uy;
const plainRun = /(?:[ \t\f\r]|\\\r?\n)+/y;
const comment = /#[^\n]*/y;

/**
 * Cuts Python source into names, strings and marks. Comments are dropped; strings never become names. Linear: what
 * cannot be understood is a mark and the reading goes on.
 */
export function* pythonTokens(source: string): Generator<Token> {
  let at = 0;
  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    return pattern.exec(source)?.[0];
  };
  while (at < source.length) {
    const skipped = match(plainRun) ?? match(comment);
    if (skipped !== undefined) {
      at += skipped.length;
      continue;
    }
    const string = readString(source, at);
    if (string !== undefined) {
      yield { kind: 'string', text: string.text };
      at = string.end;
      continue;
    }
    const name = wordStart.test(source[at] ?? '') ? match(dotted) : undefined;
    if (name !== undefined) {
      // Python reads `ｅxec` as `exec` (PEP 3131).
      yield { kind: 'name', text: name.replace(/\s/g, '').normalize('NFKC') };
      at += name.length;
      continue;
    }
    const mark = source[at] ?? '';
    yield mark === '\n' || mark === ';' ? { kind: 'line', text: mark } : { kind: 'mark', text: mark };
    at += 1;
  }
}

const prefix = /(?:[bruf]|br|rb|fr|rf)?("""|'''|"|')/iy;

function readString(source: string, at: number): { text: string; end: number } | undefined {
  prefix.lastIndex = at;
  const found = prefix.exec(source);
  const quote = found?.[1];
  if (found === null || quote === undefined) return undefined;
  const start = at + found[0].length;
  for (let position = start; position < source.length; position += 1) {
    const character = source[position];
    if (character === '\\') position += 1;
    else if (quote.length === 1 && character === '\n') return { text: source.slice(start, position), end: position };
    else if (source.startsWith(quote, position))
      return { text: source.slice(start, position), end: position + quote.length };
  }
  return { text: source.slice(start), end: source.length };
}
