import { CST, isMap, isScalar, isSeq, Lexer, LineCounter, type Node, type ParsedNode, parseDocument } from 'yaml';

/** A position in a policy file, from 1. */
export type Position = { readonly line: number; readonly column: number };

/** A parsed policy file with the positions of its values. */
export type ParsedPolicy = {
  readonly value: unknown;
  /** Returns the position of the value at a path, or of its nearest existing ancestor. */
  readonly positionOf: (path: readonly (string | number)[]) => Position;
  /** Returns the position of a character of the text at a path; that of the text if it is written with escapes. */
  readonly positionIn: (path: readonly (string | number)[], offset: number) => Position;
};

/** Why a text was rejected, and where. */
export type PolicyProblem = Position & { readonly problem: string };

const maxDepth = 16;
const maxValues = 10_000;
const maxIndentation = 200;
const maxTokens = 300_000;

/**
 * Parses YAML 1.2 or JSON with comments. Duplicate keys, anchors, aliases, tags, several documents and values beyond the
 * limits are problems.
 */
export function parsePolicyText(source: string): ParsedPolicy | PolicyProblem {
  const text = withoutJsonComments(source.replace(/^\uFEFF/, ''));
  const lines = new LineCounter();
  lines.addNewLine(0);
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) lines.addNewLine(at + 1);
  const positionAt = (offset: number): Position => {
    const { line, col } = lines.linePos(Math.min(offset, text.length));
    return { line, column: col };
  };
  const found = unsafeToken(text) ?? syntaxProblem(text);
  if ('problem' in found) return { problem: found.problem, ...positionAt(found.offset) };
  const nodes = new Map<string, Node>();
  const read = readNode(found.root, [], nodes, text.trimStart().startsWith('{'));
  if (read instanceof Located) return { problem: read.problem, ...positionAt(read.offset) };
  const nodeAt = (path: readonly (string | number)[]): Node | undefined => {
    for (let length = path.length; length >= 0; length -= 1) {
      const node = nodes.get(pointer(path.slice(0, length)));
      if (node !== undefined) return node;
    }
    return undefined;
  };
  return {
    value: read.value,
    positionOf: (path) => positionAt(nodeAt(path)?.range?.[0] ?? 0),
    positionIn: (path, offset) => {
      const node = nodeAt(path);
      const start = node?.range?.[0] ?? 0;
      if (!isScalar(node) || typeof node.value !== 'string') return positionAt(start);
      // The character has the same place in the file if the text stands there as it is.
      const content = text.indexOf(node.value, start);
      return positionAt(content !== -1 && content < (node.range?.[1] ?? 0) ? content + offset : start);
    },
  };
}

type Offset = { readonly problem: string; readonly offset: number };

class Located {
  readonly problem: string;
  readonly offset: number;

  constructor(problem: string, node: Node | null | undefined) {
    this.problem = problem;
    this.offset = node?.range?.[0] ?? 0;
  }
}

/** The last step of a path to a key. */
export const keyStep = '\0key';

const pointer = (path: readonly (string | number)[]): string => JSON.stringify(path);

/** Replaces comments of JSON (`//` and `/* *\/`) with spaces, so that positions stay. YAML has no such comments. */
function withoutJsonComments(text: string): string {
  if (!/^\s*(\/\/|\/\*|\{)/.test(text)) return text;
  const tokens = /"(?:[^"\\]|\\[\s\S])*(?:"|$)|(?<![^\s,{}[\]:"])(?:\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$))/g;
  return text.replace(tokens, (token) => (token.startsWith('/') ? token.replace(/[^\n]/g, ' ') : token));
}

/**
 * Returns the first token that the parser can't read in bounded time and memory, or that a policy has no use for. The
 * tokens come from the first, linear step of the parser.
 */
function unsafeToken(text: string): Offset | undefined {
  const invalid = text.search(/[\uFFFD\0]/);
  if (invalid !== -1) return { problem: 'the file is not UTF-8 text', offset: invalid };
  let [offset, tokens, flowDepth, indicators, lineStart] = [0, 0, 0, 0, 0];
  for (const token of new Lexer().lex(text)) {
    const type = CST.tokenType(token);
    if (type === 'doc-mode' || type === 'scalar') {
      if (token === CST.DOCUMENT || token === CST.SCALAR) continue;
    }
    tokens += 1;
    if (tokens > maxTokens) return { problem: `more than ${maxTokens} tokens`, offset };
    if (type === 'newline') [indicators, lineStart] = [0, offset + token.length];
    if (type === 'flow-map-start' || type === 'flow-seq-start') flowDepth += 1;
    if (type === 'flow-map-end' || type === 'flow-seq-end') flowDepth -= 1;
    if (type === 'seq-item-ind' || type === 'explicit-key-ind') indicators += 1;
    if (flowDepth > maxDepth || indicators > maxDepth) {
      return { problem: `more than ${maxDepth} levels of nesting`, offset };
    }
    if (type === 'space' && offset === lineStart && token.length > maxIndentation) {
      return { problem: `more than ${maxIndentation} columns of indentation`, offset };
    }
    if (type === 'anchor' || type === 'alias') return { problem: 'anchors and aliases are not supported', offset };
    if (type === 'tag') return { problem: 'tags are not supported', offset };
    if (type === 'directive-line') return { problem: 'directives are not supported', offset };
    offset += token.length;
  }
  return undefined;
}

function syntaxProblem(text: string): Offset | { readonly root: ParsedNode | null } {
  const options = {
    schema: 'core',
    version: '1.2',
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: 'error',
  } as const;
  const document = parseDocument(text, options);
  const [issue] = [...document.errors, ...document.warnings];
  if (issue === undefined) return { root: document.contents };
  return { problem: issue.message.replace(/^./, (first) => first.toLowerCase()).slice(0, 200), offset: issue.pos[0] };
}

type Read = { readonly value: unknown };

/** Returns the value of a node, and records the nodes by their paths. Each object has only keys of its own. */
function readNode(
  node: Node | null,
  path: readonly (string | number)[],
  nodes: Map<string, Node>,
  isJson: boolean,
): Read | Located {
  if (node === null) return { value: null };
  if (path.length > maxDepth) return new Located(`more than ${maxDepth} levels of nesting`, node);
  nodes.set(pointer(path), node);
  if (isScalar(node)) {
    const isBroken = isJson && node.type === 'PLAIN' && /["\n]/.test(node.source ?? '');
    return isBroken ? new Located('a comma or a quote is missing', node) : { value: node.value };
  }
  if (!isMap(node) && !isSeq(node)) return new Located('must be a value', node);
  if (node.items.length > maxValues) return new Located(`more than ${maxValues} values in one list or object`, node);
  if (isSeq(node)) {
    const values: unknown[] = [];
    for (const [index, item] of node.items.entries()) {
      const read = readNode(item as Node | null, [...path, index], nodes, isJson);
      if (read instanceof Located) return read;
      values.push(read.value);
    }
    return { value: values };
  }
  const entries = new Map<string, unknown>();
  for (const { key, value } of node.items) {
    if (!isScalar(key) || typeof key.value !== 'string') return new Located('a key must be text', key as Node);
    if (entries.has(key.value)) return new Located(`duplicate key \`${key.value.slice(0, 100)}\``, key);
    const read = readNode(value as Node | null, [...path, key.value], nodes, isJson);
    if (read instanceof Located) return read;
    nodes.set(pointer([...path, key.value, keyStep]), key);
    // A missing or wrong object or list is reported at its key.
    if (!isScalar(value)) nodes.set(pointer([...path, key.value]), key);
    entries.set(key.value, read.value);
  }
  return { value: ownProperties(entries) };
}

/** Returns an object of which `__proto__` is a key like any other. */
function ownProperties(entries: ReadonlyMap<string, unknown>): object {
  const object = {};
  for (const [key, value] of entries) {
    Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
  }
  return object;
}
