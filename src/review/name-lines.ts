import type { SimilarName } from '../firewall/types.ts';

/** Longest line kept; what is longer is no project name, and its rest is dropped as it comes. */
const maxLineLength = 1_000;

/**
 * The lines of a stream, in runs as they come, each without its line end; empty ones are left out. A line of any length
 * takes bounded memory: past 1,000 characters it ends in `…`.
 */
export async function* lineRuns(input: AsyncIterable<Uint8Array>): AsyncGenerator<string[]> {
  const decoder = new TextDecoder();
  let open = '';
  for await (const chunk of input) {
    const [first = '', ...rest] = decoder.decode(chunk, { stream: true }).split('\n');
    open = bounded(open, first);
    if (rest.length === 0) continue;
    const last = rest.pop() ?? '';
    yield [open, ...rest].map(finished).filter((line) => line !== '');
    open = bounded('', last);
  }
  const end = finished(open + decoder.decode());
  if (end !== '') yield [end];
}

function bounded(open: string, more: string): string {
  return open.length > maxLineLength ? open : open + more.slice(0, maxLineLength + 1 - open.length);
}

function finished(line: string): string {
  const whole = line.endsWith('\r') ? line.slice(0, -1) : line;
  return whole.length > maxLineLength ? `${whole.slice(0, maxLineLength)}…` : whole;
}

/** One JSON line for a name, in ASCII alone: what the name holds must not steer a terminal. */
export function nameLine(name: string, similar: readonly SimilarName[]): string {
  return asciiJson({ name, similar: similar.map(({ target, confidence }) => ({ target, confidence })) });
}

/** JSON with everything beyond printable ASCII escaped. */
export function asciiJson(value: unknown): string {
  const text = JSON.stringify(value);
  return /^[ -~]*$/.test(text)
    ? text
    : text.replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
