import { isSpace, splitLines, strip } from './python-text.ts';

/** One line of a requirements file as pip sees it: joined, without comment, with variables replaced. */
export type LogicalLine = {
  readonly line: number;
  readonly text: string;
  /** Variables on the line, replaced or not. */
  readonly variables: readonly string[];
};

type JoinedLine = Pick<LogicalLine, 'line' | 'text'>;

const lineFeed = 0x0a;
const boms: readonly (readonly [readonly number[], string])[] = [
  [[0xef, 0xbb, 0xbf], 'utf-8'],
  [[0xff, 0xfe], 'utf-16le'],
  [[0xfe, 0xff], 'utf-16be'],
];
const utf32 = [
  [0xff, 0xfe, 0, 0],
  [0, 0, 0xfe, 0xff],
];
/** Python's names of encodings, with `-` as punctuation. */
const utf8Names = new Set(['utf-8', 'utf8', 'u8', 'utf-8-sig', 'ascii', 'us-ascii']);
const latin1Names = new Set(['latin-1', 'latin1', 'latin', 'iso-8859-1', 'iso8859-1', 'l1', '8859', 'cp819']);

/**
 * Decodes a requirements file: by its byte order mark, otherwise by the `coding:` comment in its first two lines (PEP
 * 263), otherwise as UTF-8. Falls back to Latin-1, so that ASCII stays readable.
 *
 * Undefined where versions of pip differ. Some read UTF-32 as UTF-16. A second byte order mark swaps the bytes. Some
 * encodings change ASCII (`utf-7`, `unicode_escape`).
 */
export function decodeRequirements(bytes: Uint8Array): string | undefined {
  if (utf32.some((mark) => startsWith(bytes, mark))) return undefined;
  for (const [mark, encoding] of boms) {
    if (!startsWith(bytes, mark)) continue;
    const rest = bytes.subarray(mark.length);
    const isSwapped = encoding === 'utf-16le' && boms.some(([second]) => startsWith(rest, second));
    return isSwapped ? undefined : decode(rest, encoding);
  }
  const declared = declaredEncoding(bytes);
  if (declared === undefined || utf8Names.has(declared)) return decode(bytes, 'utf-8');
  return latin1Names.has(declared) ? Buffer.from(bytes).toString('latin1') : undefined;
}

/** Returns the declared encoding of a requirements file, by a Python name. */
export function declaredEncoding(bytes: Uint8Array): string | undefined {
  const first = bytes.indexOf(lineFeed);
  const second = first < 0 ? -1 : bytes.indexOf(lineFeed, first + 1);
  const start = Buffer.from(second < 0 ? bytes : bytes.subarray(0, second)).toString('latin1');
  for (const line of start.split('\n').slice(0, 2)) {
    const declared = line.startsWith('#') ? /coding[:=][ \t\r\f\v]*([-\w.]+)/.exec(line)?.[1] : undefined;
    if (declared !== undefined) return declared.toLowerCase().replace(/[-_]+/g, '-');
  }
  return undefined;
}

function startsWith(bytes: Uint8Array, mark: readonly number[]): boolean {
  return mark.every((byte, index) => bytes[index] === byte);
}

function decode(bytes: Uint8Array, encoding: string): string {
  try {
    return new TextDecoder(encoding, { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return Buffer.from(bytes).toString('latin1');
  }
}

/**
 * Returns the logical lines of a file as pip does: continuations joined, comments and blank lines removed, `${NAME}`
 * replaced.
 *
 * @throws {ExcessiveExpansion}
 */
export function logicalLines(text: string, variables: Readonly<Record<string, string | undefined>>): LogicalLine[] {
  return joinLines(splitLines(text))
    .map(({ line, text: joined }) => ({ line, text: strip(withoutComment(joined)) }))
    .filter((line) => line.text !== '')
    .map(({ line, text }) => {
      const names = [...text.matchAll(/\$\{([A-Z0-9_]+)\}/g)].map(([, name = '']) => name);
      return { line, text: replaceVariables(text, names, variables), variables: [...new Set(names)] };
    });
}

/**
 * Joins continued lines. A joined line has the number of its first line. A comment ends a continuation and stays a
 * comment.
 */
function joinLines(lines: readonly string[]): JoinedLine[] {
  const joined: JoinedLine[] = [];
  let parts: string[] = [];
  let first = 0;
  for (const [index, line] of lines.entries()) {
    const comment = strip(line).startsWith('#');
    if (parts.length === 0) first = index + 1;
    if (line.endsWith('\\') && !comment) {
      parts.push(withoutOuterBackslashes(line));
    } else {
      joined.push({ line: first, text: parts.join('') + (comment ? ` ${line}` : line) });
      parts = [];
    }
  }
  return parts.length === 0 ? joined : [...joined, { line: first, text: parts.join('') }];
}

function withoutOuterBackslashes(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && text[start] === '\\') start += 1;
  while (end > start && text[end - 1] === '\\') end -= 1;
  return text.slice(start, end);
}

/** Removes a comment: from the first `#` at the start or after whitespace. The one in `url#egg=x` stays. */
function withoutComment(text: string): string {
  for (let position = text.indexOf('#'); position >= 0; position = text.indexOf('#', position + 1)) {
    if (position === 0 || isSpace(text[position - 1])) return text.slice(0, position);
  }
  return text;
}

/** A line with variables becomes at most this long, and so does the work for it. */
const maxExpandedLength = 1024 * 1024;
const maxExpansionWork = 16 * maxExpandedLength;

/** Thrown for a line that its variables make too long, because their values name variables again. */
export class ExcessiveExpansion extends Error {
  override readonly name = 'ExcessiveExpansion';
}

/**
 * Replaces variables. Unset and empty ones stay as written. Like pip, it replaces a name again for each time that the
 * line has it, which matters only if a value names a variable.
 *
 * @throws {ExcessiveExpansion} when the line becomes longer than 1 MiB.
 */
function replaceVariables(
  text: string,
  names: readonly string[],
  variables: Readonly<Record<string, string | undefined>>,
): string {
  const lookUp = (name: string) => (Object.hasOwn(variables, name) ? variables[name] : undefined);
  const unique = [...new Set(names)].filter((name) => lookUp(name));
  const isNested = unique.some((name) => /\$\{/.test(lookUp(name) ?? ''));
  let replaced = text;
  let work = 0;
  for (const name of isNested ? names : unique) {
    const value = lookUp(name);
    if (!value) continue;
    const count = replaced.split(`$\{${name}}`).length - 1;
    const length = replaced.length + count * value.length;
    work += length;
    if (count > 0 && (length > maxExpandedLength || work > maxExpansionWork)) throw new ExcessiveExpansion(name);
    replaced = replaced.replaceAll(`$\{${name}}`, () => value);
  }
  return replaced;
}
