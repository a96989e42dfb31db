const simpleEscapes: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  a: '\u0007',
  b: '\b',
  f: '\f',
  v: '\v',
  '\n': '',
  '\\': '\\',
  "'": "'",
  '"': '"',
};

/** A string or bytes literal. The characters of bytes have codes below 256. */
export type StringLiteral = { readonly text: string; readonly isBytes: boolean };

/** Returns the value of a string literal with its prefix and quotes. */
export function readStringLiteral(source: string): StringLiteral {
  const match = /^([a-z]*)("""|'''|"|')/i.exec(source);
  if (match === null) return { text: '', isBytes: false };
  const [opening, prefix = '', quote = ''] = match;
  const end = source.endsWith(quote) && source.length >= opening.length + quote.length ? -quote.length : undefined;
  const body = source.slice(opening.length, end);
  const isBytes = /b/i.test(prefix);
  return { text: /r/i.test(prefix) ? body : replaceEscapes(body, isBytes), isBytes };
}

/** Replaces escape sequences (https://docs.python.org/3/reference/lexical_analysis.html#escape-sequences). */
export function replaceEscapes(text: string, isBytes: boolean): string {
  if (!text.includes('\\')) return text;
  return text.replace(
    /\\(?:x([0-9a-f]{2})|([0-7]{1,3})|u([0-9a-f]{4})|U([0-9a-f]{8})|N\{([^}]*)\}|([\s\S]))/gi,
    (whole, hex?: string, octal?: string, short?: string, long?: string, name?: string, other?: string) => {
      // The flag `i` lets `\X41` match as well, which is no escape.
      if (hex !== undefined) return whole[1] === 'x' ? String.fromCharCode(Number.parseInt(hex, 16)) : whole;
      if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8));
      if (isBytes && (short ?? long ?? name) !== undefined) return whole;
      const code = whole[1] === 'u' ? short : whole[1] === 'U' ? long : undefined;
      if (code !== undefined) {
        const point = Number.parseInt(code, 16);
        return point <= 0x10ffff ? String.fromCodePoint(point) : whole;
      }
      if (name !== undefined) return namedCharacter(name) ?? '\ufffc';
      return simpleEscapes[other ?? ''] ?? whole;
    },
  );
}

/** Returns a letter by its Unicode name. Other names stand for a character that no code needs. */
function namedCharacter(name: string): string | undefined {
  const letter = /^LATIN (SMALL|CAPITAL) LETTER ([A-Z])$/i.exec(name);
  if (letter?.[2] === undefined) return undefined;
  return /small/i.test(letter[1] ?? '') ? letter[2].toLowerCase() : letter[2].toUpperCase();
}

/** Returns the value of a number literal. */
export function readNumber(text: string): number {
  const digits = text.replaceAll('_', '').toLowerCase();
  return /^0[xob]/.test(digits) ? Number(digits) : Number.parseFloat(digits);
}
