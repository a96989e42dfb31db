const quote = 34;
const comma = 44;
const colon = 58;
const backslash = 92;
const [openBracket, closeBracket, openBrace, closeBrace] = [91, 93, 123, 125];

/** A JSON object whose member `files` is an array: the object with that array empty, and the texts of its elements. */
type SplitObject = { readonly rest: string; readonly entries: Iterable<string> };

/**
 * Finds the elements of `files` in the text of a JSON object, so that each is parsed by itself: `JSON.parse` on a large
 * page needs many times its memory, and can't be interrupted. Returns undefined if there is no such array, or several. It
 * checks no syntax: the parsers of the parts do.
 */
export function splitFiles(text: string): SplitObject | undefined {
  let found: { readonly start: number; readonly end: number } | undefined;
  let at = skipBlanks(text, 0);
  if (text.charCodeAt(at) !== openBrace) return undefined;
  for (at = skipBlanks(text, at + 1); text.charCodeAt(at) === quote; at = skipBlanks(text, at + 1)) {
    const keyEnd = endOfString(text, at);
    const key = text.slice(at, keyEnd);
    at = skipBlanks(text, keyEnd);
    if (text.charCodeAt(at) !== colon) return undefined;
    const start = skipBlanks(text, at + 1);
    const end = endOfValue(text, start);
    // An escaped spelling of the key is unusual, and is left to a parser of the whole.
    if (key.includes('\\')) return undefined;
    if (key === '"files"') {
      if (found !== undefined || text.charCodeAt(start) !== openBracket) return undefined;
      found = { start, end };
    }
    at = skipBlanks(text, end);
    if (text.charCodeAt(at) !== comma) break;
  }
  if (found === undefined) return undefined;
  const rest = `${text.slice(0, found.start)}[]${text.slice(found.end)}`;
  return { rest, entries: elements(text, found) };
}

/** Returns the texts of the elements of an array. If a comma is missing, the rest of the text is the last element. */
function* elements(text: string, { start, end }: { readonly start: number; readonly end: number }): Generator<string> {
  let at = skipBlanks(text, start + 1);
  if (at === end - 1) return;
  for (;;) {
    const next = endOfValue(text, at);
    yield text.slice(at, next);
    at = skipBlanks(text, next);
    if (text.charCodeAt(at) !== comma || at >= end) break;
    at = skipBlanks(text, at + 1);
  }
  if (at !== end - 1) yield text.slice(at, end);
}

/** Returns the position after the value at a position; the end of the text if the value is not complete. */
function endOfValue(text: string, start: number): number {
  let depth = 0;
  for (let at = start; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === quote) {
      at = endOfString(text, at) - 1;
      if (depth === 0) return at + 1;
    } else if (code === openBrace || code === openBracket) depth += 1;
    else if (code === closeBrace || code === closeBracket) {
      if (depth === 0) return at;
      depth -= 1;
      if (depth === 0) return at + 1;
    } else if (code === comma && depth === 0) return at;
  }
  return text.length;
}

/** Returns the position after the string that begins at a position. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (text.charCodeAt(end - 1 - backslashes) === backslash) backslashes += 1;
    if (backslashes % 2 === 0) return end + 1;
  }
  return text.length;
}

function skipBlanks(text: string, start: number): number {
  let at = start;
  while (at < text.length && ' \t\r\n'.includes(text.charAt(at))) at += 1;
  return at;
}
