import { setImmediate } from 'node:timers/promises';
import type { FileTree } from '../archives/file-tree.ts';
import type { CodeEvent } from '../python/events.ts';
import { Interpreter } from '../python/interpreter.ts';
import { type CodeMode, TooComplex } from '../python/machine.ts';
import { pythonHost } from './python-host.ts';

/** What code of an archive does, and which of its files could not be read as code. */
export type CodeResult = {
  readonly events: readonly CodeEvent[];
  readonly problems: ReadonlyMap<string, string>;
  /** The files that were read as code. */
  readonly files: ReadonlySet<string>;
  /** Why the analysis is not complete, as a predicate. */
  readonly incomplete?: string | undefined;
};

const maxLoads = 4;

/**
 * Analyses code of an archive. Files that it needs and that aren't in memory are loaded, and the analysis starts again.
 *
 * @param start adds what runs first.
 */
export async function analyseCode(
  tree: FileTree,
  searchPaths: readonly string[],
  mode: CodeMode,
  start: (interpreter: Interpreter) => void,
): Promise<CodeResult> {
  for (let load = 0; ; load += 1) {
    const host = pythonHost(tree, searchPaths);
    const interpreter = new Interpreter(host, mode);
    let events: readonly CodeEvent[] = [];
    let incomplete: string | undefined;
    try {
      start(interpreter);
      events = await interpreter.run(async () => setImmediate());
    } catch (error) {
      if (!(error instanceof TooComplex) && !(error instanceof RangeError)) throw error;
      incomplete = 'has code that needs more work to read than the limit';
    }
    if (incomplete === undefined && load < maxLoads && host.wanted.size > 0 && (await tree.load(host.wanted))) continue;
    const problems = new Map(interpreter.problems);
    for (const path of host.wanted) if (tree.content(path) === undefined) problems.set(path, 'too large to read');
    return { events, problems, files: interpreter.files, incomplete };
  }
}
