import { stripVTControlCharacters } from 'node:util';
import type { StderrSink } from '../pip/run.ts';

/** With what uv begins to say that something is missing. */
const beginnings = ['error: No solution found', 'error: Failed to ', 'error: Request failed'];

/** A colour that the chunk cuts in two. */
const halfColour = new RegExp(`${String.fromCharCode(27)}(?:\\[[\\d;]*)?$`);

/**
 * A sink that passes everything on as it comes, but for uv's last words about what it misses: nobody should see an
 * error for a package that is about to arrive. `end` answers those, for when nothing comes of it.
 */
export function holdErrors(sink: StderrSink): StderrSink & { readonly end: () => string } {
  let held: Buffer[] | undefined;
  let line = '';
  let waiting: Buffer[] = [];
  const take = (chunk: Buffer): Buffer => {
    if (held !== undefined) {
      held.push(chunk);
      return Buffer.alloc(0);
    }
    const passed: Buffer[] = [];
    for (const part of lines(chunk)) {
      line += part.toString('latin1');
      waiting.push(part);
      const text = stripVTControlCharacters(line.replace(halfColour, ''));
      if (beginnings.some((beginning) => text.startsWith(beginning))) held = [...(held ?? []), ...waiting.splice(0)];
      else if (held !== undefined) held.push(...waiting.splice(0));
      else if (!beginnings.some((beginning) => beginning.startsWith(text))) passed.push(...waiting.splice(0));
      if (line.endsWith('\n')) line = '';
    }
    return Buffer.concat(passed);
  };
  return {
    write: (bytes) => {
      const ready = take(Buffer.from(bytes));
      return ready.length === 0 || sink.write(ready);
    },
    on: (event, listener) => sink.on(event, listener),
    removeListener: (event, listener) => sink.removeListener(event, listener),
    end: () => {
      const rest = Buffer.concat([...(held ?? []), ...waiting]).toString('utf8');
      held = undefined;
      waiting = [];
      line = '';
      return rest;
    },
  };
}

/** Each line with its end; the last may have none. */
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
