/** A parsed JSON document with the line numbers of its values. */
export type JsonLines = {
  readonly value: unknown;
  /** Returns the line number, from 1, of the value at a path, or of its nearest existing ancestor. */
  readonly lineOf: (path: readonly (string | number)[]) => number;
};

/** Why a text was rejected, and in which line. */
type JsonProblem = { readonly problem: string; readonly line: number };

/** The maximum nesting depth, and the maximum number of values in one array or object. */
type JsonLimits = { readonly maxDepth: number; readonly maxValues: number };

/** An object or array whose end has not been reached. */
type Container = { readonly path: string; readonly keys: Set<string> | undefined; key: string; index: number };

/**
 * Parses JSON and records line numbers. Duplicate keys and values beyond the limits are problems. It runs in linear time
 * without recursion, so that deep nesting cannot overflow the stack.
 */
export function parseJsonWithLines(text: string, limits: JsonLimits): JsonLines | JsonProblem {
  const lines = new Map<string, number>();
  const problem = scan(text, limits, lines);
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

/** Matches strings, punctuation, line ends and other values. Only their positions matter here. */
const tokenPattern = /"(?:[^"\\\n]|\\.)*"|[{}[\],:\n]|[^\s{}[\],:"]+/g;

/** Records the line of every key and element. Syntax errors are ignored here, because JSON.parse reports them. */
function scan(text: string, { maxDepth, maxValues }: JsonLimits, lines: Map<string, number>): JsonProblem | undefined {
  const containers: Container[] = [];
  let line = 1;
  let expectsKey = false;
  for (const [token] of text.matchAll(tokenPattern)) {
    const current = containers.at(-1);
    if (token === '\n') line += 1;
    else if (token === '{' || token === '[') {
      const path = pathOf(current);
      lines.set(path, lines.get(path) ?? line);
      containers.push({ path, keys: token === '{' ? new Set() : undefined, key: '', index: 0 });
      if (containers.length > maxDepth) return { problem: `more than ${maxDepth} levels of nesting`, line };
      expectsKey = token === '{';
    } else if (token === '}' || token === ']') {
      containers.pop();
      expectsKey = false;
    } else if (token === ',') {
      if (current !== undefined) current.index += 1;
      if (current !== undefined && current.index >= maxValues) {
        return { problem: `more than ${maxValues} values in one list or object`, line };
      }
      expectsKey = current?.keys !== undefined;
    } else if (token === ':') expectsKey = false;
    else if (expectsKey && current?.keys !== undefined && token.startsWith('"')) {
      current.key = unquote(token);
      if (current.keys.has(current.key)) return { problem: `duplicate key \`${current.key.slice(0, 100)}\``, line };
      current.keys.add(current.key);
      lines.set(pathOf(current), line);
    } else lines.set(pathOf(current), lines.get(pathOf(current)) ?? line);
  }
  return undefined;
}

function pathOf(container: Container | undefined): string {
  if (container === undefined) return '';
  return `${container.path}/${container.keys === undefined ? container.index : container.key}`;
}

function unquote(token: string): string {
  try {
    return String(JSON.parse(token));
  } catch {
    return token;
  }
}

/**
 * Returns the problem and line of a syntax error. V8 reports a position, or only a snippet of the text, or nothing if the
 * text ends too early.
 */
function syntaxProblem(text: string, { message }: Error): JsonProblem {
  const position = /at position (\d+)/.exec(message)?.[1];
  const offset = position === undefined ? findUnexpectedToken(text) : Number(position);
  const line = text.slice(0, offset).split('\n').length;
  const [reason = ''] = message.split(/ in JSON| at position|, "|, \.\.\./, 1);
  return { problem: `not JSON: ${reason.slice(0, 120)}`, line };
}

/** Returns the length of the text before the first unexpected token, by bisection. */
function findUnexpectedToken(text: string): number {
  let [valid, invalid] = [0, text.length];
  while (valid + 1 < invalid) {
    const middle = (valid + invalid) >> 1;
    if (hasUnexpectedToken(text.slice(0, middle))) invalid = middle;
    else valid = middle;
  }
  return hasUnexpectedToken(text.slice(0, invalid)) ? valid : text.length;
}

function hasUnexpectedToken(text: string): boolean {
  try {
    JSON.parse(text);
    return false;
  } catch (error) {
    return (error as Error).message.startsWith('Unexpected token');
  }
}
