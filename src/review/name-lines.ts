import type { SimilarName } from '../firewall/types.ts';

/** No project name is longer, so the rest of a longer line is discarded. */
const maxLineLength = 1_000;

/**
 * Yields the non-empty lines of a stream without their line ends, one batch per chunk. Memory is bounded: a line of more
 * than 1,000 characters is cut and ends in `…`.
 */
export async function* lineBatches(input: AsyncIterable<Uint8Array>): AsyncGenerator<string[]> {
  const decoder = new TextDecoder();
  let pending = '';
  for await (const chunk of input) {
    const [first = '', ...rest] = decoder.decode(chunk, { stream: true }).split('\n');
    pending = appendBounded(pending, first);
    if (rest.length === 0) continue;
    const last = rest.pop() ?? '';
    yield [pending, ...rest].map(finishLine).filter((line) => line !== '');
    pending = appendBounded('', last);
  }
  const lastLine = finishLine(pending + decoder.decode());
  if (lastLine !== '') yield [lastLine];
}

function appendBounded(line: string, text: string): string {
  return line.length > maxLineLength ? line : line + text.slice(0, maxLineLength + 1 - line.length);
}

function finishLine(line: string): string {
  const text = line.endsWith('\r') ? line.slice(0, -1) : line;
  return text.length > maxLineLength ? `${text.slice(0, maxLineLength)}…` : text;
}

/** Returns one line of JSON for a name. It is pure ASCII, so that the name cannot control the terminal. */
export function nameLine(name: string, similar: readonly SimilarName[], contains: readonly SimilarName[]): string {
  return asciiJson({ name, similar, contains });
}

/** Returns JSON in which all characters except printable ASCII are escaped. */
function asciiJson(value: unknown): string {
  const text = JSON.stringify(value);
  return /^[ -~]*$/.test(text)
    ? text
    : text.replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
