/** A JSON document with the lines its values stand in. */
export type JsonLines = {
  readonly value: unknown;
  /** Line, from 1, of what lies at a path; of the nearest thing above it where there is nothing. */
  readonly lineOf: (path: readonly (string | number)[]) => number;
};

/** Why a text is no document that we read, and where. */
export type JsonProblem = { readonly problem: string; readonly line: number };

/** Levels of nesting, and values in one list or object. */
export type Bounds = { readonly maxDepth: number; readonly longest: number };

/** An object or a list that is being read. */
type Open = { readonly path: string; readonly keys: Set<string> | undefined; key: string; index: number };

/**
 * Parses JSON and remembers lines. A key said twice and what goes past the bounds are problems. Linear, without
 * recursion: a text of brackets alone costs no stack.
 */
export function scanJson(text: string, bounds: Bounds): JsonLines | JsonProblem {
  const lines = new Map<string, number>();
  const problem = scan(text, bounds, lines);
  if (problem !== undefined) return problem;
  try {
    return { value: JSON.parse(text), lineOf: (path) => findLine(path, lines) };
  } catch (error) {
    return syntaxProblem(text, error as Error);
  }
}

function findLine(path: readonly (string | number)[], lines: ReadonlyMap<string, number>): number {
  for (let length = path.length; length >= 0; length -= 1) {
    const line = lines.get(pointer(path.slice(0, length)));
    if (line !== undefined) return line;
  }
  return 1;
}

const pointer = (path: readonly (string | number)[]): string => path.map((key) => `/${key}`).join('');

/** Strings, brackets, commas, colons, line ends: everything else of a value is of no interest here. */
const token = /"(?:[^"\\\n]|\\.)*"|[{}[\],:\n]|[^\s{}[\],:"]+/g;

/** Notes the line of every key and element. Broken text is let be: JSON.parse says what is wrong with it. */
function scan(text: string, { maxDepth, longest }: Bounds, lines: Map<string, number>): JsonProblem | undefined {
  const open: Open[] = [];
  let line = 1;
  let expectsKey = false;
  for (const [found] of text.matchAll(token)) {
    const inside = open.at(-1);
    if (found === '\n') line += 1;
    else if (found === '{' || found === '[') {
      const path = pathOf(inside);
      lines.set(path, lines.get(path) ?? line);
      open.push({ path, keys: found === '{' ? new Set() : undefined, key: '', index: 0 });
      if (open.length > maxDepth) return { problem: `nests deeper than ${maxDepth} levels`, line };
      expectsKey = found === '{';
    } else if (found === '}' || found === ']') {
      open.pop();
      expectsKey = false;
    } else if (found === ',') {
      if (inside !== undefined) inside.index += 1;
      if (inside !== undefined && inside.index >= longest)
        return { problem: `lists more than ${longest} values`, line };
      expectsKey = inside?.keys !== undefined;
    } else if (found === ':') expectsKey = false;
    else if (expectsKey && inside?.keys !== undefined && found.startsWith('"')) {
      inside.key = readKey(found);
      if (inside.keys.has(inside.key)) return { problem: `\`${inside.key.slice(0, 100)}\` is said twice`, line };
      inside.keys.add(inside.key);
      lines.set(pathOf(inside), line);
    } else lines.set(pathOf(inside), lines.get(pathOf(inside)) ?? line);
  }
  return undefined;
}

function pathOf(inside: Open | undefined): string {
  if (inside === undefined) return '';
  return `${inside.path}/${inside.keys === undefined ? inside.index : inside.key}`;
}

function readKey(quoted: string): string {
  try {
    return String(JSON.parse(quoted));
  } catch {
    return quoted;
  }
}

/** V8 says where by position, or by a snippet alone, or not at all when the text ends too soon. */
function syntaxProblem(text: string, { message }: Error): JsonProblem {
  const position = /at position (\d+)/.exec(message)?.[1];
  const at = position === undefined ? findUnexpected(text) : Number(position);
  const line = text.slice(0, at).split('\n').length;
  const [words = ''] = message.split(/ in JSON| at position|, "|, \.\.\./, 1);
  return { problem: `it is not JSON: ${words.slice(0, 120)}`, line };
}

/** Length of the text up to the first token that cannot stand where it stands: found by halving. */
function findUnexpected(text: string): number {
  let [good, bad] = [0, text.length];
  while (good + 1 < bad) {
    const middle = (good + bad) >> 1;
    if (isUnexpected(text.slice(0, middle))) bad = middle;
    else good = middle;
  }
  return isUnexpected(text.slice(0, bad)) ? good : text.length;
}

function isUnexpected(text: string): boolean {
  try {
    JSON.parse(text);
    return false;
  } catch (error) {
    return (error as Error).message.startsWith('Unexpected token');
  }
}
