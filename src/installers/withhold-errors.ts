import { stripVTControlCharacters } from 'node:util';
import type { StderrSink } from '../pip/run.ts';

/** How uv's messages about missing packages begin. */
const beginnings = ['error: No solution found', 'error: Failed to ', 'error: Request failed'];

/** A colour sequence whose end is in the next chunk. */
const partialColour = new RegExp(`${String.fromCharCode(27)}(?:\\[[\\d;]*)?$`);

/**
 * Returns a sink that passes output on, but withholds uv's message about missing packages and what follows it, because
 * awspip requests their vetting. `end` returns what was withheld, so that it can be shown if vetting does not help.
 */
export function withholdErrors(sink: StderrSink): StderrSink & { readonly end: () => string } {
  let withheld: Buffer[] | undefined;
  let line = '';
  let undecided: Buffer[] = [];
  const passOn = (chunk: Buffer): Buffer => {
    if (withheld !== undefined) {
      withheld.push(chunk);
      return Buffer.alloc(0);
    }
    const passed: Buffer[] = [];
    for (const part of lines(chunk)) {
      line += part.toString('latin1');
      undecided.push(part);
      const text = stripVTControlCharacters(line.replace(partialColour, ''));
      if (beginnings.some((beginning) => text.startsWith(beginning))) {
        withheld = [...(withheld ?? []), ...undecided.splice(0)];
      } else if (withheld !== undefined) withheld.push(...undecided.splice(0));
      else if (!beginnings.some((beginning) => beginning.startsWith(text))) passed.push(...undecided.splice(0));
      if (line.endsWith('\n')) line = '';
    }
    return Buffer.concat(passed);
  };
  return {
    write: (bytes) => {
      const passed = passOn(Buffer.from(bytes));
      return passed.length === 0 || sink.write(passed);
    },
    on: (event, listener) => sink.on(event, listener),
    removeListener: (event, listener) => sink.removeListener(event, listener),
    end: () => {
      const rest = Buffer.concat([...(withheld ?? []), ...undecided]).toString('utf8');
      withheld = undefined;
      undecided = [];
      line = '';
      return rest;
    },
  };
}

/** Splits a chunk into lines, each with its line break. The last line may have none. */
function lines(chunk: Buffer): Buffer[] {
  const found: Buffer[] = [];
  for (let from = 0; from < chunk.length; ) {
    const end = chunk.indexOf(10, from);
    const to = end < 0 ? chunk.length : end + 1;
    found.push(chunk.subarray(from, to));
    from = to;
  }
  return found;
}
