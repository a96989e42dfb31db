import { AwspipError, exitCodes } from '../errors.ts';
import { oneLine, printable } from '../printable.ts';
import type { Terminal } from './terminal.ts';

/** Prints what failed and what to do next, and returns the exit code. */
export function presentError(error: unknown, terminal: Pick<Terminal, 'stderr' | 'style'>): number {
  const { stderr, style } = terminal;
  if (!(error instanceof AwspipError)) {
    const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
    stderr.write(`${style.red('awspip bug:')} ${printable(stack)}\n`);
    writeHints(terminal, ['report this, with the lines above']);
    return exitCodes.bug.code;
  }
  stderr.write(`${style.red('awspip:')} ${printable(error.message)}\n`);
  writeHints(terminal, [error.hint]);
  return error.exitCode;
}

/** Prints an empty line and the hints, which belong to what was printed last. Prints nothing without hints. */
export function writeHints(
  { stderr, style }: Pick<Terminal, 'stderr' | 'style'>,
  hints: readonly (string | undefined)[],
): void {
  const lines = hintLines(hints, style);
  if (lines.length > 0) stderr.write(`\n${lines.map((line) => `${line}\n`).join('')}`);
}

/** Returns the lines of hints. Text from outside is neutralised: a hint may quote a setting or a name. */
export function hintLines(hints: readonly (string | undefined)[], style: Terminal['style']): readonly string[] {
  return hints.flatMap((hint) => (hint === undefined ? [] : [`${style.bold('hint:')} ${oneLine(hint)}`]));
}
